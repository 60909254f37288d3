package dev.proa.buildkit.internal.session;

import dev.proa.linux.abi.Stat;

/** Modes of files as Go's {@code os.FileMode} has them on the wire, and as Linux has them. */
final class FileModes {
  private static final int DIRECTORY = 1 << 31;
  private static final int SYMBOLIC_LINK = 1 << 27;
  private static final int DEVICE = 1 << 26;
  private static final int FIFO = 1 << 25;
  private static final int SOCKET = 1 << 24;
  private static final int SET_UID = 1 << 23;
  private static final int SET_GID = 1 << 22;
  private static final int CHARACTER = 1 << 21;
  private static final int STICKY = 1 << 20;
  private static final int TYPE = DIRECTORY | SYMBOLIC_LINK | DEVICE | FIFO | SOCKET | CHARACTER;

  private FileModes() {}

  /** S_IF* and permissions; 0 as the type of what has none. */
  static int toLinux(int mode) {
    int permissions = mode & 0777 | ((mode & SET_UID) != 0 ? 04000 : 0) | ((mode & SET_GID) != 0 ? 02000 : 0) | ((mode & STICKY) != 0 ? 01000 : 0);
    int type =
        switch (mode & TYPE) {
          case 0 -> Stat.S_IFREG;
          case DIRECTORY -> Stat.S_IFDIR;
          case SYMBOLIC_LINK -> Stat.S_IFLNK;
          case FIFO -> Stat.S_IFIFO;
          case SOCKET -> Stat.S_IFSOCK;
          case DEVICE -> Stat.S_IFBLK;
          case DEVICE | CHARACTER -> Stat.S_IFCHR;
          default -> 0;
        };
    return type | permissions;
  }

  static int toGo(int mode) {
    int go = mode & 0777 | ((mode & 04000) != 0 ? SET_UID : 0) | ((mode & 02000) != 0 ? SET_GID : 0) | ((mode & 01000) != 0 ? STICKY : 0);
    return go
        | switch (mode & Stat.S_IFMT) {
          case Stat.S_IFDIR -> DIRECTORY;
          case Stat.S_IFLNK -> SYMBOLIC_LINK;
          case Stat.S_IFIFO -> FIFO;
          case Stat.S_IFSOCK -> SOCKET;
          case Stat.S_IFBLK -> DEVICE;
          case Stat.S_IFCHR -> DEVICE | CHARACTER;
          default -> 0;
        };
  }
}
