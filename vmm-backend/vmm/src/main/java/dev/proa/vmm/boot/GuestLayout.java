package dev.proa.vmm.boot;

/** Where things lie in guest memory before the guest has its say. Addresses in bytes. */
public final class GuestLayout {
  private GuestLayout() {}

  static final long GDT = 0x500;
  static final long PVH_START_INFO = 0x6000;
  static final long PVH_MODULE_LIST = 0x6040;
  /** The memory map of PVH, or the whole zero page of the 64-bit boot protocol. */
  static final long MEMORY_MAP = 0x7000;

  static final long PAGE_TABLES = 0x9000;
  static final long COMMAND_LINE = 0x20000;
  /** The extended BIOS data area that BIOSes would have: reserved, because kernels look there. */
  static final long EBDA = 0x9fc00;

  /** The tables lie where a kernel that is told nothing looks for them. */
  public static final long ACPI = 0xe0000;

  public static final long ACPI_SIZE = 0x20000;
  static final long HIGH_MEMORY = 0x100000;

  /** Registers of virtio-mmio devices, one page each. */
  public static final long VIRTIO_MMIO = 0xd0000000L;

  public static final long VIRTIO_MMIO_SIZE = 0x1000;
  public static final long IOAPIC = 0xfec00000L;
  public static final long LAPIC = 0xfee00000L;
}
