package dev.proa.lifecycle.internal.create;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** Lists of numbers as cpuset(7) writes them: {@code 0-2,7}. */
public final class CpuList {
  private static final int MAX = 8192;

  private CpuList() {}

  /** Null if it is none. */
  public static @Nullable BitSet parse(String text) {
    BitSet numbers = new BitSet();
    if (text.isEmpty()) {
      return numbers;
    }
    try {
      for (String range : text.split(",", -1)) {
        int dash = range.indexOf('-');
        int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
        int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1));
        if (first < 0 || last < first || last > MAX) {
          return null;
        }
        numbers.set(first, last + 1);
      }
      return numbers;
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
