package dev.proa.vmm.boot;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.vmm.memory.GuestFault;
import dev.proa.vmm.memory.GuestMemory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Kernel, initramfs, command line and what tells the kernel about them, in guest memory. */
public final class BootImage {
  private static final int E820_RAM = 1;
  private static final int E820_RESERVED = 2;
  private static final int HVM_START_MAGIC = 0x336ec578;
  private static final long PAGE = 4096;

  private BootImage() {}

  /** A piece of the address space for the kernel's map. */
  private record MapEntry(long address, long size, int type) {}

  /** Loads all of it. {@code rsdp}: where the ACPI tables begin. */
  public static ElfKernel load(GuestMemory memory, Fd kernelFile, @Nullable Fd initramfs, String commandLine, long rsdp) throws IOException {
    ElfKernel kernel = ElfKernel.load(kernelFile, memory);
    try {
      long initrdSize = initramfs == null ? 0 : Fs.fstat(initramfs).size();
      long initrd = 0;
      if (initramfs != null) {
        // at the top of low memory: kernels unpack from there before they give pages out
        initrd = memory.regions().getFirst().memory().byteSize() - initrdSize & -PAGE;
        if (initrd < kernel.end()) {
          throw new KernelException(
              "kernel and initramfs (" + (initrdSize >> 10) + " KiB) do not fit into " + (memory.size() >> 20) + " MiB of memory: give the microVM more");
        }
        ElfKernel.readInto(initramfs, 0, memory.slice(initrd, initrdSize), "the initramfs");
      }
      byte[] text = (commandLine + '\0').getBytes(StandardCharsets.US_ASCII);
      MemorySegment.copy(text, 0, memory.slice(GuestLayout.COMMAND_LINE, text.length), JAVA_BYTE, 0, text.length);
      if (kernel.pvh()) {
        pvh(memory, initrd, initrdSize, rsdp);
      } else {
        zeroPage(memory, initrd, initrdSize, text.length, rsdp);
        EntryState.writePageTables(memory);
      }
      return kernel;
    } catch (GuestFault e) {
      throw new KernelException("the kernel's boot data does not fit into guest memory: " + e.getMessage(), e);
    }
  }

  private static List<MapEntry> map(GuestMemory memory) {
    List<MapEntry> map = new ArrayList<>();
    map.add(new MapEntry(0, GuestLayout.EBDA, E820_RAM));
    map.add(new MapEntry(GuestLayout.EBDA, 0x400, E820_RESERVED));
    map.add(new MapEntry(GuestLayout.ACPI, GuestLayout.ACPI_SIZE, E820_RESERVED));
    for (GuestMemory.Region region : memory.regions()) {
      long from = Math.max(region.guestAddress(), GuestLayout.HIGH_MEMORY);
      map.add(new MapEntry(from, region.guestAddress() + region.memory().byteSize() - from, E820_RAM));
    }
    return map;
  }

  /** struct hvm_start_info, hvm_modlist_entry and hvm_memmap_table_entry. */
  private static void pvh(GuestMemory memory, long initrd, long initrdSize, long rsdp) throws GuestFault {
    List<MapEntry> map = map(memory);
    MemorySegment table = memory.slice(GuestLayout.MEMORY_MAP, 24L * map.size());
    for (int i = 0; i < map.size(); i++) {
      table.set(JAVA_LONG_UNALIGNED, 24L * i, map.get(i).address());
      table.set(JAVA_LONG_UNALIGNED, 24L * i + 8, map.get(i).size());
      table.set(JAVA_INT_UNALIGNED, 24L * i + 16, map.get(i).type());
    }
    if (initrdSize > 0) {
      MemorySegment module = memory.slice(GuestLayout.PVH_MODULE_LIST, 32);
      module.set(JAVA_LONG_UNALIGNED, 0, initrd);
      module.set(JAVA_LONG_UNALIGNED, 8, initrdSize);
    }
    MemorySegment info = memory.slice(GuestLayout.PVH_START_INFO, 56);
    info.set(JAVA_INT_UNALIGNED, 0, HVM_START_MAGIC);
    info.set(JAVA_INT_UNALIGNED, 4, 1); // version
    info.set(JAVA_INT_UNALIGNED, 12, initrdSize > 0 ? 1 : 0);
    info.set(JAVA_LONG_UNALIGNED, 16, initrdSize > 0 ? GuestLayout.PVH_MODULE_LIST : 0);
    info.set(JAVA_LONG_UNALIGNED, 24, GuestLayout.COMMAND_LINE);
    info.set(JAVA_LONG_UNALIGNED, 32, rsdp);
    info.set(JAVA_LONG_UNALIGNED, 40, GuestLayout.MEMORY_MAP);
    info.set(JAVA_INT_UNALIGNED, 48, map.size());
  }

  /** struct boot_params, for kernels without PVH. */
  private static void zeroPage(GuestMemory memory, long initrd, long initrdSize, int commandLineSize, long rsdp) throws GuestFault {
    MemorySegment page = memory.slice(GuestLayout.MEMORY_MAP, PAGE);
    page.fill((byte) 0);
    page.set(JAVA_LONG_UNALIGNED, 0x70, rsdp);
    page.set(JAVA_SHORT_UNALIGNED, 0x1fe, (short) 0xaa55);
    page.set(JAVA_INT_UNALIGNED, 0x202, 0x53726448); // "HdrS"
    page.set(JAVA_BYTE, 0x210, (byte) 0xff); // a boot loader without a number
    page.set(JAVA_INT_UNALIGNED, 0x218, (int) initrd);
    page.set(JAVA_INT_UNALIGNED, 0x21c, (int) initrdSize);
    page.set(JAVA_INT_UNALIGNED, 0x228, (int) GuestLayout.COMMAND_LINE);
    page.set(JAVA_INT_UNALIGNED, 0x230, 0x1000000); // the alignment of a kernel that is not relocated
    page.set(JAVA_INT_UNALIGNED, 0x238, commandLineSize);
    List<MapEntry> map = map(memory);
    page.set(JAVA_BYTE, 0x1e8, (byte) map.size());
    for (int i = 0; i < map.size(); i++) {
      page.set(JAVA_LONG_UNALIGNED, 0x2d0 + 20L * i, map.get(i).address());
      page.set(JAVA_LONG_UNALIGNED, 0x2d0 + 20L * i + 8, map.get(i).size());
      page.set(JAVA_INT_UNALIGNED, 0x2d0 + 20L * i + 16, map.get(i).type());
    }
  }
}
