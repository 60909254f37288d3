package dev.proa.vmm.legacy;

import dev.proa.linux.ErrnoException;
import dev.proa.vmm.control.ExitReason;
import dev.proa.vmm.kvm.Vm;
import java.io.IOException;
import java.util.function.IntConsumer;

/** What answers at I/O ports. Called by vCPU threads, several at a time. */
public final class LegacyDevices {
  /** A guest that ends itself by a port. */
  public interface Ending {
    void end(ExitReason reason, String detail);
  }

  private final Serial serial;
  private final IntConsumer bootTimer;
  private final Ending ending;

  /** @param bootTimer gets the markers that the guest writes */
  public LegacyDevices(Vm vm, SerialOutput output, IntConsumer bootTimer, Ending ending) {
    this(output, high -> vm.irqLine(Ports.COM1_IRQ, high), bootTimer, ending);
  }

  LegacyDevices(SerialOutput output, Serial.Line line, IntConsumer bootTimer, Ending ending) {
    this.serial = new Serial(output, line);
    this.bootTimer = bootTimer;
    this.ending = ending;
  }

  /** One byte out. */
  public void write(int port, int value) throws IOException {
    if (port >= Ports.COM1 && port < Ports.COM1 + 8) {
      serial.write(port - Ports.COM1, value);
      return;
    }
    switch (port) {
      case Ports.BOOT_TIMER -> bootTimer.accept(value);
      case Ports.I8042_COMMAND -> {
        if (value == Ports.I8042_RESET) {
          ending.end(ExitReason.RESET, "by the keyboard controller");
        }
      }
      case Ports.RESET -> ending.end(ExitReason.RESET, "by the ACPI reset register");
      case Ports.SLEEP_CONTROL -> {
        if (value == Ports.SLEEP_S5) {
          ending.end(ExitReason.POWER_OFF, "");
        }
      }
      default -> {}
    }
  }

  /** One byte in. */
  public int read(int port) throws IOException {
    if (port >= Ports.COM1 && port < Ports.COM1 + 8) {
      return serial.read(port - Ports.COM1);
    }
    return switch (port) {
      case Ports.I8042_COMMAND, Ports.I8042_DATA, Ports.SLEEP_CONTROL, Ports.SLEEP_STATUS -> 0;
      default -> 0xff;
    };
  }

  /** The serial port's registers. */
  public byte[] save() {
    return serial.save().registers();
  }

  public void restore(byte[] registers) throws ErrnoException {
    serial.restore(new Serial.State(registers));
  }
}
