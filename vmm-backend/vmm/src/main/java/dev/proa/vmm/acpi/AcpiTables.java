package dev.proa.vmm.acpi;

import static dev.proa.vmm.acpi.Aml.device;
import static dev.proa.vmm.acpi.Aml.integer;
import static dev.proa.vmm.acpi.Aml.interrupt;
import static dev.proa.vmm.acpi.Aml.io;
import static dev.proa.vmm.acpi.Aml.irqNoFlags;
import static dev.proa.vmm.acpi.Aml.join;
import static dev.proa.vmm.acpi.Aml.memory32;
import static dev.proa.vmm.acpi.Aml.name;
import static dev.proa.vmm.acpi.Aml.pack;
import static dev.proa.vmm.acpi.Aml.resources;
import static dev.proa.vmm.acpi.Aml.scope;
import static dev.proa.vmm.acpi.Aml.string;

import dev.proa.vmm.boot.GuestLayout;
import dev.proa.vmm.legacy.Ports;
import dev.proa.vmm.memory.GuestFault;
import dev.proa.vmm.memory.GuestMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * RSDP, XSDT, FADT, MADT and DSDT of a hardware-reduced machine: no SCI, no PM timer, sleep and reset by ports. A stock kernel has neither MP tables nor
 * {@code virtio_mmio.device=}, so this is how it finds processors, interrupts and devices.
 */
public final class AcpiTables {
  private static final int HEADER = 36;
  private static final int FADT_SIZE = 276;
  private static final int FADT_WBINVD = 1;
  private static final int FADT_PWR_BUTTON = 1 << 4;
  private static final int FADT_SLP_BUTTON = 1 << 5;
  private static final int FADT_RESET_REG_SUP = 1 << 10;
  private static final int FADT_HW_REDUCED_ACPI = 1 << 20;
  private static final int BOOT_ARCH_NO_VGA = 1 << 2;
  /** Else the kernel polls a clock that is not there for seconds. */
  private static final int BOOT_ARCH_NO_CMOS_RTC = 1 << 5;

  private AcpiTables() {}

  /** A virtio-mmio device: its page of registers and its interrupt. */
  public record VirtioMmio(long address, int gsi) {}

  /** Writes the tables; the address of the RSDP. */
  public static long write(GuestMemory memory, int vcpus, List<VirtioMmio> devices) throws GuestFault {
    Writer writer = new Writer(memory.slice(GuestLayout.ACPI, GuestLayout.ACPI_SIZE));
    writer.at = 64; // the RSDP comes last, and lies first
    long dsdt = writer.put(table("DSDT", 2, dsdt(devices)));
    long fadt = writer.put(fadt(dsdt));
    long madt = writer.put(table("APIC", 5, madt(vcpus)));
    ByteBuffer pointers = buffer(16).putLong(fadt).putLong(madt);
    long xsdt = writer.put(table("XSDT", 1, pointers.array()));
    writer.at = 0;
    return writer.put(rsdp(xsdt));
  }

  private static final class Writer {
    private final MemorySegment area;
    private long at;

    Writer(MemorySegment area) {
      this.area = area;
    }

    long put(byte[] table) {
      MemorySegment.copy(table, 0, area, ValueLayout.JAVA_BYTE, at, table.length);
      long address = GuestLayout.ACPI + at;
      at = at + table.length + 15 & ~15L;
      return address;
    }
  }

  private static byte[] dsdt(List<VirtioMmio> devices) {
    byte[] com1 =
        device(
            "COM1",
            name("_HID", join(new byte[] {0x0c, 0x41, (byte) 0xd0, 0x05, 0x01})), // EISAID("PNP0501")
            name("_UID", integer(0)),
            name("_CRS", resources(io(Ports.COM1, 8), irqNoFlags(Ports.COM1_IRQ))));
    byte[] all = com1;
    for (int i = 0; i < devices.size(); i++) {
      VirtioMmio each = devices.get(i);
      all =
          join(
              all,
              device(
                  "VR" + (i < 16 ? "0" : "") + Integer.toHexString(i).toUpperCase(java.util.Locale.ROOT),
                  name("_HID", string("LNRO0005")),
                  name("_UID", integer(i)),
                  name("_CCA", integer(1)),
                  name("_CRS", resources(memory32(each.address(), (int) GuestLayout.VIRTIO_MMIO_SIZE), interrupt(each.gsi())))));
    }
    return join(scope("\\_SB_", all), name("_S5_", pack(Ports.SLEEP_TYPE_S5, 0, 0, 0)));
  }

  private static byte[] fadt(long dsdt) {
    ByteBuffer b = buffer(FADT_SIZE - HEADER);
    b.putShort(109 - HEADER, (short) (BOOT_ARCH_NO_VGA | BOOT_ARCH_NO_CMOS_RTC));
    b.putInt(112 - HEADER, FADT_WBINVD | FADT_PWR_BUTTON | FADT_SLP_BUTTON | FADT_RESET_REG_SUP | FADT_HW_REDUCED_ACPI);
    port(b, 116 - HEADER, Ports.RESET);
    b.put(128 - HEADER, (byte) 1); // what to write there
    b.putLong(140 - HEADER, dsdt);
    port(b, 244 - HEADER, Ports.SLEEP_CONTROL);
    port(b, 256 - HEADER, Ports.SLEEP_STATUS);
    return table("FACP", 6, b.array());
  }

  /** A generic address structure (ACPI 6.5, 5.2.3.2): one byte in I/O space. */
  private static void port(ByteBuffer b, int at, int port) {
    b.put(at, (byte) 1).put(at + 1, (byte) 8).put(at + 2, (byte) 0).put(at + 3, (byte) 1).putLong(at + 4, port);
  }

  private static byte[] madt(int vcpus) {
    ByteBuffer b = buffer(8 + 8 * vcpus + 12);
    b.putInt((int) GuestLayout.LAPIC).putInt(0);
    for (int id = 0; id < vcpus; id++) {
      b.put((byte) 0).put((byte) 8).put((byte) id).put((byte) id).putInt(1);
    }
    b.put((byte) 1).put((byte) 12).put((byte) 0).put((byte) 0).putInt((int) GuestLayout.IOAPIC).putInt(0);
    return b.array();
  }

  private static byte[] table(String signature, int revision, byte[] content) {
    ByteBuffer b = buffer(HEADER + content.length);
    b.put(ascii(signature)).putInt(HEADER + content.length).put((byte) revision).put((byte) 0).put(ascii("PROA  ")).put(ascii("MICROVM ")).putInt(1).put(ascii("PROA")).putInt(1);
    b.put(content);
    b.put(9, checksum(b.array(), b.capacity()));
    return b.array();
  }

  private static byte[] rsdp(long xsdt) {
    ByteBuffer b = buffer(36);
    b.put(ascii("RSD PTR ")).put((byte) 0).put(ascii("PROA  ")).put((byte) 2).putInt(0).putInt(36).putLong(xsdt);
    b.put(8, checksum(b.array(), 20));
    b.put(32, checksum(b.array(), 36));
    return b.array();
  }

  private static byte checksum(byte[] bytes, int length) {
    int sum = 0;
    for (int i = 0; i < length; i++) {
      sum += bytes[i];
    }
    return (byte) -sum;
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
