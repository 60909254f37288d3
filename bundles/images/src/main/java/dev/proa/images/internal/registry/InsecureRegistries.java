package dev.proa.images.internal.registry;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Which registries may speak plain HTTP or show a certificate that cannot be verified: those configured, and loopback addresses. */
final class InsecureRegistries {
  private final List<String> names;
  private final List<Cidr> networks;

  InsecureRegistries(List<String> entries) {
    names = entries.stream().filter(entry -> entry.indexOf('/') < 0).toList();
    networks = entries.stream().filter(entry -> entry.indexOf('/') >= 0).map(Cidr::parse).toList();
  }

  /** @param authority {@code host[:port]} */
  boolean contains(String authority) {
    String host = host(authority);
    if (names.contains(authority) || names.contains(host) || host.equals("localhost")) {
      return true;
    }
    if (isLiteral(host)) {
      return isInsecure(address(host));
    }
    if (networks.isEmpty()) {
      return false;
    }
    try {
      for (InetAddress address : InetAddress.getAllByName(host)) {
        if (isInsecure(address)) {
          return true;
        }
      }
      return false;
    } catch (UnknownHostException e) {
      // The connection will say so.
      return false;
    }
  }

  private boolean isInsecure(InetAddress address) {
    return address.isLoopbackAddress() || networks.stream().anyMatch(network -> network.contains(address));
  }

  private static InetAddress address(String literal) {
    return InetAddress.ofLiteral(literal);
  }

  private static boolean isLiteral(String host) {
    try {
      InetAddress.ofLiteral(host);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  static String host(String authority) {
    if (authority.startsWith("[")) {
      return authority.substring(1, Math.max(authority.indexOf(']'), 1));
    }
    int colon = authority.indexOf(':');
    return colon < 0 ? authority : authority.substring(0, colon);
  }

  /** A network. */
  record Cidr(byte[] network, int bits) {
    static Cidr parse(String text) {
      int slash = text.indexOf('/');
      try {
        byte[] network = InetAddress.ofLiteral(text.substring(0, slash)).getAddress();
        int bits = Integer.parseInt(text.substring(slash + 1));
        if (bits < 0 || bits > network.length * 8) {
          throw new NumberFormatException("prefix length");
        }
        return new Cidr(network, bits);
      } catch (IllegalArgumentException e) {
        throw dev.proa.spi.ProaException.invalid("insecure registry \"" + text + "\" is not a network like 10.0.0.0/8");
      }
    }

    boolean contains(InetAddress address) {
      byte[] bytes = address.getAddress();
      if (bytes.length != network.length) {
        return false;
      }
      for (int bit = 0; bit < bits; bit++) {
        int mask = 0x80 >> (bit & 7);
        if ((bytes[bit >> 3] & mask) != (network[bit >> 3] & mask)) {
          return false;
        }
      }
      return true;
    }
  }
}
