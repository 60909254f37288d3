package dev.proa.lifecycle.internal.ports;

import dev.proa.lifecycle.internal.ports.PortForwarder.Forwarding;
import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.InetSockets;
import dev.proa.linux.abi.NfTables;
import dev.proa.linux.abi.Socket;
import dev.proa.spi.ProaException;
import dev.proa.spi.network.NetworkDriver.Protocol;
import dev.proa.spi.network.NetworkDriver.PublishedPort;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The host's ports that lead to containers. Each is held by a socket, so that no program can take it meanwhile and one that has it is noticed. Packets
 * that the network driver's rules can send on never get to these sockets; what is left comes to those of IPv6 and is {@linkplain PortForwarder forwarded}.
 * Thread-safe.
 */
public final class HeldPorts implements AutoCloseable {
  private static final int RANDOM_TRIES = 32;
  private static final int BACKLOG = 128;

  /** By endpoint. */
  private final Map<String, List<Held>> held = new HashMap<>();

  private final PortForwarder forwarder = new PortForwarder();

  private record Held(PublishedPort port, String container, @Nullable Fd socket, @Nullable Forwarding forwarding) {
    void close() {
      if (forwarding != null) {
        forwarding.close();
      } else if (socket != null) {
        socket.close();
      }
    }
  }

  /**
   * How an endpoint is reached.
   *
   * @param ipv4 its address, without prefix length; empty for none
   * @param ipv4Routed whether it is reached at that address and not by the host's ports
   */
  public record Reach(String ipv4, String ipv6, boolean ipv4Routed, boolean ipv6Routed) {
    boolean has(boolean six) {
      return !(six ? ipv6 : ipv4).isEmpty();
    }

    boolean routed(boolean six) {
      return has(six) && (six ? ipv6Routed : ipv4Routed);
    }

    /** Whether ports of that family lead to it; those of IPv6 also to an endpoint that has IPv4 alone. */
    boolean published(boolean six) {
      return six && !has(true) ? has(false) && !ipv4Routed : has(six);
    }

    InetSocketAddress target(PublishedPort port) {
      return new InetSocketAddress(InetAddress.ofLiteral(has(true) ? ipv6 : ipv4), port.containerPort());
    }

    /** Whether the kernel cannot do it. */
    private boolean forwards(PublishedPort port) {
      boolean six = port.hostAddress().contains(":");
      return six && port.protocol() != Protocol.SCTP && (!has(true) || port.hostAddress().equals("::") || port.hostAddress().equals("::1"));
    }
  }

  /**
   * Takes ports for an endpoint, all or none.
   *
   * @param container its name, for messages
   * @return what was taken, in the order of {@code specs}; a port on all addresses once for each family; with host port 0 where no port is needed
   */
  public synchronized List<PublishedPort> take(String endpoint, String container, List<PortSpec> specs, Reach reach) {
    List<Held> taken = new ArrayList<>();
    try {
      for (PortSpec spec : specs) {
        take(spec, container, addresses(spec, reach), taken);
        taken.addAll(routed(spec, container, reach));
      }
    } catch (RuntimeException e) {
      close(taken);
      throw e;
    }
    List<Held> served = taken.stream().map(one -> forwarded(one, reach)).toList();
    held.computeIfAbsent(endpoint, unused -> new ArrayList<>()).addAll(served);
    return served.stream().map(Held::port).toList();
  }

  /** Takes its socket into use, if packets come to it. */
  private Held forwarded(Held one, Reach reach) {
    if (one.socket() == null || !reach.forwards(one.port())) {
      return one;
    }
    InetSocketAddress target = reach.target(one.port());
    Forwarding forwarding =
        one.port().protocol() == Protocol.UDP ? forwarder.datagrams(one.socket(), target) : forwarder.stream(one.socket(), target);
    return new Held(one.port(), one.container(), null, forwarding);
  }

  private static List<String> addresses(PortSpec spec, Reach reach) {
    if (!spec.hostAddress().isEmpty()) {
      boolean six = spec.hostAddress().contains(":");
      return reach.routed(six) || !reach.published(six) || isBeyond(spec, six, reach) ? List.of() : List.of(spec.hostAddress());
    }
    List<String> addresses = new ArrayList<>();
    if (reach.published(false) && !reach.routed(false)) {
      addresses.add("0.0.0.0");
    }
    if (reach.published(true) && !reach.routed(true) && !isBeyond(spec, true, reach) && (reach.has(true) || hostHasIpv6())) {
      addresses.add("::");
    }
    return addresses;
  }

  /** SCTP is not forwarded. */
  private static boolean isBeyond(PortSpec spec, boolean six, Reach reach) {
    return six && !reach.has(true) && spec.protocol() == Protocol.SCTP;
  }

  /** A port that was asked for on one of the host's addresses is not opened for all by a network without host ports. */
  private static List<Held> routed(PortSpec spec, String container, Reach reach) {
    List<Held> routed = new ArrayList<>();
    for (boolean six : new boolean[] {false, true}) {
      String any = six ? "::" : "0.0.0.0";
      if (reach.routed(six) && (spec.hostAddress().isEmpty() || spec.hostAddress().equals(any))) {
        routed.add(new Held(new PublishedPort(spec.protocol(), any, 0, spec.containerPort()), container, null, null));
      }
    }
    return routed;
  }

  private static boolean hostHasIpv6() {
    try {
      Fd socket = open(Protocol.TCP, "::1", 0);
      if (socket != null) {
        socket.close();
      }
      return true;
    } catch (ErrnoException e) {
      return false;
    }
  }

  /** The same host port for all addresses. */
  private void take(PortSpec spec, String container, List<String> addresses, List<Held> taken) {
    if (addresses.isEmpty()) {
      return;
    }
    ProaException last = null;
    int tries = spec.firstHostPort() == 0 ? RANDOM_TRIES : spec.lastHostPort() - spec.firstHostPort() + 1;
    for (int i = 0; i < tries; i++) {
      int wished = spec.firstHostPort() == 0 ? (i == 0 ? spec.preferred() : 0) : spec.firstHostPort() + i;
      List<Held> these = new ArrayList<>();
      try {
        for (String address : addresses) {
          Held one = bind(spec, container, address, wished, taken);
          these.add(one);
          wished = one.port().hostPort();
        }
        taken.addAll(these);
        return;
      } catch (ProaException e) {
        close(these);
        last = e;
      }
    }
    throw last == null ? new IllegalStateException("no port tried") : last;
  }

  private Held bind(PortSpec spec, String container, String address, int wished, List<Held> taken) {
    PublishedPort wanted = new PublishedPort(spec.protocol(), address, wished, spec.containerPort());
    try {
      Fd socket = open(spec.protocol(), address, wished);
      if (socket == null) {
        return new Held(wanted, container, null, null);
      }
      int port = wished == 0 ? InetSockets.localPort(socket) : wished;
      return new Held(new PublishedPort(spec.protocol(), address, port, spec.containerPort()), container, socket, null);
    } catch (ErrnoException e) {
      throw failure(wanted, e, taken);
    }
  }

  private ProaException failure(PublishedPort wanted, ErrnoException e, List<Held> taken) {
    String host = InetSockets.text(wanted.hostAddress(), wanted.hostPort());
    if (e.errno() == Errno.EADDRINUSE) {
      String holder = holder(wanted, taken);
      if (holder != null) {
        return ProaException.conflict("Bind for " + host + " failed: port is already allocated by container " + holder);
      }
      String process = PortHolder.of(wanted);
      return ProaException.conflict("failed to bind host port " + host + ": address already in use" + (process == null ? "" : " by " + process));
    }
    return ProaException.conflict("failed to bind host port " + host + ": " + e.errno().text());
  }

  private @Nullable String holder(PublishedPort wanted, List<Held> taken) {
    List<Held> all = new ArrayList<>(taken);
    held.values().forEach(all::addAll);
    for (Held other : all) {
      PublishedPort port = other.port();
      boolean same = port.protocol() == wanted.protocol() && port.hostPort() == wanted.hostPort();
      boolean overlaps =
          port.hostAddress().equals(wanted.hostAddress()) || isAny(port.hostAddress()) || isAny(wanted.hostAddress());
      if (same && overlaps && port.hostAddress().contains(":") == wanted.hostAddress().contains(":")) {
        return other.container();
      }
    }
    return null;
  }

  private static boolean isAny(String address) {
    return address.equals("0.0.0.0") || address.equals("::");
  }

  /** Null where the kernel lacks the protocol: then nobody can take the port either. */
  private static @Nullable Fd open(Protocol protocol, String address, int port) throws ErrnoException {
    boolean ipv6 = address.contains(":");
    int type = (protocol == Protocol.UDP ? Socket.SOCK_DGRAM : Socket.SOCK_STREAM) | Socket.SOCK_NONBLOCK;
    Fd socket;
    try {
      socket = dev.proa.linux.Sockets.socket(ipv6 ? Socket.AF_INET6 : Socket.AF_INET, type, protocol == Protocol.SCTP ? NfTables.IPPROTO_SCTP : 0);
    } catch (ErrnoException e) {
      if (protocol == Protocol.SCTP && e.errno() == Errno.EPROTONOSUPPORT) {
        return null;
      }
      throw e;
    }
    try {
      if (ipv6) {
        InetSockets.onlyIpv6(socket);
      }
      if (protocol != Protocol.UDP) {
        dev.proa.linux.Sockets.setsockopt(socket, Socket.SOL_SOCKET, Socket.SO_REUSEADDR, 1);
      }
      InetSockets.bind(socket, new InetSocketAddress(InetAddress.ofLiteral(address), port));
      if (protocol == Protocol.TCP) {
        // Bound alone, another with SO_REUSEADDR could still listen there.
        dev.proa.linux.Sockets.listen(socket, ipv6 ? BACKLOG : 0);
      }
      return socket;
    } catch (ErrnoException e) {
      socket.close();
      throw e;
    }
  }

  /** Those that a container has had since before this daemon started; what cannot be held any more is told, and goes on to work. */
  public synchronized List<String> adopt(String endpoint, String container, List<PublishedPort> ports, Reach reach) {
    List<String> lost = new ArrayList<>();
    List<Held> adopted = new ArrayList<>();
    for (PublishedPort port : ports) {
      Fd socket = null;
      try {
        socket = port.hostPort() == 0 ? null : open(port.protocol(), port.hostAddress(), port.hostPort());
      } catch (ErrnoException e) {
        String process = PortHolder.of(port);
        lost.add(InetSockets.text(port.hostAddress(), port.hostPort()) + ": " + e.errno().text() + (process == null ? "" : " by " + process));
      }
      adopted.add(forwarded(new Held(port, container, socket, null), reach));
    }
    held.computeIfAbsent(endpoint, unused -> new ArrayList<>()).addAll(adopted);
    return lost;
  }

  /** Ports of an endpoint that another one gets now. */
  public synchronized void move(String from, String to, Reach reach) {
    List<Held> ports = held.remove(from);
    if (ports != null) {
      for (Held port : ports) {
        if (port.forwarding() != null) {
          port.forwarding().to(reach.target(port.port()));
        }
      }
      held.computeIfAbsent(to, unused -> new ArrayList<>()).addAll(ports);
    }
  }

  /** Idempotent. */
  public synchronized void release(String endpoint) {
    List<Held> ports = held.remove(endpoint);
    if (ports != null) {
      close(ports);
    }
  }

  private static void close(List<Held> ports) {
    ports.forEach(Held::close);
  }

  @Override
  public synchronized void close() {
    held.values().forEach(HeldPorts::close);
    held.clear();
    forwarder.close();
  }
}
