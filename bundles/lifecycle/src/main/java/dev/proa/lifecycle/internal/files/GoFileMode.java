package dev.proa.lifecycle.internal.files;

import dev.proa.linux.abi.Stat;

/** Go's {@code os.FileMode}, which the API shows as a number. */
final class GoFileMode {
  static final long DIR = 1L << 31;
  static final long SYMLINK = 1L << 27;
  private static final long DEVICE = 1L << 26;
  private static final long NAMED_PIPE = 1L << 25;
  private static final long SOCKET = 1L << 24;
  private static final long SETUID = 1L << 23;
  private static final long SETGID = 1L << 22;
  private static final long CHAR_DEVICE = 1L << 21;
  private static final long STICKY = 1L << 20;

  private GoFileMode() {}

  /** @param mode of stat(2) */
  static long of(int mode) {
    long type =
        switch (mode & Stat.S_IFMT) {
          case Stat.S_IFDIR -> DIR;
          case Stat.S_IFLNK -> SYMLINK;
          case Stat.S_IFBLK -> DEVICE;
          case Stat.S_IFCHR -> DEVICE | CHAR_DEVICE;
          case Stat.S_IFIFO -> NAMED_PIPE;
          case Stat.S_IFSOCK -> SOCKET;
          default -> 0;
        };
    long set = ((mode & 04000) != 0 ? SETUID : 0) | ((mode & 02000) != 0 ? SETGID : 0) | ((mode & 01000) != 0 ? STICKY : 0);
    return type | set | mode & 0777;
  }
}
