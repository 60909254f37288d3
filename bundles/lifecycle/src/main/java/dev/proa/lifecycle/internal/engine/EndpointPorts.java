package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.ports.PortSpec;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.NetworkRow;
import dev.proa.lifecycle.networks.EndpointSettings;
import dev.proa.lifecycle.networks.PortBinding;
import dev.proa.spi.ProaException;
import dev.proa.spi.network.NetworkDriver;
import dev.proa.spi.network.NetworkDriver.PublishedPort;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which ports of the host endpoints get. */
final class EndpointPorts {
  private static final Logger LOG = LoggerFactory.getLogger(EndpointPorts.class);

  private final Engine engine;

  EndpointPorts(Engine engine) {
    this.engine = engine;
  }

  /** All that the container publishes, or none. */
  List<PublishedPort> take(ContainerRow row, NetworkRow network, String endpointId, List<String> addresses) {
    Set<String> exposed = row.config().exposedPorts() == null ? Set.of() : row.config().exposedPorts().keySet();
    List<PortSpec> specs =
        PortSpec.of(row.hostConfig().portBindings(), exposed, row.hostConfig().publishAllPorts()).stream()
            .map(spec -> spec.preferring(row.attached().ports()))
            .toList();
    if (specs.isEmpty()) {
      return List.of();
    }
    boolean ipv4 = addresses.stream().anyMatch(address -> !address.contains(":"));
    boolean ipv6 = addresses.stream().anyMatch(address -> address.contains(":"));
    try {
      return engine.ports.take(endpointId, row.name(), onDefaultAddress(network, specs), ipv4, ipv6);
    } catch (ProaException e) {
      throw new ProaException(
          e.errorClass(),
          "driver failed programming external connectivity on endpoint " + row.name() + " (" + endpointId + "): " + e.getMessage(),
          e);
    }
  }

  /** A network can say to which address its ports go when none is asked for. */
  private static List<PortSpec> onDefaultAddress(NetworkRow network, List<PortSpec> specs) {
    String address = network.options() == null ? null : network.options().get(NetworkTable.OPTION + "host_binding_ipv4");
    if (address == null || address.isEmpty() || address.equals("0.0.0.0")) {
      return specs;
    }
    return specs.stream().map(spec -> spec.on(address)).toList();
  }

  static Map<String, List<PortBinding>> bindings(List<PublishedPort> ports) {
    Map<String, List<PortBinding>> bindings = new LinkedHashMap<>();
    for (PublishedPort port : ports) {
      String key = port.containerPort() + "/" + port.protocol().name().toLowerCase(Locale.ROOT);
      bindings.computeIfAbsent(key, unused -> new ArrayList<>()).add(new PortBinding(port.hostAddress(), Integer.toString(port.hostPort())));
    }
    return bindings;
  }

  /** As {@link #bindings} wrote them. */
  static List<PublishedPort> published(Map<String, List<PortBinding>> bindings) {
    List<PublishedPort> ports = new ArrayList<>();
    bindings.forEach(
        (key, hosts) -> {
          int slash = key.indexOf('/');
          NetworkDriver.Protocol protocol = NetworkDriver.Protocol.valueOf(key.substring(slash + 1).toUpperCase(Locale.ROOT));
          for (PortBinding host : hosts) {
            ports.add(
                new PublishedPort(
                    protocol,
                    String.valueOf(host.hostIp()),
                    Integer.parseInt(String.valueOf(host.hostPort())),
                    Integer.parseInt(key.substring(0, slash))));
          }
        });
    return ports;
  }

  /** What a running container has is held again. */
  void adopt(ContainerRow row) {
    EndpointSettings gateway = row.networks().get(row.attached().gateway());
    if (gateway == null || gateway.endpointId() == null || row.attached().ports().isEmpty()) {
      return;
    }
    for (String lost : engine.ports.adopt(gateway.endpointId(), row.name(), published(row.attached().ports()))) {
      LOG.warn("{}: its published port cannot be held any more, packets to it still go to the container: {}", row.name(), lost);
    }
  }
}
