package dev.proa.cli.oci;

import dev.proa.spi.ProaException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Numbers as flags have them: {@code 64m}, {@code -1}. */
final class Quantity {
  private Quantity() {}

  static @Nullable Long orNull(@Nullable String text) {
    return text == null ? null : of(text);
  }

  static long of(String text) {
    String lower = text.toLowerCase(Locale.ROOT).replaceFirst("i?b$", "");
    int shift = lower.isEmpty() ? -1 : "kmgt".indexOf(lower.charAt(lower.length() - 1));
    try {
      return shift < 0 ? Long.parseLong(lower) : Math.multiplyExact(Long.parseLong(lower.substring(0, lower.length() - 1)), 1L << 10 * (shift + 1));
    } catch (ArithmeticException | NumberFormatException e) {
      throw ProaException.invalid("invalid value \"" + text + "\": no number");
    }
  }
}
