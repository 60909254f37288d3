package dev.proa.vmm.snapshot;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** Which pages of a mapping there are (Documentation/admin-guide/mm/pagemap.rst): most of a guest's memory was never touched, and need not be looked at. */
final class ResidentPages {
  private static final int PAGE = 4096;
  private static final int ENTRY = 8;
  private static final int ENTRIES = 64 << 10;

  /** Present, or swapped out. */
  private static final long SOMEWHERE = 3L << 62;

  /** Null where the kernel does not tell: then all may hold something. */
  private final @Nullable BitSet pages;

  private ResidentPages(@Nullable BitSet pages) {
    this.pages = pages;
  }

  static ResidentPages of(MemorySegment mapping) {
    BitSet pages = new BitSet();
    long first = mapping.address() / PAGE;
    long count = mapping.byteSize() / PAGE;
    try (Fd pagemap = Fs.open("/proc/self/pagemap", Fcntl.O_RDONLY);
        Arena arena = Arena.ofConfined()) {
      MemorySegment entries = arena.allocate((long) ENTRY * ENTRIES, ENTRY);
      for (long at = 0; at < count; ) {
        long wanted = Math.min(ENTRIES, count - at) * ENTRY;
        long n = Io.pread(pagemap, entries.asSlice(0, wanted), (first + at) * ENTRY) / ENTRY;
        if (n <= 0) {
          return new ResidentPages(null);
        }
        for (int i = 0; i < n; i++) {
          if ((entries.getAtIndex(ValueLayout.JAVA_LONG, i) & SOMEWHERE) != 0) {
            pages.set((int) (at + i));
          }
        }
        at += n;
      }
      return new ResidentPages(pages);
    } catch (ErrnoException e) {
      return new ResidentPages(null);
    }
  }

  boolean holds(long page) {
    return pages == null || pages.get((int) page);
  }
}
