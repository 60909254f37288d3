package dev.proa.vmm.memory;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.NativeMemory;
import dev.proa.linux.abi.Memory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Guest memory: below 3 GiB, and what is more from 4 GiB on. Anonymous memory, which gets huge pages where the host gives them, or a snapshot's file,
 * mapped privately.
 *
 * <p>The guest writes to all of it at any time, so what is read twice may differ: devices copy what they check before they use it.
 */
public final class GuestMemory implements AutoCloseable {
  /** Where the hole for devices begins. */
  public static final long HOLE_START = 0xc0000000L;

  public static final long HOLE_END = 1L << 32;

  /** Contiguous guest addresses. */
  public record Region(long guestAddress, MemorySegment memory) {}

  private final long size;
  private final MemorySegment all;
  private final List<Region> regions = new ArrayList<>();

  private GuestMemory(MemorySegment all) {
    this.all = all;
    this.size = all.byteSize();
    regions.add(new Region(0, all.asSlice(0, Math.min(size, HOLE_START))));
    if (size > HOLE_START) {
      regions.add(new Region(HOLE_END, all.asSlice(HOLE_START)));
    }
  }

  /** Zeros, without a page in use. */
  public static GuestMemory anonymous(long size) throws ErrnoException {
    MemorySegment memory =
        NativeMemory.mmap(size, Memory.PROT_READ | Memory.PROT_WRITE, Memory.MAP_PRIVATE | Memory.MAP_ANONYMOUS | Memory.MAP_NORESERVE);
    try {
      NativeMemory.madvise(memory, Memory.MADV_HUGEPAGE);
    } catch (ErrnoException e) {
      // a kernel without huge pages
    }
    return new GuestMemory(memory);
  }

  /** What the file holds, copied page by page when the guest writes; the file stays as it is. It must be as long as {@code size}. */
  public static GuestMemory ofSnapshot(Fd file, long size) throws ErrnoException {
    return new GuestMemory(NativeMemory.mmap(file, 0, size, Memory.PROT_READ | Memory.PROT_WRITE, Memory.MAP_PRIVATE | Memory.MAP_NORESERVE));
  }

  public List<Region> regions() {
    return regions;
  }

  /** In bytes. */
  public long size() {
    return size;
  }

  /** All of it without the hole, as a snapshot holds it. */
  public MemorySegment contents() {
    return all;
  }

  /** {@code length} bytes from {@code guestAddress} on, which lie in one region. Unsigned: a guest's numbers may be any. */
  public MemorySegment slice(long guestAddress, long length) throws GuestFault {
    for (Region region : regions) {
      long offset = guestAddress - region.guestAddress();
      long regionSize = region.memory().byteSize();
      if (offset >= 0 && offset <= regionSize && length >= 0 && length <= regionSize - offset) {
        return region.memory().asSlice(offset, length);
      }
    }
    throw new GuestFault("0x" + Long.toHexString(length) + " bytes at 0x" + Long.toHexString(guestAddress) + " are not in guest memory");
  }

  /** SAFETY: no vCPU and no device may use it any more. */
  @Override
  public void close() {
    try {
      NativeMemory.munmap(all);
    } catch (ErrnoException e) {
      throw new IllegalStateException(e);
    }
  }
}
