package dev.proa.network.bridge;

import dev.proa.spi.ProaException;
import dev.proa.spi.network.NetworkDriver.NetworkConfig;
import dev.proa.spi.network.NetworkDriver.Subnet;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A network's configuration with the meaning of its options.
 *
 * @param mtu 0 for the kernel's default
 * @param withoutIpv4 the bridge gets no IPv4 address: the gateway is somebody else's
 * @param trusted links of the host from which published ports may be reached at the containers' own addresses
 */
record BridgeNetwork(
    NetworkConfig config,
    String bridge,
    int mtu,
    boolean masquerade,
    boolean betweenContainers,
    boolean withoutIpv4,
    List<String> trusted,
    Family ipv4,
    Family ipv6) {
  static final String BRIDGE_NAME = "com.docker.network.bridge.name";
  static final String MTU = "com.docker.network.driver.mtu";
  static final String MASQUERADE = "com.docker.network.bridge.enable_ip_masquerade";
  static final String HOST_ADDRESS = "com.docker.network.bridge.host_binding_ipv4";
  static final String BETWEEN_CONTAINERS = "com.docker.network.bridge.enable_icc";
  static final String WITHOUT_IPV4 = "com.docker.network.bridge.inhibit_ipv4";
  static final String TRUSTED = "com.docker.network.bridge.trusted_host_interfaces";
  static final String GATEWAY_MODE = "com.docker.network.bridge.gateway_mode_";
  static final String SOURCE = "com.docker.network.host_";

  /** dev_valid_name of net/core/dev.c, less what nobody wants in a name. */
  private static final Pattern LINK_NAME = Pattern.compile("[A-Za-z0-9_.-]{1,15}");

  private static final int LARGEST_MTU = 65535;

  /** How packets of a family get in and out. */
  enum GatewayMode {
    /** Containers are reached by ports of the host. */
    NAT("nat"),
    /** And at their own addresses, at all of their ports. */
    NAT_UNPROTECTED("nat-unprotected"),
    /** At their own addresses alone, at the ports that are published. */
    ROUTED("routed"),
    /** The host has no address on the bridge. */
    ISOLATED("isolated");

    private final String text;

    GatewayMode(String text) {
      this.text = text;
    }
  }

  /** @param source what the host calls itself for packets of the containers; empty lets the kernel choose */
  record Family(GatewayMode mode, String source) {
    boolean isNat() {
      return mode == GatewayMode.NAT || mode == GatewayMode.NAT_UNPROTECTED;
    }
  }

  /** {@code INVALID_ARGUMENT} for a bad option. */
  static BridgeNetwork of(NetworkConfig config) {
    Map<String, String> options = config.options();
    String bridge = options.getOrDefault(BRIDGE_NAME, "");
    if (bridge.isEmpty()) {
      bridge = "br-" + config.id().substring(0, Math.min(12, config.id().length()));
    }
    checkLink(bridge);
    address(options, HOST_ADDRESS, false);
    List<String> trusted = Stream.of(options.getOrDefault(TRUSTED, "").split(":")).filter(name -> !name.isEmpty()).toList();
    trusted.forEach(BridgeNetwork::checkLink);
    return new BridgeNetwork(
        config,
        bridge,
        mtu(options),
        flag(options, MASQUERADE, true),
        flag(options, BETWEEN_CONTAINERS, true),
        flag(options, WITHOUT_IPV4, false),
        trusted,
        family(config, "ipv4"),
        family(config, "ipv6"));
  }

  private static void checkLink(String name) {
    if (!LINK_NAME.matcher(name).matches() || name.equals(".") || name.equals("..")) {
      throw ProaException.invalid("invalid interface name \"" + name + "\": 1 to 15 letters, digits, '_', '.' or '-'");
    }
  }

  private static Family family(NetworkConfig config, String name) {
    String text = config.options().getOrDefault(GATEWAY_MODE + name, "nat");
    GatewayMode mode =
        Stream.of(GatewayMode.values())
            .filter(known -> known.text.equals(text))
            .findFirst()
            .orElseThrow(() -> unparsable(GATEWAY_MODE + name, text, "unknown gateway mode " + text));
    if (mode == GatewayMode.ISOLATED && !config.internal()) {
      throw ProaException.invalid("gateway mode 'isolated' can only be used for an internal network");
    }
    return new Family(mode, address(config.options(), SOURCE + name, name.equals("ipv6")));
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

  private static boolean flag(Map<String, String> options, String name, boolean otherwise) {
    String text = options.getOrDefault(name, Boolean.toString(otherwise));
    return switch (text) {
      case "1", "t", "T", "true", "TRUE", "True" -> true;
      case "0", "f", "F", "false", "FALSE", "False" -> false;
      default -> throw unparsable(name, text, "strconv.ParseBool: parsing \"" + text + "\": invalid syntax");
    };
  }

  /** Empty if there is none. */
  private static String address(Map<String, String> options, String name, boolean ipv6) {
    String address = options.getOrDefault(name, "");
    if (address.isEmpty()) {
      return "";
    }
    try {
      if (InetAddress.ofLiteral(address).getAddress().length == 16 == ipv6) {
        return address;
      }
    } catch (IllegalArgumentException e) {
      throw unparsable(name, address, "nil ip");
    }
    throw unparsable(name, address, "not an " + (ipv6 ? "IPv6" : "IPv4") + " address");
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

  Family family(boolean six) {
    return six ? ipv6 : ipv4;
  }

  /** Whether the host has the gateway's address itself. */
  boolean isGateway(boolean six) {
    return family(six).mode() != GatewayMode.ISOLATED && (six || !withoutIpv4);
  }

  /** Without length; empty if the network has no subnet of that family. */
  String gateway(boolean six) {
    return config.subnets().stream().filter(subnet -> subnet.prefix().contains(":") == six).map(Subnet::gateway).findFirst().orElse("");
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
