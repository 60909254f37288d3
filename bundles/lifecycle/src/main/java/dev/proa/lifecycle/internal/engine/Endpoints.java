package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.Ids;
import dev.proa.lifecycle.internal.create.Modes;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.networks.EndpointSettings;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.TaskState;
import dev.proa.spi.network.NetworkDriver;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Attaches containers to their networks and detaches them, through the network drivers. */
final class Endpoints {
  private static final Logger LOG = LoggerFactory.getLogger(Endpoints.class);
  private static final String NULL_DRIVER = "null";

  private final Engine engine;

  Endpoints(Engine engine) {
    this.engine = engine;
  }

  /** Whether the container lives in the host's network namespace. */
  boolean onHost(ContainerRow row) {
    String mode = String.valueOf(row.hostConfig().networkMode());
    if (Modes.isContainer(mode)) {
      return false;
    }
    return engine.drivers.use(NetworkDriver.class, driver(mode), NetworkDriver::sandbox) == NetworkDriver.Sandbox.HOST;
  }

  /** Until there are bridges the default network is one without anything. */
  private String driver(String network) {
    String driver = known(network).driver();
    return driver.equals("bridge") ? NULL_DRIVER : driver;
  }

  private NetworkTable.NetworkRow known(String network) {
    try {
      return engine.networks.get(network);
    } catch (ProaException e) {
      throw failed(e);
    }
  }

  private static ProaException failed(ProaException e) {
    return new ProaException(e.errorClass(), "failed to set up container networking: " + e.getMessage(), e);
  }

  /** The task is created and waits, so its namespaces are there. */
  void attach(Container container, TaskState task) {
    ContainerRow row = container.row();
    if (row.networks().isEmpty()) {
      return;
    }
    Map<String, EndpointSettings> attached = new HashMap<>();
    row.networks()
        .forEach(
            (name, settings) -> {
              NetworkTable.NetworkRow network = known(name);
              String endpointId = Ids.random();
              NetworkDriver.AttachRequest request =
                  new NetworkDriver.AttachRequest(network.id(), endpointId, row.id(), onHost(row) ? null : task.networkNamespace(), "eth0");
              NetworkDriver.Endpoint endpoint =
                  engine.drivers.use(NetworkDriver.class, driver(name), driver -> attach(driver, network, request));
              attached.put(name, settings(settings, network, endpoint));
              engine.events.publish(
                  "network", "connect", network.id(), Map.of("container", row.id(), "name", network.name(), "type", network.driver()));
            });
    // Not written by itself: it goes with the transaction of the start.
    container.row(row.withNetworks(attached));
  }

  /** The networks that always exist are made at a driver when the first container needs one there. */
  private static NetworkDriver.Endpoint attach(NetworkDriver driver, NetworkTable.NetworkRow network, NetworkDriver.AttachRequest request) {
    try {
      return driver.attach(request);
    } catch (ProaException e) {
      if (!e.is(ErrorClass.NOT_FOUND)) {
        throw failed(e);
      }
      try {
        driver.createNetwork(new NetworkDriver.NetworkConfig(network.id(), network.name(), Map.of()));
        return driver.attach(request);
      } catch (ProaException again) {
        throw failed(again);
      }
    }
  }

  private static EndpointSettings settings(EndpointSettings asked, NetworkTable.NetworkRow network, NetworkDriver.Endpoint endpoint) {
    List<String> addresses = endpoint.addresses();
    String address = addresses.isEmpty() ? "" : addresses.getFirst();
    int slash = address.indexOf('/');
    return new EndpointSettings(
        asked.ipamConfig(),
        asked.links(),
        asked.aliases(),
        endpoint.macAddress() == null ? "" : endpoint.macAddress(),
        asked.driverOpts(),
        asked.gwPriority(),
        network.id(),
        endpoint.endpointId(),
        endpoint.gateway() == null ? "" : endpoint.gateway(),
        slash < 0 ? address : address.substring(0, slash),
        slash < 0 ? 0 : Integer.parseInt(address.substring(slash + 1)),
        "",
        "",
        0,
        asked.dnsNames());
  }

  /** Best effort: what stays is swept at the next start. */
  void detach(ContainerRow row) {
    row.networks()
        .forEach(
            (name, settings) -> {
              String endpointId = settings.endpointId();
              if (endpointId == null || endpointId.isEmpty()) {
                return;
              }
              NetworkTable.NetworkRow network = engine.networks.get(name);
              try {
                engine.drivers.run(NetworkDriver.class, driver(name), driver -> driver.detach(network.id(), endpointId));
              } catch (RuntimeException e) {
                LOG.warn("{}: not detached from network {}: {}", row.id(), name, e.getMessage());
              }
              engine.events.publish(
                  "network", "disconnect", network.id(), Map.of("container", row.id(), "name", network.name(), "type", network.driver()));
            });
  }

  /** The networks of a container that does not run. */
  static Map<String, EndpointSettings> detached(ContainerRow row) {
    Map<String, EndpointSettings> networks = new HashMap<>();
    row.networks()
        .forEach(
            (name, settings) ->
                networks.put(
                    name,
                    new EndpointSettings(
                        settings.ipamConfig(),
                        settings.links(),
                        settings.aliases(),
                        "",
                        settings.driverOpts(),
                        settings.gwPriority(),
                        settings.networkId(),
                        "",
                        "",
                        "",
                        0,
                        "",
                        "",
                        0,
                        settings.dnsNames())));
    return networks;
  }
}
