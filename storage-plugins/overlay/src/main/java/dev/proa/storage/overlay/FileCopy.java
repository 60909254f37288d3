package dev.proa.storage.overlay;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Copies what a file is made of. */
final class FileCopy {
  private static final int BUFFER = 128 * 1024;

  private FileCopy() {}

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
  static void xattrs(Fd from, Fd to, OverlayFormat format) throws ErrnoException {
    for (String name : Fs.flistxattr(from)) {
      byte[] value = format.isOwn(name) ? null : Fs.fgetxattr(from, name);
      if (value != null) {
        Fs.fsetxattr(to, name, value, 0);
      }
    }
  }
}
