package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.containers.ContainerConfig;
import dev.proa.lifecycle.containers.HostConfig;
import dev.proa.lifecycle.internal.ipam.Cidr;
import dev.proa.lifecycle.internal.state.ContainerRow.Networking;
import dev.proa.lifecycle.internal.state.NetworkRow;
import dev.proa.lifecycle.networks.EndpointSettings;
import dev.proa.lifecycle.networks.EndpointSettings.EndpointIpamConfig;
import dev.proa.spi.ProaException;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a client may ask of an endpoint, with Docker's words. */
final class EndpointChecks {
  static final String INTERFACE_NAME = "com.docker.network.endpoint.ifname";
  static final String SYSCTLS = "com.docker.network.endpoint.sysctls";

  /** Docker's rule; what the last part is, the driver knows. */
  private static final Pattern SYSCTL = Pattern.compile("[^.]+\\.(ipv4|ipv6|mpls)\\.[^.]+\\.(IFNAME|ifname)\\..+");

  /** dev_valid_name of net/core/dev.c, less what nobody wants in a name. */
  private static final Pattern LINK_NAME = Pattern.compile("(?!\\.{1,2}$)[A-Za-z0-9_.-]{1,15}");

  private static final Pattern MAC = Pattern.compile("[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}");

  private EndpointChecks() {}

  /**
   * As the row keeps it.
   *
   * @param host of a container that is created, for the network of its mode: links
   * @param config likewise: the MAC address of clients before API 1.44
   */
  static EndpointSettings wanted(
      NetworkRow network, @Nullable EndpointSettings asked, @Nullable HostConfig host, @Nullable ContainerConfig config) {
    EndpointSettings given = asked == null ? EndpointSettings.bare(network.id(), "") : asked;
    String mac = mac(given.macAddress());
    if (mac.isEmpty() && config != null) {
      mac = mac(config.macAddress());
    }
    if (network.configOnly()) {
      throw ProaException.permissionDenied("cannot attach a container to network " + network.name() + ": it is a configuration for other networks");
    }
    checkAddresses(network, given.ipamConfig());
    checkOptions(network, given.driverOpts() == null ? Map.of() : given.driverOpts());
    if (given.aliases() != null && !given.aliases().isEmpty() && network.predefined()) {
      throw invalid(network, "network-scoped alias is supported only for containers in user defined networks");
    }
    List<String> links = given.links() == null && host != null && !network.predefined() ? host.links() : given.links();
    return new EndpointSettings(
        given.ipamConfig(),
        links,
        given.aliases(),
        mac,
        given.driverOpts(),
        given.gwPriority(),
        network.id(),
        "",
        "",
        "",
        0,
        "",
        "",
        0,
        null);
  }

  /** The addresses that were asked for by the link layer's names. */
  static Networking asked(Map<String, EndpointSettings> networks) {
    Map<String, String> macs = new HashMap<>();
    networks.forEach(
        (name, settings) -> {
          if (settings.macAddress() != null && !settings.macAddress().isEmpty()) {
            macs.put(name, settings.macAddress());
          }
        });
    return new Networking(Map.of(), Map.of(), "", macs);
  }

  private static String mac(@Nullable String mac) {
    if (mac == null || mac.isEmpty()) {
      return "";
    }
    if (!MAC.matcher(mac).matches()) {
      throw ProaException.invalid("invalid MAC address: " + mac);
    }
    return mac.replace('-', ':').toLowerCase(Locale.ROOT);
  }

  private static ProaException invalid(NetworkRow network, String what) {
    return ProaException.invalid("invalid config for network " + network.name() + ": invalid endpoint settings:\n" + what);
  }

  private static void checkOptions(NetworkRow network, Map<String, String> options) {
    String sysctls = options.getOrDefault(SYSCTLS, "");
    for (String sysctl : sysctls.isEmpty() ? new String[0] : sysctls.split(",")) {
      if (!SYSCTL.matcher(sysctl.strip()).matches()) {
        throw invalid(
            network,
            "unrecognised network interface sysctl '" + sysctl + "'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'");
      }
    }
    String name = options.getOrDefault(INTERFACE_NAME, "");
    if (!name.isEmpty() && (!LINK_NAME.matcher(name).matches() || name.equals("lo"))) {
      throw invalid(network, "invalid interface name: " + name);
    }
  }

  private static void checkAddresses(NetworkRow network, @Nullable EndpointIpamConfig config) {
    if (config == null) {
      return;
    }
    checkAddress(network, config.ipv4Address(), false);
    checkAddress(network, config.ipv6Address(), true);
    for (String text : config.linkLocalIps() == null ? List.<String>of() : config.linkLocalIps()) {
      if (Cidr.address(text) == null) {
        throw invalid(network, "invalid link-local IP address: " + text);
      }
    }
  }

  private static void checkAddress(NetworkRow network, @Nullable String text, boolean ipv6) {
    if (text == null || text.isEmpty()) {
      return;
    }
    InetAddress address = Cidr.address(text);
    if (address == null || text.contains(":") != ipv6) {
      throw invalid(network, "invalid " + (ipv6 ? "IPv6" : "IPv4") + " address: " + text);
    }
    if (network.predefined()) {
      throw invalid(network, "user specified IP address is supported on user defined networks only");
    }
    if (!network.chosenSubnets()) {
      throw invalid(network, "user specified IP address is supported only when connecting to networks with user configured subnets");
    }
    if (network.subnetList().stream().noneMatch(subnet -> NetworkTable.cidr(subnet).contains(address))) {
      throw invalid(network, "no configured subnet contains IP address " + text);
    }
  }

  /** A container on the host's network, or on none, is on no other. */
  static void another(NetworkRow first, NetworkRow second) {
    if (first.name().equals("host") || second.name().equals("host")) {
      throw ProaException.invalid("container cannot be connected to host network and another network");
    }
    if (first.name().equals("none") || second.name().equals("none")) {
      throw ProaException.invalid("container cannot be connected to multiple networks with one of the networks in private (none) mode");
    }
  }
}
