package dev.proa.network.bridge;

import dev.proa.spi.ProaException;
import dev.proa.spi.network.NetworkDriver.NetworkConfig;
import dev.proa.spi.network.NetworkDriver.Subnet;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** A network's configuration with the meaning of its options. */
record BridgeNetwork(NetworkConfig config, String bridge, int mtu, boolean masquerade, boolean betweenContainers) {
  static final String BRIDGE_NAME = "com.docker.network.bridge.name";
  static final String MTU = "com.docker.network.driver.mtu";
  static final String MASQUERADE = "com.docker.network.bridge.enable_ip_masquerade";
  static final String HOST_ADDRESS = "com.docker.network.bridge.host_binding_ipv4";
  static final String BETWEEN_CONTAINERS = "com.docker.network.bridge.enable_icc";

  /** dev_valid_name of net/core/dev.c, less what nobody wants in a name. */
  private static final Pattern LINK_NAME = Pattern.compile("[A-Za-z0-9_.-]{1,15}");

  private static final int LARGEST_MTU = 65535;

  /** {@code INVALID_ARGUMENT} for a bad option. */
  static BridgeNetwork of(NetworkConfig config) {
    Map<String, String> options = config.options();
    String bridge = options.getOrDefault(BRIDGE_NAME, "");
    if (bridge.isEmpty()) {
      bridge = "br-" + config.id().substring(0, Math.min(12, config.id().length()));
    }
    if (!LINK_NAME.matcher(bridge).matches() || bridge.equals(".") || bridge.equals("..")) {
      throw ProaException.invalid("invalid interface name \"" + bridge + "\": 1 to 15 letters, digits, '_', '.' or '-'");
    }
    checkAddress(options);
    return new BridgeNetwork(config, bridge, mtu(options), flag(options, MASQUERADE), flag(options, BETWEEN_CONTAINERS));
  }

  private static int mtu(Map<String, String> options) {
    String mtu = options.getOrDefault(MTU, "0");
    int number;
    try {
      number = Integer.parseInt(mtu);
    } catch (NumberFormatException e) {
      throw unparsable(MTU, mtu, "strconv.Atoi: parsing \"" + mtu + "\": invalid syntax");
    }
    if (number < 0 || number > LARGEST_MTU) {
      throw unparsable(MTU, mtu, "it is a number of bytes, at most " + LARGEST_MTU);
    }
    return number;
  }

  private static boolean flag(Map<String, String> options, String name) {
    String text = options.getOrDefault(name, "true");
    return switch (text) {
      case "1", "t", "T", "true", "TRUE", "True" -> true;
      case "0", "f", "F", "false", "FALSE", "False" -> false;
      default -> throw unparsable(name, text, "strconv.ParseBool: parsing \"" + text + "\": invalid syntax");
    };
  }

  private static void checkAddress(Map<String, String> options) {
    String address = options.getOrDefault(HOST_ADDRESS, "");
    if (address.isEmpty()) {
      return;
    }
    try {
      if (InetAddress.ofLiteral(address) instanceof Inet4Address) {
        return;
      }
    } catch (IllegalArgumentException e) {
      throw unparsable(HOST_ADDRESS, address, "nil ip");
    }
    throw unparsable(HOST_ADDRESS, address, "not an IPv4 address");
  }

  /** In Docker's words. */
  private static ProaException unparsable(String option, String value, String why) {
    return ProaException.invalid("failed to parse " + option + " value: " + value + " (" + why + ")");
  }

  String id() {
    return config.id();
  }

  boolean hasIpv6() {
    return config.subnets().stream().anyMatch(subnet -> subnet.prefix().contains(":"));
  }

  /** Without length; empty if the network has no subnet of that family. */
  String gateway(boolean ipv6) {
    return config.subnets().stream().filter(subnet -> subnet.prefix().contains(":") == ipv6).map(Subnet::gateway).findFirst().orElse("");
  }

  Document document() {
    Document document =
        new Document().add("id", config.id()).add("name", config.name()).add("internal", Boolean.toString(config.internal()));
    config.subnets().forEach(subnet -> document.add("subnet", subnet.prefix() + " " + subnet.gateway()));
    new TreeMap<>(config.options()).forEach((name, value) -> document.add("option." + name, value));
    return document;
  }

  static BridgeNetwork of(Document document) {
    List<Subnet> subnets = new ArrayList<>();
    for (String subnet : document.all("subnet")) {
      String[] words = subnet.split(" ", 2);
      subnets.add(new Subnet(words[0], words[1]));
    }
    return of(
        new NetworkConfig(
            document.one("id"), document.one("name"), document.below("option."), subnets, Boolean.parseBoolean(document.one("internal"))));
  }
}
