package dev.proa.vmm.virtio.fs;

import dev.proa.linux.DirectoryEntry;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far a guest has read one of its open directories. Who goes on where the last answer ended is never led by a seek: a tmpfs counts entries from the
 * beginning (before Linux 6.6), and would pass over some once others have been removed meanwhile.
 */
final class Listing {
  private final Fd directory;
  private final Deque<DirectoryEntry> ahead = new ArrayDeque<>();

  /** The directory's own offset of what comes next. */
  private long next;

  Listing(Fd directory) {
    this.directory = directory;
  }

  void seek(long offset) throws ErrnoException {
    if (offset != next) {
      Io.lseek(directory, offset, Fcntl.SEEK_SET);
      ahead.clear();
      next = offset;
    }
  }

  /** The next entry, which stays the next until it is {@link #taken}; null at the end. */
  @Nullable DirectoryEntry peek() throws ErrnoException {
    while (ahead.isEmpty()) {
      List<DirectoryEntry> some = Fs.getdentsOnce(directory);
      if (some == null) {
        return null;
      }
      ahead.addAll(some);
    }
    return ahead.peek();
  }

  void taken() {
    next = ahead.remove().next();
  }
}
