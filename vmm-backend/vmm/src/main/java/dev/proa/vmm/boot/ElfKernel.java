package dev.proa.vmm.boot;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import dev.proa.vmm.memory.GuestFault;
import dev.proa.vmm.memory.GuestMemory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * {@code vmlinux}: an ELF file whose segments lie at physical addresses.
 *
 * @param entry of PVH in 32-bit protected mode, or of the 64-bit boot protocol
 * @param pvh which of them it is
 * @param end of the last segment
 */
public record ElfKernel(long entry, boolean pvh, long end) {
  private static final int HEADER = 64;
  private static final int PROGRAM_HEADER = 56;
  private static final int EM_X86_64 = 62;
  private static final int PT_LOAD = 1;
  private static final int PT_NOTE = 4;
  private static final int XEN_ELFNOTE_PHYS32_ENTRY = 18;
  private static final int MAX_NOTES = 1 << 16;

  /** Reads the kernel's segments into guest memory. */
  public static ElfKernel load(Fd file, GuestMemory memory) throws IOException {
    ByteBuffer header = read(file, 0, HEADER);
    if (header.getInt(0) != 0x464c457f || header.get(4) != 2 || header.get(5) != 1) {
      throw new KernelException("the kernel is no 64-bit little-endian ELF file" + (header.getInt(0) == 0x464c457f ? "" : "; a packed one (vmlinuz) is to be unpacked first: proa kernel install"));
    }
    if ((header.getShort(18) & 0xffff) != EM_X86_64) {
      throw new KernelException("the kernel is for another architecture: ELF machine " + (header.getShort(18) & 0xffff) + ", not " + EM_X86_64 + " (x86-64)");
    }
    long table = header.getLong(32);
    int entrySize = header.getShort(54) & 0xffff;
    int entries = header.getShort(56) & 0xffff;
    if (entrySize != PROGRAM_HEADER || entries == 0 || entries > 128) {
      throw new KernelException("the kernel has " + entries + " program headers of " + entrySize + " bytes: 1 to 128 of 56 bytes are possible");
    }
    ByteBuffer headers = read(file, table, entries * PROGRAM_HEADER);
    long entry = header.getLong(24);
    boolean pvh = false;
    long end = 0;
    for (int at = 0; at < entries * PROGRAM_HEADER; at += PROGRAM_HEADER) {
      int type = headers.getInt(at);
      long offset = headers.getLong(at + 8);
      long address = headers.getLong(at + 24);
      long fileSize = headers.getLong(at + 32);
      long memorySize = headers.getLong(at + 40);
      if (type == PT_LOAD) {
        end = Math.max(end, load(file, memory, offset, address, fileSize, memorySize));
      } else if (type == PT_NOTE && fileSize > 0 && fileSize <= MAX_NOTES) {
        long found = pvhEntry(read(file, offset, (int) fileSize));
        if (found > 0) {
          entry = found;
          pvh = true;
        }
      }
    }
    if (end == 0) {
      throw new KernelException("the kernel has no segment to load");
    }
    return new ElfKernel(entry, pvh, end);
  }

  private static long load(Fd file, GuestMemory memory, long offset, long address, long fileSize, long memorySize) throws IOException {
    if (fileSize < 0 || fileSize > memorySize || address < GuestLayout.HIGH_MEMORY) {
      throw new KernelException("the kernel has an impossible segment of 0x" + Long.toHexString(memorySize) + " bytes at 0x" + Long.toHexString(address));
    }
    try {
      memory.slice(address, memorySize);
      readInto(file, offset, memory.slice(address, fileSize), "the kernel");
    } catch (GuestFault e) {
      throw new KernelException("the kernel does not fit into " + (memory.size() >> 20) + " MiB of memory: " + e.getMessage(), e);
    }
    return address + memorySize;
  }

  /** The entry that Xen's note names, 0 for none. */
  static long pvhEntry(ByteBuffer notes) {
    int at = 0;
    while (at + 12 <= notes.limit()) {
      long nameSize = notes.getInt(at) & 0xffffffffL;
      long descriptorSize = notes.getInt(at + 4) & 0xffffffffL;
      int type = notes.getInt(at + 8);
      long descriptor = at + 12 + (nameSize + 3 & ~3L);
      long next = descriptor + (descriptorSize + 3 & ~3L);
      if (descriptor + descriptorSize > notes.limit()) {
        return 0;
      }
      if (type == XEN_ELFNOTE_PHYS32_ENTRY && nameSize == 4 && notes.getInt(at + 12) == 0x006e6558) { // "Xen"
        return switch ((int) descriptorSize) {
          case 4 -> notes.getInt((int) descriptor) & 0xffffffffL;
          case 8 -> notes.getLong((int) descriptor);
          default -> 0;
        };
      }
      at = (int) next;
    }
    return 0;
  }

  private static ByteBuffer read(Fd file, long offset, int size) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(size);
      readInto(file, offset, segment, "the kernel");
      return ByteBuffer.wrap(segment.toArray(ValueLayout.JAVA_BYTE)).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  /** Fills the segment from the file; {@code what} is for the error that it is too short. */
  static void readInto(Fd file, long offset, MemorySegment segment, String what) throws IOException {
    for (long done = 0; done < segment.byteSize(); ) {
      long n;
      try {
        n = Io.pread(file, segment.asSlice(done), offset + done);
      } catch (ErrnoException e) {
        throw new KernelException(what + " cannot be read: " + e.getMessage(), e);
      }
      if (n == 0) {
        throw new KernelException(what + " is cut off: it ends at " + (offset + done) + ", and " + (segment.byteSize() - done) + " bytes should follow");
      }
      done += n;
    }
  }
}
