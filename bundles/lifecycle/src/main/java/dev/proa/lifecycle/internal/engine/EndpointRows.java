package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.NetworkRow;
import dev.proa.lifecycle.networks.EndpointSettings;
import dev.proa.spi.network.NetworkDriver.Endpoint;
import java.util.HashMap;
import java.util.Map;

/** Endpoints as the container's row, and so the API, tells of them. */
final class EndpointRows {
  private EndpointRows() {}

  /** Of an endpoint that its driver has made. */
  static EndpointSettings attached(ContainerRow row, EndpointSettings asked, NetworkRow network, Endpoint endpoint) {
    String ipv4 = endpoint.addresses().stream().filter(address -> !address.contains(":")).findFirst().orElse("");
    String ipv6 = endpoint.addresses().stream().filter(address -> address.contains(":")).findFirst().orElse("");
    return new EndpointSettings(
        asked.ipamConfig(),
        asked.links(),
        asked.aliases(),
        endpoint.macAddress() == null ? "" : endpoint.macAddress(),
        asked.driverOpts(),
        asked.gwPriority(),
        network.id(),
        endpoint.endpointId(),
        ipv4.isEmpty() || network.internal() ? "" : gatewayOf(network, false),
        EndpointAddresses.bare(ipv4),
        length(ipv4),
        ipv6.isEmpty() || network.internal() ? "" : gatewayOf(network, true),
        EndpointAddresses.bare(ipv6),
        length(ipv6),
        NetworkNames.of(row, network, asked));
  }

  private static int length(String address) {
    int slash = address.indexOf('/');
    return slash < 0 ? 0 : Integer.parseInt(address.substring(slash + 1));
  }

  static String gatewayOf(NetworkRow network, boolean ipv6) {
    return network.subnetList().stream()
        .filter(config -> String.valueOf(config.subnet()).contains(":") == ipv6)
        .map(config -> config.gateway() == null ? "" : config.gateway())
        .findFirst()
        .orElse("");
  }

  /** The networks of a container that does not run. */
  static Map<String, EndpointSettings> detached(ContainerRow row) {
    Map<String, EndpointSettings> networks = new HashMap<>();
    row.networks().forEach((name, settings) -> networks.put(name, detached(settings, row.attached().macs().getOrDefault(name, ""))));
    return networks;
  }

  /** @param mac the one that was asked for */
  private static EndpointSettings detached(EndpointSettings settings, String mac) {
    return new EndpointSettings(
        settings.ipamConfig(),
        settings.links(),
        settings.aliases(),
        mac,
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
        settings.dnsNames());
  }
}
