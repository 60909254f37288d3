package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.Ids;
import dev.proa.lifecycle.internal.create.Modes;
import dev.proa.lifecycle.internal.run.NetworkFiles;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.ContainerRow.Networking;
import dev.proa.lifecycle.internal.state.NetworkRow;
import dev.proa.lifecycle.networks.EndpointSettings;
import dev.proa.lifecycle.networks.PortBinding;
import dev.proa.linux.FaultPoints;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.TaskState;
import dev.proa.spi.network.NetworkDriver;
import dev.proa.spi.network.NetworkDriver.Addressing;
import dev.proa.spi.network.NetworkDriver.AttachRequest;
import dev.proa.spi.network.NetworkDriver.Endpoint;
import dev.proa.spi.network.NetworkDriver.PublishedPort;
import dev.proa.spi.network.NetworkDriver.Sandbox;
import dev.proa.spi.network.NetworkDriver.UpdateRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Attaches containers to their networks and detaches them: addresses and ports from the engine's books, the work by the network drivers. The
 * container's lock is held in every call but {@link #onHost}.
 */
final class Endpoints {
  private static final Logger LOG = LoggerFactory.getLogger(Endpoints.class);

  private final Engine engine;
  private final EndpointAddresses addressBook;
  private final EndpointPorts portBook;

  /** One endpoint on its way. */
  private record Attached(
      NetworkRow network, EndpointSettings settings, String endpointId, @Nullable String interfaceName, List<String> addresses) {}

  Endpoints(Engine engine) {
    this.engine = engine;
    this.addressBook = new EndpointAddresses(engine);
    this.portBook = new EndpointPorts(engine);
  }

  /** Whether the container lives in the host's network namespace. */
  boolean onHost(ContainerRow row) {
    String mode = String.valueOf(row.hostConfig().networkMode());
    return !Modes.isContainer(mode) && sandbox(known(mode)) == Sandbox.HOST;
  }

  private Sandbox sandbox(NetworkRow network) {
    return engine.drivers.use(NetworkDriver.class, network.driver(), NetworkDriver::sandbox);
  }

  boolean hasAddresses(NetworkRow network) {
    return engine.drivers.use(NetworkDriver.class, network.driver(), NetworkDriver::addressing) == Addressing.ENGINE;
  }

  private NetworkRow known(String network) {
    try {
      return engine.networks.get(network);
    } catch (ProaException e) {
      throw failed(e);
    }
  }

  /** Whether it is on a network whose containers find each other by name. */
  boolean isNamed(ContainerRow row) {
    return row.networks().keySet().stream()
        .map(engine.networks::byName)
        .anyMatch(network -> network != null && !network.predefined() && hasAddresses(network));
  }

  private static ProaException failed(ProaException e) {
    return new ProaException(e.errorClass(), "failed to set up container networking: " + e.getMessage(), e);
  }

  /** The task is created and waits, so its namespaces are there. The row is changed in memory: it goes with the transaction of the start. */
  void attach(Container container, TaskState task) {
    ContainerRow row = container.row();
    if (row.networks().isEmpty()) {
      return;
    }
    engine.networks.lock.readLock().lock();
    List<Attached> done = new ArrayList<>();
    try {
      List<String> names = inOrder(row);
      String gateway = gateway(row.networks());
      Map<String, EndpointSettings> networks = new HashMap<>();
      Map<String, List<String>> addresses = new HashMap<>(row.attached().addresses());
      List<PublishedPort> ports = new ArrayList<>();
      Set<String> taken = new HashSet<>();
      row.networks().values().forEach(settings -> taken.add(Interfaces.wished(settings)));
      for (String name : names) {
        NetworkRow network = known(name);
        String endpointId = Ids.random();
        String interfaceName = Interfaces.name(network, row.networks().get(name), taken);
        Attached endpoint = attach(row, network, endpointId, interfaceName, name.equals(gateway), task.networkNamespace(), ports, done);
        networks.put(name, endpoint.settings());
        if (!endpoint.addresses().isEmpty()) {
          addresses.put(name, endpoint.addresses().stream().map(EndpointAddresses::bare).toList());
        }
      }
      Interfaces.checkSysctls(row, done.stream().map(Attached::interfaceName).filter(Objects::nonNull).toList());
      ContainerRow attached = row.withNetworks(networks, new Networking(addresses, EndpointPorts.bindings(ports), gateway, row.attached().macs()));
      NetworkFiles.attached(engine.runFolder(row.id()), attached, hostGateways(attached), new LegacyLinks(engine.table).hosts(attached));
      FaultPoints.reach("attach.files-written");
      engine.names().attached(attached, task.networkNamespace());
      FaultPoints.reach("attach.resolver-made");
      container.row(attached);
      done.forEach(endpoint -> publish("connect", endpoint.network(), row));
    } catch (IOException e) {
      release(row, done);
      throw Trees.failure("failed to set up container networking: cannot write /etc/hosts of " + row.name(), e);
    } catch (RuntimeException e) {
      release(row, done);
      throw e;
    } finally {
      engine.networks.lock.readLock().unlock();
    }
  }

  /** The network of the container's mode first, so that it is eth0, then the others by name. */
  private static List<String> inOrder(ContainerRow row) {
    String mode = String.valueOf(row.hostConfig().networkMode());
    return row.networks().keySet().stream()
        .sorted(Comparator.comparing((String name) -> !isMode(name, row, mode)).thenComparing(Comparator.naturalOrder()))
        .toList();
  }

  private static boolean isMode(String name, ContainerRow row, String mode) {
    EndpointSettings settings = row.networks().get(name);
    return name.equals(mode) || settings != null && mode.length() >= 12 && String.valueOf(settings.networkId()).startsWith(mode);
  }

  /** The network that the default route goes to: the highest priority, then by name; internal ones have no way out. Empty for none. */
  private String gateway(Map<String, EndpointSettings> networks) {
    return networks.entrySet().stream()
        .filter(entry -> isWayOut(entry.getKey()))
        .min(
            Comparator.comparing((Map.Entry<String, EndpointSettings> entry) -> -entry.getValue().gwPriority())
                .thenComparing(Map.Entry::getKey))
        .map(Map.Entry::getKey)
        .orElse("");
  }

  private boolean isWayOut(String name) {
    NetworkRow network = engine.networks.byName(name);
    return network != null && !network.internal() && hasAddresses(network);
  }

  private Attached attach(
      ContainerRow row,
      NetworkRow network,
      String endpointId,
      String interfaceName,
      boolean gateway,
      @Nullable String namespace,
      List<PublishedPort> ports,
      List<Attached> done) {
    EndpointSettings asked = row.networks().get(network.name());
    if (asked == null) {
      asked = EndpointSettings.bare(network.id(), "");
    }
    List<String> addresses = List.of();
    boolean host = sandbox(network) == Sandbox.HOST;
    try {
      addresses = addressBook.take(row, network, asked);
      List<PublishedPort> published = gateway ? portBook.take(row, network, endpointId, addresses) : List.of();
      String wished = asked.macAddress() == null || asked.macAddress().isEmpty() ? null : asked.macAddress();
      AttachRequest request =
          new AttachRequest(
              network.id(),
              endpointId,
              row.id(),
              host ? null : namespace,
              interfaceName,
              wished,
              addresses,
              gateway,
              published,
              EndpointAddresses.linkLocal(asked),
              Interfaces.options(row, asked, interfaceName));
      Endpoint endpoint = engine.drivers.use(NetworkDriver.class, network.driver(), driver -> attach(driver, network, request));
      // One that the container cannot have, such as with disable_ipv6, nobody holds.
      addressBook.giveBack(network, addresses.stream().filter(address -> !endpoint.addresses().contains(address)).toList());
      Attached attached =
          new Attached(network, EndpointRows.attached(row, asked, network, endpoint), endpointId, endpoint.interfaceName(), endpoint.addresses());
      ports.addAll(published);
      done.add(attached);
      return attached;
    } catch (ProaException e) {
      engine.ports.release(endpointId);
      addressBook.giveBack(network, addresses);
      throw failed(e);
    } catch (RuntimeException e) {
      engine.ports.release(endpointId);
      addressBook.giveBack(network, addresses);
      throw e;
    }
  }

  /** A network that a driver does not know yet, such as one that always exists, is made there when the first container needs it. */
  private static Endpoint attach(NetworkDriver driver, NetworkRow network, AttachRequest request) {
    try {
      return driver.attach(request);
    } catch (ProaException e) {
      if (!e.is(ErrorClass.NOT_FOUND)) {
        throw e;
      }
      driver.createNetwork(NetworkTable.config(network));
      return driver.attach(request);
    }
  }

  /** The host's addresses that containers of this one's network reach it by. */
  private List<String> hostGateways(ContainerRow row) {
    NetworkRow network = engine.networks.byName(row.attached().gateway());
    return network == null
        ? List.of()
        : Stream.of(EndpointRows.gatewayOf(network, false), EndpointRows.gatewayOf(network, true)).filter(address -> !address.isEmpty()).toList();
  }

  private void publish(String action, NetworkRow network, ContainerRow row) {
    engine.events.publish(
        "network", action, network.id(), Map.of("container", row.id(), "name", network.name(), "type", network.driver()));
  }

  private void release(ContainerRow row, List<Attached> done) {
    for (Attached endpoint : done.reversed()) {
      detach(row, endpoint.network(), endpoint.endpointId(), NetworkDriver::detach);
      addressBook.giveBack(endpoint.network(), endpoint.addresses());
    }
  }

  /** {@link NetworkDriver#detach}, or {@link NetworkDriver#release} at the end of a container. */
  @FunctionalInterface
  private interface Detaching {
    void detach(NetworkDriver driver, String networkId, String endpointId);
  }

  /** Best effort: what stays is swept at the next start. */
  private void detach(ContainerRow row, NetworkRow network, String endpointId, Detaching how) {
    try {
      engine.drivers.run(NetworkDriver.class, network.driver(), driver -> how.detach(driver, network.id(), endpointId));
    } catch (RuntimeException e) {
      LOG.warn("{}: not detached from network {}: {}", row.id(), network.name(), e.getMessage());
    }
    engine.ports.release(endpointId);
  }

  /** From all its networks, at the end of its process; as its row was then. */
  void detach(ContainerRow row) {
    engine.names().detached(row.id());
    row.networks()
        .forEach(
            (name, settings) -> {
              String endpointId = settings.endpointId();
              NetworkRow network = engine.networks.byName(name);
              if (endpointId == null || endpointId.isEmpty() || network == null) {
                return;
              }
              detach(row, network, endpointId, NetworkDriver::release);
              addressBook.giveBack(network, EndpointAddresses.of(settings));
              publish("disconnect", network, row);
            });
  }

  /** A running container on one more network. */
  void connect(Container container, NetworkRow network, EndpointSettings asked, String namespace) {
    ContainerRow row = container.row();
    Map<String, EndpointSettings> wanted = new HashMap<>(row.networks());
    wanted.put(network.name(), asked);
    ContainerRow wantedRow = row.withNetworks(wanted, row.attached());
    List<Attached> done = new ArrayList<>();
    engine.networks.lock.readLock().lock();
    try {
      String gateway = gateway(wanted);
      String before = row.attached().gateway();
      boolean takesOver = gateway.equals(network.name());
      List<PublishedPort> none = new ArrayList<>();
      // Ports that it has stay what they are: they move with the default route, once the new endpoint is there.
      boolean firstWayOut = takesOver && before.isEmpty();
      Attached endpoint =
          attach(wantedRow, network, Ids.random(), Interfaces.name(network, asked, Interfaces.of(row)), firstWayOut, namespace, none, done);
      Map<String, EndpointSettings> networks = new HashMap<>(row.networks());
      networks.put(network.name(), endpoint.settings());
      Map<String, List<String>> addresses = new HashMap<>(row.attached().addresses());
      addresses.put(network.name(), endpoint.addresses().stream().map(EndpointAddresses::bare).toList());
      Map<String, List<PortBinding>> ports = firstWayOut ? EndpointPorts.bindings(none) : row.attached().ports();
      Map<String, String> macs = new HashMap<>(row.attached().macs());
      if (asked.macAddress() != null && !asked.macAddress().isEmpty()) {
        macs.put(network.name(), asked.macAddress());
      }
      ContainerRow attached = row.withNetworks(networks, new Networking(addresses, ports, takesOver ? gateway : before, macs));
      if (takesOver && !firstWayOut) {
        moveGateway(attached, before, gateway, namespace);
      }
      engine.table.update(container, attached);
      NetworkFiles.connected(engine.runFolder(row.id()), attached, endpoint.settings());
      publish("connect", network, row);
      engine.names().attached(attached, namespace);
    } catch (IOException e) {
      LOG.warn("{}: /etc/hosts is not updated: {}", row.id(), e.getMessage());
    } catch (RuntimeException e) {
      release(row, done);
      throw e;
    } finally {
      engine.networks.lock.readLock().unlock();
    }
  }

  /** The default route, and the published ports with it. */
  private void moveGateway(ContainerRow row, String from, String to, String namespace) {
    List<PublishedPort> ports = EndpointPorts.published(row.attached().ports());
    update(row, from, namespace, false, List.of());
    try {
      update(row, to, namespace, true, ports);
    } catch (RuntimeException e) {
      try {
        update(row, from, namespace, true, ports);
      } catch (RuntimeException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
    EndpointSettings old = row.networks().get(from);
    EndpointSettings next = row.networks().get(to);
    if (old != null && old.endpointId() != null && next != null && next.endpointId() != null) {
      movePorts(old.endpointId(), to, next);
    }
  }

  private void movePorts(String from, String network, EndpointSettings next) {
    NetworkRow to = engine.networks.byName(network);
    if (to != null && next.endpointId() != null) {
      engine.ports.move(from, next.endpointId(), EndpointPorts.reach(to, EndpointAddresses.of(next)));
    }
  }

  private void update(ContainerRow row, String name, String namespace, boolean route, List<PublishedPort> ports) {
    EndpointSettings settings = row.networks().get(name);
    NetworkRow network = engine.networks.byName(name);
    if (settings == null || network == null || settings.endpointId() == null || settings.endpointId().isEmpty()) {
      return;
    }
    UpdateRequest request = new UpdateRequest(network.id(), settings.endpointId(), namespace, route, ports);
    engine.drivers.run(NetworkDriver.class, network.driver(), driver -> driver.update(request));
  }

  /** A running container off one of its networks. */
  void disconnect(Container container, NetworkRow network, @Nullable String namespace) {
    ContainerRow row = container.row();
    EndpointSettings settings = row.networks().get(network.name());
    if (settings == null) {
      return;
    }
    Map<String, EndpointSettings> networks = new HashMap<>(row.networks());
    networks.remove(network.name());
    Map<String, List<String>> addresses = new HashMap<>(row.attached().addresses());
    addresses.remove(network.name());
    boolean wasGateway = row.attached().gateway().equals(network.name());
    String gateway = wasGateway ? gateway(networks) : row.attached().gateway();
    Map<String, List<PortBinding>> ports = gateway.isEmpty() ? Map.of() : row.attached().ports();
    Map<String, String> macs = new HashMap<>(row.attached().macs());
    macs.remove(network.name());
    ContainerRow detached = row.withNetworks(networks, new Networking(addresses, ports, gateway, macs));
    String endpointId = settings.endpointId() == null ? "" : settings.endpointId();
    EndpointSettings next = networks.get(gateway);
    if (wasGateway && next != null && next.endpointId() != null) {
      movePorts(endpointId, gateway, next);
    }
    detach(row, network, endpointId, NetworkDriver::detach);
    if (wasGateway && namespace != null && !gateway.isEmpty()) {
      try {
        update(detached, gateway, namespace, true, EndpointPorts.published(ports));
      } catch (RuntimeException e) {
        // As with Docker: the container may have made the next network unusable, and is off this one nevertheless.
        LOG.warn("{}: network {} does not become its way out: {}", row.id(), gateway, e.getMessage());
      }
    }
    engine.table.update(container, detached);
    addressBook.giveBack(network, EndpointAddresses.of(settings));
    try {
      NetworkFiles.disconnected(engine.runFolder(row.id()), settings);
    } catch (IOException e) {
      LOG.warn("{}: /etc/hosts is not updated: {}", row.id(), e.getMessage());
    }
    publish("disconnect", network, row);
  }

  /** After a start of the daemon: what a running container has is taken in the books. */
  void adopt(ContainerRow row) {
    addressBook.adopt(row);
    portBook.adopt(row);
  }
}
