package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.Ids;
import dev.proa.lifecycle.internal.Json;
import dev.proa.lifecycle.internal.ipam.AddressPools;
import dev.proa.lifecycle.internal.ipam.Cidr;
import dev.proa.lifecycle.internal.ipam.SubnetAddresses;
import dev.proa.lifecycle.internal.state.NetworkRow;
import dev.proa.lifecycle.networks.Network.IpamConfig;
import dev.proa.spi.ProaException;
import dev.proa.spi.daemon.DaemonSettings;
import dev.proa.spi.network.NetworkDriver.NetworkConfig;
import dev.proa.spi.network.NetworkDriver.Subnet;
import dev.proa.store.StateStore;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/** All networks by name, and the addresses of each. {@code bridge}, {@code host} and {@code none} are made at the first start and always exist. */
final class NetworkTable {
  static final String BRIDGE = "bridge";
  static final String OPTION = "com.docker.network.bridge.";
  static final String MTU = "com.docker.network.driver.mtu";

  /** Attaching reads, making and removing networks writes: a network does not go away under a start. */
  final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

  private final StateStore store;
  private final Map<String, NetworkRow> networks = new LinkedHashMap<>();

  /** By network id; of those without addresses none. */
  private final Map<String, List<SubnetAddresses>> addresses = new ConcurrentHashMap<>();

  NetworkTable(StateStore store, DaemonSettings settings) {
    this.store = store;
    store
        .all(NetworkRow.KIND)
        .forEach(
            (id, body) -> {
              NetworkRow row = Json.read(body, NetworkRow.class, "network " + id);
              networks.put(row.name(), row);
            });
    List<NetworkRow> changed = new ArrayList<>();
    changed.addAll(
        List.of(NetworkRow.builtin(Ids.random(), "host", "host"), NetworkRow.builtin(Ids.random(), "none", "null")).stream()
            .filter(row -> !networks.containsKey(row.name()))
            .toList());
    NetworkRow bridge = networks.get(BRIDGE);
    NetworkRow its = bridge == null ? NetworkRow.builtin(Ids.random(), BRIDGE, BRIDGE) : bridge;
    NetworkRow wanted = settings.bridge().isPresent() ? its.with("null", List.of(), Map.of()) : bridge(its, settings);
    if (!wanted.equals(bridge)) {
      changed.add(wanted);
    }
    if (!changed.isEmpty()) {
      store.write(transaction -> changed.forEach(row -> transaction.put(NetworkRow.KIND, row.id(), Json.write(row))));
      changed.forEach(row -> networks.put(row.name(), row));
    }
    networks.values().forEach(row -> addresses.put(row.id(), addresses(row)));
  }

  /** The default network: its subnet is the operator's or is chosen once and kept. */
  private NetworkRow bridge(NetworkRow row, DaemonSettings settings) {
    Map<String, String> options = new LinkedHashMap<>();
    options.put(OPTION + "default_bridge", "true");
    options.put(OPTION + "enable_icc", "true");
    options.put(OPTION + "enable_ip_masquerade", "true");
    options.put(OPTION + "host_binding_ipv4", "0.0.0.0");
    options.put(OPTION + "name", bridgeName(settings.dataRoot()));
    options.put(MTU, "1500");
    List<IpamConfig> subnets = row.subnetList();
    Optional<String> bip = settings.bip();
    if (bip.isPresent()) {
      Cidr subnet = Cidr.parse(bip.get());
      InetAddress gateway = Cidr.address(bip.get().substring(0, bip.get().indexOf('/')));
      if (subnet == null || gateway == null) {
        throw ProaException.invalid("invalid CIDR address: " + bip.get() + " for --bip");
      }
      subnets = List.of(new IpamConfig(subnet.toString(), null, Cidr.text(gateway), null));
    } else if (subnets.isEmpty()) {
      Cidr subnet = AddressPools.ipv4(subnets());
      subnets = List.of(new IpamConfig(subnet.toString(), null, gateway(subnet), null));
    }
    return row.with(BRIDGE, subnets, options);
  }

  /** Several daemons on one host have a bridge each. */
  private static String bridgeName(Path dataRoot) {
    return dataRoot.equals(Path.of("/var/lib/proa")) ? "proa0" : "proa-" + Integer.toHexString(dataRoot.toString().hashCode());
  }

  static String gateway(Cidr subnet) {
    return Cidr.text(subnet.address(subnet.base().add(java.math.BigInteger.ONE)));
  }

  /** Of all networks. */
  Collection<Cidr> subnets() {
    List<Cidr> subnets = new ArrayList<>();
    for (NetworkRow row : networks.values()) {
      if (!row.configOnly()) {
        row.subnetList().forEach(config -> subnets.add(cidr(config)));
      }
    }
    return subnets;
  }

  static Cidr cidr(IpamConfig config) {
    Cidr cidr = config.subnet() == null ? null : Cidr.parse(config.subnet());
    if (cidr == null) {
      throw ProaException.dataLoss("a network's subnet is none: " + config.subnet());
    }
    return cidr;
  }

  private static List<SubnetAddresses> addresses(NetworkRow row) {
    List<SubnetAddresses> all = new ArrayList<>();
    for (IpamConfig config : row.configOnly() ? List.<IpamConfig>of() : row.subnetList()) {
      List<InetAddress> reserved = new ArrayList<>();
      InetAddress gateway = config.gateway() == null ? null : Cidr.address(config.gateway());
      if (gateway != null) {
        reserved.add(gateway);
      }
      if (config.auxiliaryAddresses() != null) {
        config.auxiliaryAddresses().values().stream().map(Cidr::address).filter(address -> address != null).forEach(reserved::add);
      }
      all.add(new SubnetAddresses(cidr(config), config.ipRange() == null ? null : Cidr.parse(config.ipRange()), reserved));
    }
    return all;
  }

  /** Those of the network's subnets; empty for one without addresses. */
  List<SubnetAddresses> addressesOf(NetworkRow row) {
    return addresses.getOrDefault(row.id(), List.of());
  }

  /** As a driver takes it. */
  static NetworkConfig config(NetworkRow row) {
    List<Subnet> subnets =
        row.subnetList().stream().map(config -> new Subnet(String.valueOf(config.subnet()), config.gateway() == null ? "" : config.gateway())).toList();
    return new NetworkConfig(row.id(), row.name(), row.options() == null ? Map.of() : row.options(), subnets, row.internal());
  }

  boolean has(String ref) {
    return find(ref) != null;
  }

  /** In the order in which they were made. */
  List<NetworkRow> all() {
    synchronized (networks) {
      return List.copyOf(networks.values());
    }
  }

  @Nullable NetworkRow byName(String name) {
    synchronized (networks) {
      return networks.get(name);
    }
  }

  private @Nullable NetworkRow find(String ref) {
    NetworkRow named = byName(ref);
    if (named != null) {
      return named;
    }
    List<NetworkRow> byId = all().stream().filter(row -> !ref.isEmpty() && row.id().startsWith(ref)).toList();
    if (byId.size() > 1) {
      throw ProaException.invalid("network " + ref + " is ambiguous (" + byId.size() + " matches found on ID prefix)");
    }
    return byId.isEmpty() ? null : byId.getFirst();
  }

  /** By name, id or a prefix of an id that only one has; {@code NOT_FOUND} "network X not found". */
  NetworkRow get(String ref) {
    NetworkRow found = find(ref);
    if (found == null) {
      throw ProaException.notFound("network " + ref + " not found");
    }
    return found;
  }

  /** Acknowledges a new network. The write lock is held. */
  void insert(NetworkRow row) {
    store.write(transaction -> transaction.put(NetworkRow.KIND, row.id(), Json.write(row)));
    addresses.put(row.id(), addresses(row));
    synchronized (networks) {
      networks.put(row.name(), row);
    }
  }

  /** The write lock is held. */
  void delete(NetworkRow row) {
    store.write(transaction -> transaction.delete(NetworkRow.KIND, row.id()));
    synchronized (networks) {
      networks.remove(row.name());
    }
    addresses.remove(row.id());
  }
}
