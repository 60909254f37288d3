package dev.proa.vmm.legacy;

import dev.proa.vmm.control.Event;

/** The I/O ports that mean something. Every other reads as all ones and takes writes to no effect. */
public final class Ports {
  private Ports() {}

  public static final int COM1 = 0x3f8;
  public static final int COM1_IRQ = 4;
  static final int I8042_DATA = 0x60;
  static final int I8042_COMMAND = 0x64;
  static final int I8042_RESET = 0xfe;
  public static final int SLEEP_CONTROL = 0x600;
  public static final int SLEEP_STATUS = 0x601;
  public static final int RESET = 0x602;
  public static final int BOOT_TIMER = Event.BOOT_TIMER_PORT;
  /** Our number for S5, soft off. */
  public static final int SLEEP_TYPE_S5 = 5;

  /** SLP_EN with our number for S5 as SLP_TYP (ACPI 6.5, 4.8.3.7). */
  static final int SLEEP_S5 = 1 << 5 | SLEEP_TYPE_S5 << 2;
}
