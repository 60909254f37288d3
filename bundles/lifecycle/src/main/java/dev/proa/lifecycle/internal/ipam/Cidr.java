package dev.proa.lifecycle.internal.ipam;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/**
 * A range of addresses with a common prefix, such as {@code 172.17.0.0/16}.
 *
 * @param base the first address, as a number
 */
public record Cidr(boolean ipv6, BigInteger base, int prefixLength) {

  /** Null unless it is an address and the length of a prefix; an address within the range is taken for the range. */
  public static @Nullable Cidr parse(String text) {
    int slash = text.indexOf('/');
    InetAddress address = slash < 0 ? null : address(text.substring(0, slash));
    if (address == null || !text.substring(slash + 1).matches("\\d{1,3}")) {
      return null;
    }
    int length = Integer.parseInt(text.substring(slash + 1));
    return length > address.getAddress().length * 8 ? null : of(address, length);
  }

  public static Cidr of(InetAddress address, int prefixLength) {
    int bits = address.getAddress().length * 8;
    BigInteger number = number(address);
    return new Cidr(bits == 128, number.shiftRight(bits - prefixLength).shiftLeft(bits - prefixLength), prefixLength);
  }

  /** Null for anything but a literal; no name is looked up. IPv4 with four numbers only, and without a zone. */
  public static @Nullable InetAddress address(String text) {
    boolean plain = text.contains(":") ? text.matches("[0-9a-fA-F:.]+") : text.matches("\\d{1,3}(\\.\\d{1,3}){3}");
    if (!plain) {
      return null;
    }
    try {
      return InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  public static BigInteger number(InetAddress address) {
    return new BigInteger(1, address.getAddress());
  }

  /** The address of that number. */
  public InetAddress address(BigInteger number) {
    byte[] bytes = new byte[ipv6 ? 16 : 4];
    byte[] value = number.toByteArray();
    int length = Math.min(value.length, bytes.length);
    System.arraycopy(value, value.length - length, bytes, bytes.length - length, length);
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 or 16 bytes are an address", e);
    }
  }

  public int bits() {
    return ipv6 ? 128 : 32;
  }

  public BigInteger size() {
    return BigInteger.ONE.shiftLeft(bits() - prefixLength);
  }

  public BigInteger last() {
    return base.add(size()).subtract(BigInteger.ONE);
  }

  public boolean contains(InetAddress address) {
    return address.getAddress().length * 8 == bits() && contains(number(address));
  }

  public boolean contains(BigInteger number) {
    return number.compareTo(base) >= 0 && number.compareTo(last()) <= 0;
  }

  public boolean contains(Cidr other) {
    return ipv6 == other.ipv6 && contains(other.base) && contains(other.last());
  }

  public boolean overlaps(Cidr other) {
    return ipv6 == other.ipv6 && base.compareTo(other.last()) <= 0 && other.base.compareTo(last()) <= 0;
  }

  /** RFC 5952 for IPv6. */
  public static String text(InetAddress address) {
    return address.getAddress().length == 4 ? address.getHostAddress() : compressed(address.getAddress());
  }

  private static String compressed(byte[] bytes) {
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = (bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff;
    }
    int start = -1;
    int longest = 1;
    for (int i = 0; i < 8; ) {
      int end = i;
      while (end < 8 && groups[end] == 0) {
        end++;
      }
      if (end - i > longest) {
        longest = end - i;
        start = i;
      }
      i = Math.max(end, i + 1);
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == start) {
        text.append("::");
        i += longest - 1;
      } else {
        if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
          text.append(':');
        }
        text.append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }

  @Override
  public String toString() {
    return text(address(base)) + "/" + prefixLength;
  }
}
