package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.ports.HeldPorts.Reach;
import dev.proa.lifecycle.internal.ports.PortSpec;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.NetworkRow;
import dev.proa.lifecycle.networks.EndpointSettings;
import dev.proa.lifecycle.networks.PortBinding;
import dev.proa.spi.ErrorClass;
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
    try {
      return engine.ports.take(endpointId, row.name(), onDefaultAddress(network, specs), reach(network, addresses));
    } catch (ProaException e) {
      // The Docker Engine's status for a port that is taken is 500, and clients expect that of a start.
      throw new ProaException(
          e.is(ErrorClass.CONFLICT) ? ErrorClass.INTERNAL : e.errorClass(),
          "driver failed programming external connectivity on endpoint " + row.name() + " (" + endpointId + "): " + e.getMessage(),
          e);
    }
  }

  /** @param addresses with or without prefix length */
  static Reach reach(NetworkRow network, List<String> addresses) {
    String[] bare = new String[2];
    for (int six = 0; six < 2; six++) {
      boolean ipv6 = six == 1;
      bare[six] = addresses.stream().filter(address -> address.contains(":") == ipv6).map(EndpointAddresses::bare).findFirst().orElse("");
    }
    return new Reach(bare[0], bare[1], isRouted(network, "ipv4"), isRouted(network, "ipv6"));
  }

  private static boolean isRouted(NetworkRow network, String family) {
    return "routed".equals(network.option(NetworkTable.OPTION + "gateway_mode_" + family));
  }

  /** A network can say to which address its ports go when none is asked for. */
  private static List<PortSpec> onDefaultAddress(NetworkRow network, List<PortSpec> specs) {
    String address = network.option(NetworkTable.OPTION + "host_binding_ipv4");
    if (address.isEmpty() || address.equals("0.0.0.0")) {
      return specs;
    }
    return specs.stream().map(spec -> spec.on(address)).toList();
  }

  static Map<String, List<PortBinding>> bindings(List<PublishedPort> ports) {
    Map<String, List<PortBinding>> bindings = new LinkedHashMap<>();
    for (PublishedPort port : ports) {
      String key = port.containerPort() + "/" + port.protocol().name().toLowerCase(Locale.ROOT);
      bindings.computeIfAbsent(key, unused -> new ArrayList<>()).add(new PortBinding(port.hostAddress(), port.hostPort() == 0 ? "" : Integer.toString(port.hostPort())));
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
                    number(host),
                    Integer.parseInt(key.substring(0, slash))));
          }
        });
    return ports;
  }

  /** 0 for none. */
  static int number(PortBinding binding) {
    String port = binding.hostPort();
    return port == null || port.isEmpty() ? 0 : Integer.parseInt(port);
  }

  /** What a running container has is held again. */
  void adopt(ContainerRow row) {
    EndpointSettings gateway = row.networks().get(row.attached().gateway());
    if (gateway == null || gateway.endpointId() == null || row.attached().ports().isEmpty()) {
      return;
    }
    NetworkRow network = engine.networks.byName(row.attached().gateway());
    if (network == null) {
      return;
    }
    Reach reach = reach(network, EndpointAddresses.of(gateway));
    for (String lost : engine.ports.adopt(gateway.endpointId(), row.name(), published(row.attached().ports()), reach)) {
      LOG.warn("{}: its published port cannot be held any more, packets to it still go to the container: {}", row.name(), lost);
    }
  }
}
