package dev.proa.api.containers;

import dev.proa.api.router.Call;
import dev.proa.spi.ProaException;

/** Rows or columns of a terminal, which every resize has to name. */
public final class Dimension {
  /** {@code struct winsize} (asm-generic/termios.h) has 16 bits for each. */
  private static final int MAX = 0xffff;

  private Dimension() {}

  public static int of(Call call, String name) {
    int value =
        call.query()
            .integer(name)
            .orElseThrow(() -> ProaException.invalid("invalid resize " + (name.equals("h") ? "height" : "width") + " \"\": value is required"));
    if (value < 0 || value > MAX) {
      throw ProaException.invalid("invalid resize " + (name.equals("h") ? "height" : "width") + " \"" + value + "\": value out of range");
    }
    return value;
  }
}
