package dev.proa.vmm.virtio.fs;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import java.util.HashMap;
import java.util.Map;

/** Files and directories that the guest has open. */
final class Handles {
  private final int limit;
  private final Map<Long, Fd> open = new HashMap<>();
  private final Map<Long, Listing> listings = new HashMap<>();
  private long next = 1;

  Handles(int limit) {
    this.limit = limit;
  }

  long add(Fd fd) throws ErrnoException {
    if (open.size() >= limit) {
      fd.close();
      throw new ErrnoException("fuse", Errno.ENFILE, open.size() + " files open by the guest");
    }
    open.put(next, fd);
    return next++;
  }

  Fd get(long handle) throws ErrnoException {
    Fd fd = open.get(handle);
    if (fd == null) {
      throw new ErrnoException("fuse", Errno.EBADF, "handle " + Long.toUnsignedString(handle));
    }
    return fd;
  }

  Listing listing(long handle) throws ErrnoException {
    Fd directory = get(handle);
    return listings.computeIfAbsent(handle, _ -> new Listing(directory));
  }

  void release(long handle) {
    listings.remove(handle);
    Fd fd = open.remove(handle);
    if (fd != null) {
      fd.close();
    }
  }

  void clear() {
    open.values().forEach(Fd::close);
    open.clear();
    listings.clear();
  }
}
