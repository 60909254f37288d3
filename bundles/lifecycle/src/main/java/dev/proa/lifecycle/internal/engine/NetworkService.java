package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.Ids;
import dev.proa.lifecycle.internal.create.Modes;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.NetworkRow;
import dev.proa.lifecycle.networks.EndpointSettings;
import dev.proa.lifecycle.networks.Network;
import dev.proa.lifecycle.networks.NetworkCreateRequest;
import dev.proa.lifecycle.networks.Networks;
import dev.proa.linux.FaultPoints;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.network.NetworkDriver;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The networks as the API has them. */
final class NetworkService implements Networks {
  private static final Logger LOG = LoggerFactory.getLogger(NetworkService.class);
  private static final Set<String> FILTERS = Set.of("dangling", "driver", "id", "label", "name", "scope", "type");

  private final Engine engine;
  private final Endpoints endpoints;

  NetworkService(Engine engine, Endpoints endpoints) {
    this.engine = engine;
    this.endpoints = endpoints;
  }

  @Override
  public List<Network> list(Map<String, List<String>> filters) {
    Filters.checkWithDangling(filters, FILTERS);
    for (String type : Filters.values(filters, "type")) {
      if (!type.equals("custom") && !type.equals("builtin")) {
        throw ProaException.invalid("invalid filter: 'type'='" + type + "'");
      }
    }
    return engine.networks.all().stream()
        .filter(row -> Filters.any(filters, "driver", row.driver()::equals))
        .filter(row -> Filters.any(filters, "id", id -> Filters.matches(row.id(), id)))
        .filter(row -> Filters.any(filters, "name", name -> Filters.matches(row.name(), name)))
        .filter(row -> Filters.any(filters, "scope", "local"::equals))
        .filter(row -> Filters.any(filters, "type", (row.predefined() ? "builtin" : "custom")::equals))
        .filter(row -> Filters.labels(filters, row.labels() == null ? Map.of() : row.labels()))
        .filter(row -> Filters.dangling(filters, !row.predefined() && users(row).isEmpty()))
        .map(row -> view(row, false))
        .toList();
  }

  @Override
  public Network inspect(String ref) {
    return view(engine.networks.get(ref), true);
  }

  /** Containers with a process that are on it. */
  private List<ContainerRow> users(NetworkRow network) {
    return engine.table.rows().stream()
        .filter(row -> row.state().status().hasProcess() && row.networks().containsKey(network.name()))
        .toList();
  }

  private Network view(NetworkRow row, boolean attached) {
    Map<String, Network.NetworkContainer> containers = new LinkedHashMap<>();
    if (attached) {
      for (ContainerRow user : users(row)) {
        EndpointSettings endpoint = user.networks().get(row.name());
        if (endpoint != null) {
          containers.put(
              user.id(),
              new Network.NetworkContainer(
                  user.name(),
                  orEmpty(endpoint.endpointId()),
                  orEmpty(endpoint.macAddress()),
                  withLength(endpoint.ipAddress(), endpoint.ipPrefixLen()),
                  withLength(endpoint.globalIpv6Address(), endpoint.globalIpv6PrefixLen())));
        }
      }
    }
    Network.Ipam ipam =
        new Network.Ipam(row.ipamDriver() == null ? "default" : row.ipamDriver(), row.ipamOptions(), row.subnets());
    return new Network(
        row.name(),
        row.id(),
        row.created(),
        "local",
        row.driver(),
        row.hasIpv4(),
        row.enableIpv6(),
        ipam,
        row.internal(),
        row.attachable(),
        false,
        new Network.ConfigReference(orEmpty(row.configFrom())),
        row.configOnly(),
        containers,
        row.options() == null ? Map.of() : row.options(),
        row.labels() == null ? Map.of() : row.labels());
  }

  private static String withLength(@Nullable String address, int length) {
    return address == null || address.isEmpty() ? "" : address + "/" + length;
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  @Override
  public Created create(NetworkCreateRequest request) {
    NetworkRow made;
    engine.networks.lock.writeLock().lock();
    try {
      String name = NetworkChecks.name(request.name());
      if (engine.networks.byName(name) != null) {
        throw ProaException.conflict("network with name " + name + " already exists");
      }
      if (request.configOnly()) {
        made = NetworkChecks.configuration(request, Ids.random(), name, Instant.now());
        engine.networks.insert(made);
      } else {
        made = make(configured(request), name);
      }
    } finally {
      engine.networks.lock.writeLock().unlock();
    }
    publish(made, "create");
    return new Created(made.id(), NetworkChecks.warning(request, made));
  }

  private NetworkCreateRequest configured(NetworkCreateRequest request) {
    if (!NetworkChecks.isFrom(request)) {
      return request;
    }
    String from = request.configFrom() == null ? "" : request.configFrom().network();
    NetworkRow configuration = engine.networks.byName(from);
    if (configuration == null || !configuration.configOnly()) {
      throw ProaException.notFound("configuration network \"" + from + "\" does not exist");
    }
    return NetworkChecks.from(request, configuration);
  }

  private NetworkRow make(NetworkCreateRequest request, String name) {
    String driver = NetworkChecks.driver(request, engine.drivers.names(NetworkDriver.class));
    boolean addresses = engine.drivers.use(NetworkDriver.class, driver, NetworkDriver::addressing) == NetworkDriver.Addressing.ENGINE;
    NetworkRow row = NetworkChecks.row(request, Ids.random(), name, driver, Instant.now(), addresses, engine.networks.subnets());
    // The row first: a network that only its driver knew nobody could ever remove, one that its driver does not know is made when it is needed.
    engine.networks.insert(row);
    FaultPoints.reach("network.row-written");
    try {
      engine.drivers.run(NetworkDriver.class, driver, d -> d.createNetwork(NetworkTable.config(row)));
    } catch (RuntimeException e) {
      engine.networks.delete(row);
      throw e;
    }
    FaultPoints.reach("network.made");
    return row;
  }

  private void publish(NetworkRow row, String action) {
    engine.events.publish("network", action, row.id(), Map.of("name", row.name(), "type", row.driver()));
  }

  @Override
  public void remove(String ref) {
    NetworkRow row;
    engine.networks.lock.writeLock().lock();
    try {
      row = engine.networks.get(ref);
      if (row.predefined()) {
        throw ProaException.permissionDenied(row.name() + " is a pre-defined network and cannot be removed");
      }
      List<ContainerRow> users = users(row);
      if (!users.isEmpty()) {
        throw ProaException.permissionDenied("error while removing network: network " + row.name() + " has active endpoints" + named(users, row));
      }
      if (hasDependents(row)) {
        throw ProaException.permissionDenied("configuration network \"" + row.name() + "\" is in use");
      }
      delete(row);
    } finally {
      engine.networks.lock.writeLock().unlock();
    }
    publish(row, "destroy");
  }

  /** Whether another network has its configuration from it. */
  private boolean hasDependents(NetworkRow row) {
    return row.configOnly() && engine.networks.all().stream().anyMatch(other -> row.name().equals(other.configFrom()));
  }

  private static String named(List<ContainerRow> users, NetworkRow network) {
    StringBuilder text = new StringBuilder();
    for (ContainerRow user : users) {
      EndpointSettings settings = user.networks().get(network.name());
      String id = settings == null || settings.endpointId() == null ? "" : settings.endpointId();
      text.append(text.isEmpty() ? " (" : ", ").append("name:\"").append(user.name()).append("\" id:\"");
      text.append(id, 0, Math.min(12, id.length())).append('"');
    }
    return text.append(')').toString();
  }

  private void delete(NetworkRow row) {
    if (row.configOnly()) {
      engine.networks.delete(row);
      return;
    }
    try {
      engine.drivers.run(NetworkDriver.class, row.driver(), driver -> driver.deleteNetwork(row.id()));
    } catch (ProaException e) {
      throw e.is(ErrorClass.CONFLICT)
          ? ProaException.permissionDenied("error while removing network: network " + row.name() + " has active endpoints")
          : e;
    }
    FaultPoints.reach("unmake.driver-done");
    engine.networks.delete(row);
  }

  @Override
  public void connect(String ref, String container, @Nullable EndpointSettings settings) {
    Container its = engine.table.get(container);
    its.lock.lock();
    try {
      NetworkRow network = engine.networks.get(ref);
      ContainerRow row = its.row();
      checkMode(row, network);
      EndpointSettings asked = EndpointChecks.wanted(network, settings, null, null);
      if (row.networks().containsKey(network.name())) {
        throw ProaException.permissionDenied("endpoint with name " + row.name() + " already exists in network " + network.name());
      }
      if (row.state().status().hasProcess()) {
        engine.isolate(row, backend -> backend.checkNewInterface(row.id()));
        endpoints.connect(its, network, asked, namespace(row));
        return;
      }
      Map<String, EndpointSettings> networks = new HashMap<>(row.networks());
      networks.put(network.name(), asked);
      Map<String, String> macs = new HashMap<>(row.attached().macs());
      macs.putAll(EndpointChecks.asked(Map.of(network.name(), asked)).macs());
      ContainerRow.Networking given = row.attached();
      engine.table.update(
          its, row.withNetworks(networks, new ContainerRow.Networking(given.addresses(), given.ports(), given.gateway(), macs)));
    } finally {
      its.lock.unlock();
    }
  }

  private static String namespace(ContainerRow row) {
    return "/proc/" + row.state().pid() + "/ns/net";
  }

  private static void checkMode(ContainerRow row, NetworkRow network) {
    String mode = String.valueOf(row.hostConfig().networkMode());
    if (mode.equals(Modes.HOST) || Modes.isContainer(mode)) {
      throw ProaException.invalid("container sharing network namespace with another container or host cannot be connected to any other network");
    }
    if (network.name().equals("host")) {
      throw ProaException.invalid("container cannot be disconnected from host network or connected to host network");
    }
    boolean none = row.networks().containsKey("none");
    if (none != network.name().equals("none") && !row.networks().isEmpty()) {
      throw ProaException.invalid("container cannot be connected to multiple networks with one of the networks in private (none) mode");
    }
  }

  @Override
  public void disconnect(String ref, String container, boolean force) {
    Container its = engine.table.get(container);
    NetworkRow network = engine.networks.get(ref);
    its.lock.lock();
    try {
      ContainerRow row = its.row();
      if (network.name().equals("host")) {
        throw ProaException.invalid("container cannot be disconnected from host network or connected to host network");
      }
      if (!row.networks().containsKey(network.name())) {
        throw ProaException.permissionDenied("container " + row.id() + " is not connected to network " + network.name());
      }
      if (row.state().status().hasProcess()) {
        endpoints.disconnect(its, network, namespace(row));
        return;
      }
      Map<String, EndpointSettings> networks = new HashMap<>(row.networks());
      networks.remove(network.name());
      engine.table.update(its, row.withNetworks(networks, row.attached()));
    } finally {
      its.lock.unlock();
    }
  }

  @Override
  public List<String> prune(Map<String, List<String>> filters) {
    Filters.check(filters, Set.of("label", "label!", "until"));
    long until = Times.until(Filters.values(filters, "until"));
    List<String> removed = new ArrayList<>();
    for (NetworkRow row : engine.networks.all()) {
      Map<String, String> labels = row.labels() == null ? Map.of() : row.labels();
      boolean wanted =
          !row.predefined()
              && Filters.labels(filters, labels)
              && !Filters.anyLabel(filters, "label!", labels)
              && row.created().getEpochSecond() < until;
      if (wanted && prune(row)) {
        removed.add(row.name());
      }
    }
    engine.events.publish("network", "prune", "", Map.of("reclaimed", "0"));
    return removed;
  }

  private boolean prune(NetworkRow row) {
    engine.networks.lock.writeLock().lock();
    try {
      if (!users(row).isEmpty() || engine.networks.byName(row.name()) == null || hasDependents(row)) {
        return false;
      }
      delete(row);
    } catch (ProaException e) {
      LOG.warn("network {} is not pruned: {}", row.name(), e.getMessage());
      return false;
    } finally {
      engine.networks.lock.writeLock().unlock();
    }
    publish(row, "destroy");
    return true;
  }
}
