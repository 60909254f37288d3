package dev.proa.lifecycle.internal.ipam;

import dev.proa.spi.ProaException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The addresses of one subnet of a network: which are taken, and the next to give. Thread-safe. */
public final class SubnetAddresses {
  private final Cidr subnet;
  private final Cidr range;
  private final Set<BigInteger> reserved = new HashSet<>();
  private final Set<BigInteger> taken = new HashSet<>();
  private BigInteger next;

  /**
   * @param range those that are given without being asked for by name; within the subnet
   * @param reserved never given: the gateway, auxiliary addresses
   */
  public SubnetAddresses(Cidr subnet, @Nullable Cidr range, Collection<InetAddress> reserved) {
    this.subnet = subnet;
    this.range = range == null ? subnet : range;
    reserved.forEach(address -> this.reserved.add(Cidr.number(address)));
    // The network's own address and, with IPv4, the one for all of it.
    if (subnet.bits() - subnet.prefixLength() > 1) {
      this.reserved.add(subnet.base());
      if (!subnet.ipv6()) {
        this.reserved.add(subnet.last());
      }
    }
    this.next = this.range.base();
  }

  public Cidr subnet() {
    return subnet;
  }

  /** An address with the subnet's prefix length. @param preferred taken if it is free; null for any */
  public synchronized String allocate(@Nullable InetAddress preferred) {
    if (preferred != null && subnet.contains(preferred) && isFree(Cidr.number(preferred))) {
      return give(Cidr.number(preferred));
    }
    BigInteger candidate = next;
    // One more than what is taken must be free, if the range is larger than that.
    BigInteger tries = range.size().min(BigInteger.valueOf(reserved.size() + taken.size() + 1L));
    for (long left = tries.longValueExact(); left > 0; left--) {
      if (isFree(candidate)) {
        next = after(candidate);
        return give(candidate);
      }
      candidate = after(candidate);
    }
    throw ProaException.exhausted("no available " + (subnet.ipv6() ? "IPv6" : "IPv4") + " addresses on this network's address pools", null);
  }

  private BigInteger after(BigInteger address) {
    return address.equals(range.last()) ? range.base() : address.add(BigInteger.ONE);
  }

  private boolean isFree(BigInteger address) {
    return !reserved.contains(address) && !taken.contains(address);
  }

  private String give(BigInteger address) {
    taken.add(address);
    return text(address);
  }

  private String text(BigInteger address) {
    return Cidr.text(subnet.address(address)) + "/" + subnet.prefixLength();
  }

  /** Just this one. {@code CONFLICT} if it is taken, with Docker's words. */
  public synchronized String take(InetAddress address) {
    BigInteger number = Cidr.number(address);
    if (!isFree(number)) {
      throw ProaException.permissionDenied("Address already in use");
    }
    return give(number);
  }

  /** One that a running container already has. */
  public synchronized void adopt(InetAddress address) {
    if (subnet.contains(address)) {
      taken.add(Cidr.number(address));
    }
  }

  /** Idempotent. */
  public synchronized void release(InetAddress address) {
    taken.remove(Cidr.number(address));
  }
}
