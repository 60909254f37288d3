package dev.proa.vmm.legacy;

import dev.proa.linux.ErrnoException;
import java.io.IOException;

/**
 * A 16550A as a kernel's driver wants it: what is written goes out at once, nothing ever comes in. Its interrupt matters: without it printk's output
 * appears and user space's vanishes.
 */
final class Serial {
  private static final int DATA = 0;
  private static final int IER = 1;
  private static final int IIR = 2;
  private static final int LCR = 3;
  private static final int MCR = 4;
  private static final int LSR = 5;
  private static final int MSR = 6;
  private static final int SCR = 7;
  private static final int IER_THRI = 2;
  private static final int IIR_NONE = 1;
  private static final int IIR_THRI = 2;
  private static final int IIR_FIFO = 0xc0;
  private static final int LCR_DLAB = 0x80;
  private static final int LSR_EMPTY = 0x60;
  private static final int MCR_LOOP = 0x10;

  /** The interrupt line. */
  interface Line {
    void set(boolean high) throws ErrnoException;
  }

  /** @param registers ier, lcr, mcr, scr, divisor low and high, whether a transmitter interrupt waits */
  record State(byte[] registers) {}

  private final SerialOutput output;
  private final Line line;
  private int ier;
  private int lcr = 3;
  private int mcr = 8;
  private int scr;
  private int divisorLow = 12;
  private int divisorHigh;
  private boolean transmitterEmpty;

  Serial(SerialOutput output, Line line) {
    this.output = output;
    this.line = line;
  }

  synchronized void write(int register, int value) throws IOException {
    switch (register) {
      case DATA -> {
        if ((lcr & LCR_DLAB) != 0) {
          divisorLow = value;
        } else {
          if ((mcr & MCR_LOOP) == 0) {
            output.put((byte) value);
          }
          raise();
        }
      }
      case IER -> {
        if ((lcr & LCR_DLAB) != 0) {
          divisorHigh = value;
        } else {
          boolean enabled = (ier & IER_THRI) == 0 && (value & IER_THRI) != 0;
          ier = value & 0xf;
          if (enabled) {
            raise();
          } else if ((ier & IER_THRI) == 0) {
            lower();
          }
        }
      }
      case LCR -> lcr = value;
      case MCR -> mcr = value;
      case SCR -> scr = value;
      default -> {}
    }
  }

  synchronized int read(int register) throws IOException {
    return switch (register) {
      case DATA -> (lcr & LCR_DLAB) != 0 ? divisorLow : 0;
      case IER -> (lcr & LCR_DLAB) != 0 ? divisorHigh : ier;
      case IIR -> {
        int reason = transmitterEmpty && (ier & IER_THRI) != 0 ? IIR_THRI : IIR_NONE;
        lower();
        yield reason | IIR_FIFO;
      }
      case LCR -> lcr;
      case MCR -> mcr;
      case LSR -> LSR_EMPTY;
      case MSR -> (mcr & MCR_LOOP) != 0 ? (mcr & 0xc) << 4 | (mcr & 2) << 3 | (mcr & 1) << 5 : 0xb0; // looped: OUT2, OUT1, RTS, DTR as DCD, RI, CTS, DSR
      case SCR -> scr;
      default -> 0xff;
    };
  }

  synchronized State save() {
    return new State(
        new byte[] {(byte) ier, (byte) lcr, (byte) mcr, (byte) scr, (byte) divisorLow, (byte) divisorHigh, (byte) (transmitterEmpty ? 1 : 0)});
  }

  /** The line's level is the interrupt controller's to know. */
  synchronized void restore(State state) {
    byte[] r = state.registers();
    ier = r[0] & 0xf;
    lcr = r[1] & 0xff;
    mcr = r[2] & 0xff;
    scr = r[3] & 0xff;
    divisorLow = r[4] & 0xff;
    divisorHigh = r[5] & 0xff;
    transmitterEmpty = r[6] != 0;
  }

  private void raise() throws IOException {
    if ((ier & IER_THRI) != 0 && !transmitterEmpty) {
      transmitterEmpty = true;
      line.set(true);
    }
  }

  private void lower() throws IOException {
    if (transmitterEmpty) {
      transmitterEmpty = false;
      line.set(false);
    }
  }
}
