package dev.proa.namespace.plan;

import dev.proa.spi.ProaException;
import java.util.BitSet;

/** Lists of processors and of memory nodes as cpuset(7) writes them, {@code 0-3,7}, for the kernel's bit masks. */
final class BitList {
  /** Of processors and nodes; the kernel has at most 8192 and 1024. */
  private static final int MOST = 8192;

  private BitList() {}

  /** Little-endian, whole words of 64 bits. */
  static byte[] parse(String field, String list) {
    BitSet bits = new BitSet();
    for (String part : list.strip().split(",")) {
      String[] ends = part.strip().split("-", 2);
      int first = number(field, list, ends[0]);
      int last = ends.length == 1 ? first : number(field, list, ends[1]);
      if (last < first) {
        throw ProaException.invalid(field + ": \"" + list + "\" is no list such as 0-3,7");
      }
      bits.set(first, last + 1);
    }
    byte[] bytes = new byte[(bits.length() + 63) / 64 * 8];
    System.arraycopy(bits.toByteArray(), 0, bytes, 0, bits.toByteArray().length);
    return bytes;
  }

  private static int number(String field, String list, String text) {
    try {
      int number = Integer.parseInt(text.strip());
      if (number >= 0 && number < MOST) {
        return number;
      }
    } catch (NumberFormatException e) {
      // The same as a number that none can have.
    }
    throw ProaException.invalid(field + ": \"" + list + "\" is no list such as 0-3,7");
  }
}
