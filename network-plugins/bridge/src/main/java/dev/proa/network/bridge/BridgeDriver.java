package dev.proa.network.bridge;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.FaultPoints;
import dev.proa.linux.Fd;
import dev.proa.linux.netlink.NetworkNamespace;
import dev.proa.spi.DriverContext;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.network.NetworkDriver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Linux bridge for each network. What is written in the {@link Ledger} comes before what is made in the kernel and goes after it, so that a
 * crash leaves nothing that the next sweep does not find. Whatever somebody else took away, bridges and rules, is made again when it is needed.
 */
public sealed class BridgeDriver implements NetworkDriver permits BridgeComponent {
  /** The value of {@link dev.proa.spi.Driver#NAME}. */
  public static final String NAME = "bridge";

  private static final Logger LOG = LoggerFactory.getLogger(BridgeDriver.class);

  /** A mark in the ledger: this driver has switched on the forwarding of IPv4, of IPv6. */
  private static final String FORWARDING_4 = "forwarding-ipv4";

  private static final String FORWARDING_6 = "forwarding-ipv6";

  /** Threads of this instance come one after the other before they try for the ledger's lock, which blocks in the kernel. */
  private final ReentrantLock serial = new ReentrantLock();

  private @Nullable Open open;

  /** Of networks whose options have none. */
  private volatile int defaultMtu;

  private record Open(Ledger ledger, Wiring wiring, Rules rules, Leaving leaving) {}

  @FunctionalInterface
  private interface Work<R extends @Nullable Object> {
    R run(Open open) throws IOException;
  }

  @Override
  public void open(DriverContext context) {
    Ledger ledger = new Ledger(context);
    serial.lock();
    try {
      Wiring wiring = new Wiring();
      try {
        open = new Open(ledger, wiring, new Rules(table(context), () -> contents(ledger)), new Leaving(ledger, wiring, this::tidy));
      } catch (ErrnoException e) {
        wiring.close();
        throw e;
      }
    } catch (ErrnoException e) {
      throw Kernel.failure("open network driver " + NAME, e);
    } finally {
      serial.unlock();
    }
  }

  /** Deletes links of containers that have ended. */
  private void tidy() {
    try {
      locked(
          "delete the links of ended containers",
          open -> {
            open.leaving().removeDue();
            return null;
          });
    } catch (ProaException e) {
      if (!e.is(ErrorClass.UNAVAILABLE)) {
        LOG.warn("links of ended containers are left until the next start: {}", e.getMessage());
      }
    }
  }

  /** Each daemon has a table of its own: by its folder. */
  private static String table(DriverContext context) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(context.stateDir().toString().getBytes(StandardCharsets.UTF_8));
      return "proa-" + HexFormat.of().formatHex(hash, 0, 4);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private static Rules.Contents contents(Ledger ledger) {
    return new Rules.Contents(ledger.networks(), ledger.endpoints(), ledger.isMarked(FORWARDING_4), ledger.isMarked(FORWARDING_6));
  }

  private <R extends @Nullable Object> R locked(String what, Work<R> work) {
    serial.lock();
    try {
      Open current = open;
      if (current == null) {
        throw ProaException.unavailable("network driver " + NAME + " is closed", null);
      }
      try (Fd lock = current.ledger().lock()) {
        LOG.trace("{} under {}", what, lock);
        return work.run(current);
      }
    } catch (IOException e) {
      throw Kernel.failure(what, e);
    } finally {
      serial.unlock();
    }
  }

  /** Bridges that serve nobody go, and with the last of them the rules; all of it comes back when it is needed. */
  @Override
  public void close() {
    serial.lock();
    try {
      Open current = open;
      if (current == null) {
        return;
      }
      try (Fd lock = current.ledger().lock()) {
        LOG.trace("closing under {}", lock);
        current.leaving().close();
        boolean inUse = false;
        for (BridgeNetwork network : current.ledger().networks()) {
          if (current.ledger().hasEndpoints(network.id())) {
            inUse = true;
          } else {
            current.wiring().deleteBridge(network);
          }
        }
        if (!inUse) {
          current.rules().delete();
        }
      } catch (IOException | RuntimeException e) {
        LOG.debug("bridges without endpoints are left: {}", e.getMessage());
      }
      open = null;
      current.wiring().close();
      current.rules().close();
    } finally {
      serial.unlock();
    }
  }

  @Override
  public Sandbox sandbox() {
    return Sandbox.OWN;
  }

  @Override
  public Addressing addressing() {
    return Addressing.ENGINE;
  }

  void defaultMtu(int mtu) {
    defaultMtu = mtu;
  }

  private static NetworkConfig withMtu(NetworkConfig config, int mtu) {
    if (mtu == 0 || config.options().containsKey(BridgeNetwork.MTU)) {
      return config;
    }
    Map<String, String> options = new HashMap<>(config.options());
    options.put(BridgeNetwork.MTU, Integer.toString(mtu));
    return new NetworkConfig(config.id(), config.name(), options, config.subnets(), config.internal());
  }

  @Override
  public void createNetwork(NetworkConfig config) {
    BridgeNetwork given = BridgeNetwork.of(config);
    long ipv6 = config.subnets().stream().filter(subnet -> subnet.prefix().contains(":")).count();
    if (ipv6 > 1 || config.subnets().size() - ipv6 > 1) {
      throw ProaException.permissionDenied("bridge driver doesn't support multiple subnets");
    }
    locked(
        "create network " + config.name(),
        open -> {
          BridgeNetwork there = open.ledger().network(given.id());
          if (there != null) {
            if (!there.config().equals(withMtu(config, there.mtu()))) {
              throw ProaException.alreadyExists("network " + given.id() + " exists already, with another configuration");
            }
            return null;
          }
          // written down: the default of another day does not change what is there
          BridgeNetwork network = BridgeNetwork.of(withMtu(config, defaultMtu));
          for (BridgeNetwork other : open.ledger().networks()) {
            if (other.bridge().equals(network.bridge())) {
              throw ProaException.conflict(
                  "cannot create network " + network.id() + " (" + network.bridge() + "): conflicts with network " + other.id() + " ("
                      + other.bridge() + "): networks have same bridge name");
            }
          }
          open.ledger().write(network);
          FaultPoints.reach("network.written-down");
          try {
            ensure(open, network);
          } catch (IOException | RuntimeException e) {
            undo(e, () -> remove(open, network));
            throw e;
          }
          return null;
        });
  }

  /** The bridge and its rules are there afterwards. */
  private static int ensure(Open open, BridgeNetwork network) throws IOException {
    Integer there = open.wiring().bridge(network);
    if (there != null) {
      open.rules().ensure(network);
      return there;
    }
    if (!network.config().internal()) {
      forwarding(open, network);
    }
    int made = open.wiring().makeBridge(network);
    FaultPoints.reach("network.bridge-made");
    open.rules().ensure(network);
    reconnect(open, network, made);
    return made;
  }

  /** A bridge that somebody deleted under its endpoints. */
  private static void reconnect(Open open, BridgeNetwork network, int index) throws IOException {
    for (EndpointRecord endpoint : open.ledger().endpoints(network.id())) {
      if (!endpoint.leaving() && open.wiring().reconnect(network, index, endpoint)) {
        LOG.warn("bridge {} of network {} was gone and is made again for {}", network.bridge(), network.config().name(), endpoint.veth());
        if (!endpoint.ports().isEmpty()) {
          open.wiring().hairpin(endpoint);
        }
        if (endpoint.publishesOnLoopback()) {
          loopback(network);
        }
      }
    }
  }

  /** A host that was no router becomes one for these networks only: the mark makes the rules say so. */
  private static void forwarding(Open open, BridgeNetwork network) throws IOException {
    forwarding(open, "ipv4/ip_forward", FORWARDING_4);
    if (network.hasIpv6()) {
      forwarding(open, "ipv6/conf/all/forwarding", FORWARDING_6);
    }
  }

  private static void forwarding(Open open, String sysctl, String mark) throws IOException {
    if (!Kernel.sysctl(sysctl).equals("0")) {
      return;
    }
    open.ledger().mark(mark);
    open.rules().rebuild();
    Kernel.setSysctl(sysctl, "1");
  }

  private static void loopback(BridgeNetwork network) throws IOException {
    Kernel.setSysctl("ipv4/conf/" + network.bridge() + "/route_localnet", "1");
  }

  @Override
  public void deleteNetwork(String networkId) {
    locked(
        "delete network " + networkId,
        open -> {
          BridgeNetwork network = open.ledger().network(networkId);
          if (network == null) {
            return null;
          }
          open.leaving().remove(networkId);
          if (open.ledger().hasEndpoints(networkId)) {
            throw ProaException.conflict("network " + networkId + " has active endpoints");
          }
          remove(open, network);
          return null;
        });
  }

  private static void remove(Open open, BridgeNetwork network) throws IOException {
    open.wiring().deleteBridge(network);
    FaultPoints.reach("unmake.bridge-deleted");
    open.ledger().deleteNetwork(network.id());
    if (open.ledger().networks().isEmpty()) {
      open.rules().delete();
    } else {
      open.rules().remove(network);
    }
  }

  @Override
  public Endpoint attach(AttachRequest request) {
    String path = request.networkNamespace();
    if (path == null) {
      throw ProaException.invalid("an endpoint of network driver " + NAME + " needs a network namespace");
    }
    InterfaceSysctls sysctls = InterfaceSysctls.of(request.options());
    return locked(
        "attach container " + request.containerId() + " to network " + request.networkId(),
        open -> {
          BridgeNetwork network = required(open, request.networkId());
          EndpointRecord wanted = record(request);
          open.leaving().makeWayFor(wanted);
          if (open.ledger().endpoint(request.networkId(), request.endpointId()) != null) {
            throw ProaException.alreadyExists("endpoint " + request.endpointId() + " of network " + request.networkId() + " exists already");
          }
          open.ledger().write(wanted);
          FaultPoints.reach("attach.written-down");
          EndpointRecord endpoint;
          try (Fd namespace = NetworkNamespace.open(path)) {
            int bridge = ensure(open, network);
            open.wiring().connect(network, bridge, wanted, namespace);
            FaultPoints.reach("attach.connected");
            endpoint = Wiring.configure(network, wanted, request.linkLocalAddresses(), sysctls, namespace);
            if (!endpoint.equals(wanted)) {
              open.ledger().write(endpoint);
            }
            FaultPoints.reach("attach.configured");
            publish(open, network, endpoint.with(endpoint.defaultRoute(), List.of()), endpoint);
            FaultPoints.reach("attach.published");
          } catch (IOException | RuntimeException e) {
            undo(e, () -> remove(open, wanted));
            throw e;
          }
          String gateway = network.config().internal() ? "" : network.gateway(false);
          return new Endpoint(
              endpoint.id(), endpoint.interfaceName(), endpoint.mac(), endpoint.addresses(), gateway.isEmpty() ? null : gateway);
        });
  }

  private static BridgeNetwork required(Open open, String id) {
    BridgeNetwork network = open.ledger().network(id);
    if (network == null) {
      throw ProaException.notFound("network " + id + " not found");
    }
    return network;
  }

  private static EndpointRecord record(AttachRequest request) {
    byte[] random = new byte[4];
    java.util.concurrent.ThreadLocalRandom.current().nextBytes(random);
    EndpointRecord endpoint =
        new EndpointRecord(
            request.networkId(),
            request.endpointId(),
            request.containerId(),
            "veth" + HexFormat.of().formatHex(random),
            request.interfaceName(),
            "",
            request.addresses(),
            request.defaultRoute(),
            request.ports(),
            false);
    return endpoint.withMac(Wiring.mac(request.macAddress(), endpoint));
  }

  private static void publish(Open open, BridgeNetwork network, EndpointRecord before, EndpointRecord after) throws IOException {
    open.rules().publish(network, before, after);
    if (!after.ports().isEmpty()) {
      open.wiring().hairpin(after);
    }
    if (after.publishesOnLoopback()) {
      // Behind the rules, which keep containers from the host's loopback.
      loopback(network);
    }
  }

  @Override
  public void update(UpdateRequest request) {
    locked(
        "update endpoint " + request.endpointId(),
        open -> {
          BridgeNetwork network = required(open, request.networkId());
          EndpointRecord before = endpoint(open, request.networkId(), request.endpointId());
          EndpointRecord after = before.with(request.defaultRoute(), request.ports());
          open.ledger().write(after);
          try {
            publish(open, network, before, after);
            if (before.defaultRoute() != after.defaultRoute() && request.networkNamespace() != null) {
              try (Fd namespace = NetworkNamespace.open(request.networkNamespace())) {
                Wiring.route(network, after, namespace, after.defaultRoute());
              }
            }
          } catch (IOException | RuntimeException e) {
            open.ledger().write(before);
            undo(e, () -> open.rules().publish(network, after, before));
            throw e;
          }
          return null;
        });
  }

  private static EndpointRecord endpoint(Open open, String networkId, String endpointId) {
    EndpointRecord endpoint = open.ledger().endpoint(networkId, endpointId);
    if (endpoint == null || endpoint.leaving()) {
      throw ProaException.notFound("network " + networkId + " has no endpoint " + endpointId);
    }
    return endpoint;
  }

  @Override
  public void detach(String networkId, String endpointId) {
    locked(
        "detach endpoint " + endpointId,
        open -> {
          EndpointRecord endpoint = open.ledger().endpoint(networkId, endpointId);
          if (endpoint != null) {
            remove(open, endpoint);
          }
          return null;
        });
  }

  @Override
  public void release(String networkId, String endpointId) {
    locked(
        "release endpoint " + endpointId,
        open -> {
          EndpointRecord endpoint = open.ledger().endpoint(networkId, endpointId);
          if (endpoint != null && !endpoint.leaving()) {
            close(open, endpoint, endpoint.left());
            FaultPoints.reach("release.ports-closed");
            open.leaving().add(endpoint);
          }
          return null;
        });
  }

  /** Packets first find no way any more, then no interface. */
  private static void remove(Open open, EndpointRecord endpoint) throws IOException {
    if (!endpoint.ports().isEmpty()) {
      close(open, endpoint, endpoint.with(endpoint.defaultRoute(), List.of()));
    }
    FaultPoints.reach("detach.ports-closed");
    open.wiring().disconnect(endpoint);
    FaultPoints.reach("detach.disconnected");
    open.ledger().deleteEndpoint(endpoint.networkId(), endpoint.id());
  }

  /** Written without ports first: should the rules have to be made anew, they come without them. */
  private static void close(Open open, EndpointRecord endpoint, EndpointRecord closed) throws IOException {
    open.ledger().write(closed);
    BridgeNetwork network = open.ledger().network(endpoint.networkId());
    if (network != null) {
      open.rules().publish(network, endpoint, closed);
    }
  }

  @FunctionalInterface
  private interface Undo {
    void run() throws IOException;
  }

  private static void undo(Exception first, Undo undo) {
    try {
      undo.run();
    } catch (IOException | RuntimeException e) {
      first.addSuppressed(e);
    }
  }

  @Override
  public void check(String networkId, String endpointId) {
    locked(
        "check endpoint " + endpointId,
        open -> {
          required(open, networkId);
          EndpointRecord endpoint = endpoint(open, networkId, endpointId);
          if (!open.wiring().isConnected(endpoint)) {
            throw new ProaException(
                ErrorClass.FAILED_PRECONDITION, "endpoint " + endpointId + ": its link " + endpoint.veth() + " is gone or on no bridge");
          }
          return null;
        });
  }

  /** Goes on after a failure and then throws the first. What stays is repaired, as far as that can be done without its container. */
  @Override
  public void sweep(Collection<String> endpointIds) {
    Set<String> wanted = new HashSet<>(endpointIds);
    locked(
        "sweep endpoints of network driver " + NAME,
        open -> {
          Exception first = null;
          for (EndpointRecord endpoint : open.ledger().endpoints()) {
            if (!wanted.contains(endpoint.id())) {
              first = attempt(first, () -> remove(open, endpoint));
            }
          }
          for (BridgeNetwork network : open.ledger().networks()) {
            first = attempt(first, () -> ensure(open, network));
          }
          switch (first) {
            case null -> {}
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            default -> throw new AssertionError(first);
          }
          return null;
        });
  }

  private static @Nullable Exception attempt(@Nullable Exception first, Undo step) {
    try {
      step.run();
      return first;
    } catch (IOException | RuntimeException e) {
      if (first == null) {
        return e;
      }
      first.addSuppressed(e);
      return first;
    }
  }
}
