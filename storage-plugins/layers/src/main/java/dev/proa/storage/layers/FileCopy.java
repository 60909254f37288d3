package dev.proa.storage.layers;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Copies what a file is made of. */
public final class FileCopy {
  private static final int BUFFER = 128 * 1024;

  private FileCopy() {}

  /** One file, link, device or FIFO, whatever it is but a directory, under the same name, which is free. */
  public static void one(Fd from, String name, FileStatus status, Fd to, OverlayFormat format) throws ErrnoException {
    if (status.isRegularFile()) {
      try (Fd source = Fs.openat(from, name, Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW | Fcntl.O_NONBLOCK);
          Fd copy = Fs.openat(to, name, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW, 0600)) {
        data(source, copy, status.size());
        Fs.fchown(copy, status.uid(), status.gid());
        AccessLists.dropInherited(copy);
        Fs.fchmod(copy, status.permissions());
        xattrs(source, copy, format);
        Fs.futimens(copy, status.atime(), status.mtime());
      }
      return;
    }
    if (status.isSymbolicLink()) {
      Fs.symlinkat(Fs.readlinkat(from, name), to, name);
    } else {
      Fs.mknodat(to, name, status.mode(), status.rdevMajor(), status.rdevMinor());
    }
    Fs.fchownat(to, name, status.uid(), status.gid(), Fcntl.AT_SYMLINK_NOFOLLOW);
    if (!status.isSymbolicLink()) {
      AccessLists.dropInherited(to, name);
      Fs.fchmodat(to, name, status.permissions());
    }
    for (String xattr : Fs.llistxattrat(from, name)) {
      byte[] value = format.isOwn(xattr) ? null : Fs.lgetxattrat(from, name, xattr);
      if (value != null) {
        Fs.lsetxattrat(to, name, xattr, value, 0);
      }
    }
    Fs.utimensat(to, name, status.atime(), status.mtime(), Fcntl.AT_SYMLINK_NOFOLLOW);
  }

  /** The data, holes left out, in the kernel where it can; the target is empty. */
  static void data(Fd from, Fd to, long size) throws ErrnoException {
    for (long at = 0; at < size; ) {
      long start;
      long end;
      try {
        start = Io.lseek(from, at, Fcntl.SEEK_DATA);
        end = Io.lseek(from, start, Fcntl.SEEK_HOLE);
      } catch (ErrnoException e) {
        if (e.errno() == Errno.ENXIO) { // nothing but a hole up to the end
          break;
        }
        throw e;
      }
      Io.lseek(from, start, Fcntl.SEEK_SET);
      Io.lseek(to, start, Fcntl.SEEK_SET);
      range(from, to, end - start);
      at = end;
    }
    Io.ftruncate(to, size);
  }

  /**
   * Where a file has data: offset and length in turn, ascending. What the file system says by SEEK_DATA, and not by st_blocks, which means nothing where
   * nothing is written.
   *
   * @return null if in more than {@code most} places
   */
  public static long @Nullable [] extents(Fd file, long size, int most) throws ErrnoException {
    long[] found = new long[16];
    int n = 0;
    for (long at = 0; at < size; ) {
      long start;
      long end;
      try {
        start = Io.lseek(file, at, Fcntl.SEEK_DATA);
        end = Math.min(size, Io.lseek(file, start, Fcntl.SEEK_HOLE));
      } catch (ErrnoException e) {
        if (e.errno() == Errno.ENXIO) {
          break;
        }
        throw e;
      }
      if (n == found.length) {
        if (n >= most * 2) {
          return null;
        }
        found = Arrays.copyOf(found, Math.min(n * 2, most * 2));
      }
      found[n++] = start;
      found[n++] = end - start;
      at = end;
    }
    return Arrays.copyOf(found, n);
  }

  private static void range(Fd from, Fd to, long length) throws ErrnoException {
    long left = length;
    try {
      while (left > 0) {
        long n = Io.copyFileRange(from, to, left);
        if (n == 0) {
          return;
        }
        left -= n;
      }
    } catch (ErrnoException e) {
      switch (e.errno()) {
        case EXDEV, EINVAL, EOPNOTSUPP, ENOSYS -> byReading(from, to, left);
        default -> throw e;
      }
    }
  }

  private static void byReading(Fd from, Fd to, long length) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(BUFFER);
      for (long left = length; left > 0; ) {
        long n = Io.read(from, buffer.asSlice(0, Math.min(left, BUFFER)));
        if (n == 0) {
          return;
        }
        Io.writeFully(to, buffer.asSlice(0, n));
        left -= n;
      }
    }
  }

  /** Extended attributes, but for overlayfs's own. */
  public static void xattrs(Fd from, Fd to, OverlayFormat format) throws ErrnoException {
    for (String name : Fs.flistxattr(from)) {
      byte[] value = format.isOwn(name) ? null : Fs.fgetxattr(from, name);
      if (value != null) {
        Fs.fsetxattr(to, name, value, 0);
      }
    }
  }
}
