package dev.proa.storage.layers;

import dev.proa.linux.DirectoryEntry;
import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Deletes trees that somebody hostile may have built: of any depth (what lies deeper than a few levels is first moved up to the top, so
 * that neither stack nor descriptors run out), of any width, with immutable files in it. Follows no link.
 */
final class TreeRemover {
  private static final int MAX_DEPTH = 32;
  private static final int DT_DIR = 4;
  private static final int FS_IMMUTABLE_FL = 0x10; // linux/fs.h
  private static final int FS_APPEND_FL = 0x20;
  private static final long FS_IOC_GETFLAGS = 0x80086601L; // _IOR('f', 1, long)
  private static final long FS_IOC_SETFLAGS = 0x40086602L; // _IOW('f', 2, long)

  private final Fd top;
  private final String prefix;
  private long moved;
  private long movedDone;

  /**
   * @param top a directory of the same file system where nobody else makes names starting with {@code prefix}
   */
  TreeRemover(Fd top, String prefix) {
    this.top = top;
    this.prefix = prefix;
  }

  /** Deletes {@code name} below {@code dir}, whatever it is; nothing there is fine. */
  void remove(Fd dir, String name) throws ErrnoException {
    removeOne(dir, name, false, 0);
    while (movedDone < moved) {
      removeOne(top, prefix + movedDone++, true, 0);
    }
  }

  private void removeOne(Fd dir, String name, boolean directory, int depth) throws ErrnoException {
    if (!directory) {
      try {
        unlink(dir, name, 0);
        return;
      } catch (ErrnoException e) {
        if (e.errno() == Errno.ENOENT) {
          return;
        }
        if (e.errno() != Errno.EISDIR) {
          throw e;
        }
      }
    }
    if (depth == MAX_DEPTH) {
      Fs.renameat2(dir, name, top, prefix + moved, Fcntl.RENAME_NOREPLACE);
      moved++;
      return;
    }
    try (Fd tree = Fs.openat(dir, name, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW)) {
      clearFlags(tree);
      boolean found = true;
      while (found) { // again until a whole pass finds nothing: entries go away under the reader
        found = false;
        Io.lseek(tree, 0, Fcntl.SEEK_SET);
        for (List<DirectoryEntry> some = Fs.getdentsOnce(tree); some != null; some = Fs.getdentsOnce(tree)) {
          for (DirectoryEntry entry : some) {
            found = true;
            removeOne(tree, entry.name(), entry.type() == DT_DIR, depth + 1);
          }
        }
      }
    }
    unlink(dir, name, Fcntl.AT_REMOVEDIR);
  }

  private static void unlink(Fd dir, String name, int flags) throws ErrnoException {
    try {
      Fs.unlinkat(dir, name, flags);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EPERM) {
        throw e;
      }
      // a privileged container may have left chattr +i or +a on it
      try (Fd file = Fs.openat(dir, name, Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW | Fcntl.O_NONBLOCK)) {
        clearFlags(file);
      } catch (ErrnoException again) {
        e.addSuppressed(again);
        throw e;
      }
      Fs.unlinkat(dir, name, flags);
    }
  }

  private static void clearFlags(Fd file) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment flags = arena.allocate(ValueLayout.JAVA_LONG);
      try {
        Io.ioctl(file, FS_IOC_GETFLAGS, flags);
      } catch (ErrnoException e) {
        return; // file systems without such flags have nothing to clear
      }
      int value = flags.get(ValueLayout.JAVA_INT, 0);
      if ((value & (FS_IMMUTABLE_FL | FS_APPEND_FL)) != 0) {
        flags.set(ValueLayout.JAVA_INT, 0, value & ~(FS_IMMUTABLE_FL | FS_APPEND_FL));
        Io.ioctl(file, FS_IOC_SETFLAGS, flags);
      }
    }
  }
}
