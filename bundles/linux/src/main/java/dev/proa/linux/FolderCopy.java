package dev.proa.linux;

import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Stat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/**
 * Copies what a folder holds into another one that is empty, with its own mode, owner and times: names, bytes, owners, modes, times, extended attributes,
 * links. By descriptors on both sides, one component at a time, so that links lead nowhere.
 */
public final class FolderCopy {
  private static final int MAX_DEPTH = 256;
  private static final long CHUNK = 1 << 17;
  private static final int FOLDER = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW;

  private record Inode(long device, long number) {}

  private final Fd top;
  private final Map<Inode, String> linked = new HashMap<>();

  private FolderCopy(Fd top) {
    this.top = top;
  }

  /** Both descriptors stay the caller's. */
  public static void copy(Fd source, Fd target) throws ErrnoException {
    new FolderCopy(target).folder(source, target, "", 0);
  }

  /** @param path of the target below the top one, empty or with a slash at its end */
  private void folder(Fd source, Fd target, String path, int depth) throws ErrnoException {
    if (depth > MAX_DEPTH) {
      throw new ErrnoException("folders nested more than " + MAX_DEPTH + " deep", Errno.ELOOP, path);
    }
    for (DirectoryEntry entry : Fs.getdents(source)) {
      entry(source, target, path, entry.name(), depth);
    }
    FileStatus status = Fs.fstat(source);
    attributes(source, target);
    Fs.fchown(target, status.uid(), status.gid());
    Fs.fchmod(target, status.permissions());
    Fs.futimens(target, status.atime(), status.mtime());
  }

  private void entry(Fd source, Fd target, String path, String name, int depth) throws ErrnoException {
    FileStatus status = Fs.statx(source, name, Fcntl.AT_SYMLINK_NOFOLLOW);
    Inode inode = new Inode((long) status.devMajor() << 32 | status.devMinor(), status.ino());
    String first = status.nlink() > 1 && !status.isDirectory() ? linked.get(inode) : null;
    if (first != null) {
      // The target is nobody else's, so that the path leads where it led before.
      Fs.linkat(top, first, target, name, 0);
      return;
    }
    switch (status.type()) {
      case Stat.S_IFDIR -> {
        Fs.mkdirat(target, name, 0700);
        try (Fd from = Fs.openat(source, name, FOLDER);
            Fd to = Fs.openat(target, name, FOLDER)) {
          folder(from, to, path + name + "/", depth + 1);
        }
        return;
      }
      case Stat.S_IFREG -> file(source, target, name, status);
      case Stat.S_IFLNK -> Fs.symlinkat(Fs.readlinkat(source, name), target, name);
      default -> Fs.mknodat(target, name, status.mode(), status.rdevMajor(), status.rdevMinor());
    }
    if (status.type() != Stat.S_IFREG) {
      Fs.fchownat(target, name, status.uid(), status.gid(), Fcntl.AT_SYMLINK_NOFOLLOW);
      Fs.utimensat(target, name, status.atime(), status.mtime(), Fcntl.AT_SYMLINK_NOFOLLOW);
    }
    if (status.nlink() > 1) {
      linked.put(inode, path + name);
    }
  }

  /** What was a file a moment ago may be a named pipe by now. */
  private static void file(Fd source, Fd target, String name, FileStatus status) throws ErrnoException {
    try (Fd from = Fs.openat(source, name, Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW | Fcntl.O_NONBLOCK);
        Fd to = Fs.openat(target, name, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW, 0600)) {
      copyBytes(from, to);
      attributes(from, to);
      Fs.fchown(to, status.uid(), status.gid());
      Fs.fchmod(to, status.permissions());
      Fs.futimens(to, status.atime(), status.mtime());
    }
  }

  /** copy_file_range(2) refuses to cross file systems of two types. */
  private static void copyBytes(Fd from, Fd to) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(CHUNK);
      for (long n = Io.read(from, buffer); n > 0; n = Io.read(from, buffer)) {
        Io.writeFully(to, buffer.asSlice(0, n));
      }
    }
  }

  private static void attributes(Fd from, Fd to) throws ErrnoException {
    for (String name : Fs.flistxattr(from)) {
      // What belongs to the overlay is not the file's.
      if (name.startsWith("trusted.overlay.") || name.startsWith("system.")) {
        continue;
      }
      byte[] value = Fs.fgetxattr(from, name);
      if (value != null) {
        Fs.fsetxattr(to, name, value, 0);
      }
    }
  }
}
