package dev.proa.lifecycle.internal.ipam;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.netlink.Links;
import dev.proa.spi.ProaException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds a subnet for a network that names none: of Docker's default pools the first that neither a network nor a route of the host overlaps. */
public final class AddressPools {
  private static final Logger LOG = LoggerFactory.getLogger(AddressPools.class);

  /** Of the pools, with the length of the subnets that are cut from it. */
  private record Pool(String prefix, int subnetLength) {}

  private static final List<Pool> IPV4 =
      List.of(
          new Pool("172.17.0.0/16", 16),
          new Pool("172.18.0.0/16", 16),
          new Pool("172.19.0.0/16", 16),
          new Pool("172.20.0.0/14", 16),
          new Pool("172.24.0.0/14", 16),
          new Pool("172.28.0.0/14", 16),
          new Pool("192.168.0.0/16", 20));

  private static final int UNIQUE_LOCAL = 0xfd;
  private static final int IPV6_TRIES = 64;
  private static final SecureRandom RANDOM = new SecureRandom();

  private AddressPools() {}

  /** @param taken the networks' */
  public static Cidr ipv4(Collection<Cidr> taken) {
    List<Cidr> avoided = new ArrayList<>(taken);
    avoided.addAll(hostRanges());
    for (Pool pool : IPV4) {
      Cidr all = cidr(pool.prefix());
      var step = java.math.BigInteger.ONE.shiftLeft(32 - pool.subnetLength());
      for (var base = all.base(); all.contains(base); base = base.add(step)) {
        Cidr candidate = new Cidr(false, base, pool.subnetLength());
        if (avoided.stream().noneMatch(candidate::overlaps)) {
          return candidate;
        }
      }
    }
    throw ProaException.invalid("all predefined address pools have been fully subnetted");
  }

  /** A /64 of a unique local prefix made by chance, as RFC 4193 wants it. */
  public static Cidr ipv6(Collection<Cidr> taken) {
    List<Cidr> avoided = new ArrayList<>(taken);
    avoided.addAll(hostRanges());
    for (int i = 0; i < IPV6_TRIES; i++) {
      byte[] random = new byte[5];
      RANDOM.nextBytes(random);
      byte[] address = ByteBuffer.allocate(16).put((byte) UNIQUE_LOCAL).put(random).array();
      Cidr candidate = Cidr.of(inet(address), 64);
      if (avoided.stream().noneMatch(candidate::overlaps)) {
        return candidate;
      }
    }
    throw ProaException.exhausted("no IPv6 subnet is free", null);
  }

  private static InetAddress inet(byte[] address) {
    try {
      return InetAddress.getByAddress(address);
    } catch (java.net.UnknownHostException e) {
      throw new AssertionError("16 bytes are an address", e);
    }
  }

  private static Cidr cidr(String text) {
    Cidr cidr = Cidr.parse(text);
    if (cidr == null) {
      throw new IllegalArgumentException(text);
    }
    return cidr;
  }

  /** What the host already routes, its default routes left out, and its own addresses. */
  static List<Cidr> hostRanges() {
    List<Cidr> ranges = new ArrayList<>();
    try (Links links = Links.open()) {
      links.routes().forEach(route -> ranges.add(Cidr.of(route.destination(), route.prefixLength())));
      links.addresses().forEach(address -> ranges.add(Cidr.of(address.address(), address.prefixLength())));
    } catch (ErrnoException e) {
      LOG.warn("the host's routes are not known, a new subnet may overlap one: {}", e.getMessage());
    }
    return ranges;
  }
}
