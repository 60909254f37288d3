package dev.proa.linux;

import dev.proa.linux.abi.Syscall;
import java.lang.foreign.MemorySegment;

/** Mappings, anonymous ones and those of files. */
public final class NativeMemory {
  private NativeMemory() {}

  /**
   * mmap(2) of anonymous memory, wherever the kernel likes. It stays mapped until {@link #munmap}, whoever still has the segment: SAFETY is the
   * caller's.
   *
   * @param protection PROT_* of {@link dev.proa.linux.abi.Memory}
   * @param flags MAP_*, MAP_ANONYMOUS among them
   */
  public static MemorySegment mmap(long size, int protection, int flags) throws ErrnoException {
    long address = Kernel.call(Syscall.MMAP, size + " bytes", 0, size, protection, flags, -1, 0);
    return MemorySegment.ofAddress(address).reinterpret(size);
  }

  /**
   * mmap(2) of a file, wherever the kernel likes; the descriptor may be closed afterwards. SAFETY: as above, and whoever truncates the file makes
   * touching what is gone a SIGBUS.
   */
  public static MemorySegment mmap(Fd file, long offset, long size, int protection, int flags) throws ErrnoException {
    long address = Kernel.call(Syscall.MMAP, file + ", " + size + " bytes", 0, size, protection, flags, file.raw(), offset);
    return MemorySegment.ofAddress(address).reinterpret(size);
  }

  /** madvise(2): MADV_* of {@link dev.proa.linux.abi.Memory}. */
  public static void madvise(MemorySegment mapping, int advice) throws ErrnoException {
    Kernel.call(Syscall.MADVISE, mapping.byteSize() + " bytes, " + advice, mapping.address(), mapping.byteSize(), advice);
  }

  /** mprotect(2) of a whole mapping. */
  public static void mprotect(MemorySegment mapping, int protection) throws ErrnoException {
    Kernel.call(Syscall.MPROTECT, mapping.byteSize() + " bytes, " + protection, mapping.address(), mapping.byteSize(), protection);
  }

  /** munmap(2). */
  public static void munmap(MemorySegment mapping) throws ErrnoException {
    Kernel.call(Syscall.MUNMAP, mapping.byteSize() + " bytes", mapping.address(), mapping.byteSize());
  }
}
