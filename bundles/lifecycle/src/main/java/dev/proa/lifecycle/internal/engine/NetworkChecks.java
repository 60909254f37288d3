package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.ipam.AddressPools;
import dev.proa.lifecycle.internal.ipam.Cidr;
import dev.proa.lifecycle.internal.state.NetworkRow;
import dev.proa.lifecycle.networks.Network.Ipam;
import dev.proa.lifecycle.networks.Network.IpamConfig;
import dev.proa.lifecycle.networks.NetworkCreateRequest;
import dev.proa.spi.ProaException;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a network is to be, checked with Docker's words, and its subnets chosen where nobody named them. */
final class NetworkChecks {
  private static final Set<String> PREDEFINED = Set.of("bridge", "host", "none", "default");

  private NetworkChecks() {}

  static String name(@Nullable String name) {
    if (name == null || name.isBlank()) {
      throw ProaException.invalid("invalid name: name is empty");
    }
    if (PREDEFINED.contains(name)) {
      throw ProaException.permissionDenied("operation is not permitted on predefined " + name + " network ");
    }
    return name;
  }

  static String driver(NetworkCreateRequest request, Collection<String> known) {
    if (request.ingress()) {
      throw ProaException.permissionDenied("Ingress network can only be global scope network");
    }
    if ("swarm".equals(request.scope())) {
      throw ProaException.permissionDenied("cannot create a swarm scoped network when swarm is not active");
    }
    if ("overlay".equals(request.driver())) {
      throw ProaException.permissionDenied(
          "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again.");
    }
    String driver = request.driver() == null || request.driver().isEmpty() || request.driver().equals("default") ? "bridge" : request.driver();
    if (driver.equals("host") || driver.equals("null")) {
      if (request.name() == null || !PREDEFINED.contains(request.name())) {
        throw ProaException.permissionDenied("only one instance of \"" + driver + "\" network is allowed");
      }
    } else if (!known.contains(driver)) {
      throw ProaException.notFound("plugin \"" + driver + "\" not found");
    }
    Ipam ipam = request.ipam();
    if (ipam != null && ipam.driver() != null && !ipam.driver().isEmpty() && !ipam.driver().equals("default")) {
      throw ProaException.notFound("plugin \"" + ipam.driver() + "\" not found");
    }
    return driver;
  }

  /** A network that is a configuration for others: what it does not say is chosen when one of them is made. */
  static NetworkRow configuration(NetworkCreateRequest request, String id, String name, Instant created) {
    if (request.internal() || request.attachable() || request.ingress() || !orEmpty(request.scope()).isEmpty()) {
      throw ProaException.permissionDenied(
          "configuration network can only contain network specific fields. Network operator fields like [ ingress | internal | attachable | scope ] are not supported.");
    }
    if (isFrom(request)) {
      throw ProaException.permissionDenied("a configuration network cannot depend on another configuration network");
    }
    Ipam ipam = request.ipam();
    if (ipam != null && ipam.config() != null) {
      ipam.config().stream().filter(config -> !orEmpty(config.subnet()).isEmpty()).forEach(config -> subnet(config, Gateways.of(request)));
    }
    return new NetworkRow(
        id,
        name,
        "null",
        created,
        request.enableIpv4(),
        Boolean.TRUE.equals(request.enableIpv6()),
        false,
        false,
        request.options(),
        request.labels(),
        "default",
        ipam == null ? null : ipam.options(),
        ipam == null ? null : ipam.config(),
        false,
        true,
        null);
  }

  static boolean isFrom(NetworkCreateRequest request) {
    return request.configFrom() != null && !request.configFrom().network().isEmpty();
  }

  /** The request as if it said itself what the configuration says. */
  static NetworkCreateRequest from(NetworkCreateRequest request, NetworkRow configuration) {
    Ipam ipam = request.ipam();
    boolean own =
        Boolean.FALSE.equals(request.enableIpv4())
            || Boolean.TRUE.equals(request.enableIpv6())
            || isGiven(request.labels())
            || ipam != null && (isGiven(ipam.options()) || ipam.config() != null && !ipam.config().isEmpty());
    if (own) {
      throw ProaException.permissionDenied("user-specified configurations are not supported if the network depends on a configuration network");
    }
    if (isGiven(request.options())) {
      throw ProaException.permissionDenied("network driver options are not supported if the network depends on a configuration network");
    }
    return new NetworkCreateRequest(
        request.name(),
        request.driver(),
        request.scope(),
        request.internal(),
        request.attachable(),
        request.ingress(),
        false,
        request.configFrom(),
        new Ipam(configuration.ipamDriver(), configuration.ipamOptions(), configuration.subnets()),
        configuration.enableIpv4(),
        configuration.enableIpv6(),
        configuration.options(),
        configuration.labels());
  }

  private static boolean isGiven(@Nullable Map<String, String> map) {
    return map != null && !map.isEmpty();
  }

  /** Docker's: an option says it for who cannot say it otherwise. */
  private static boolean enabled(NetworkCreateRequest request, @Nullable Boolean said, String family, boolean otherwise) {
    String option = request.options() == null ? null : request.options().get("com.docker.network.enable_" + family);
    if (said != null || option == null) {
      return said == null ? otherwise : said;
    }
    return switch (option) {
      case "1", "t", "T", "true", "TRUE", "True" -> true;
      case "0", "f", "F", "false", "FALSE", "False" -> false;
      default -> throw ProaException.invalid("driver-opt \"com.docker.network.enable_" + family + "\" is not a valid bool");
    };
  }

  /** @param taken the subnets of the other networks */
  static NetworkRow row(
      NetworkCreateRequest request, String id, String name, String driver, Instant created, boolean addresses, Collection<Cidr> taken) {
    boolean ipv4 = enabled(request, request.enableIpv4(), "ipv4", true);
    Ipam ipam = request.ipam();
    List<IpamConfig> asked = ipam == null || ipam.config() == null ? List.of() : ipam.config();
    boolean ipv6 = enabled(request, request.enableIpv6(), "ipv6", false);
    if (!ipv4 && !ipv6) {
      throw ProaException.invalid("IPv4 or IPv6 must be enabled");
    }
    List<IpamConfig> subnets = addresses ? subnets(asked, ipv4, ipv6, Gateways.of(request), taken) : List.of();
    boolean chosen = asked.stream().anyMatch(config -> config.subnet() != null && !config.subnet().isEmpty());
    return new NetworkRow(
        id,
        name,
        driver,
        created,
        ipv4,
        ipv6,
        request.internal(),
        request.attachable(),
        request.options(),
        request.labels(),
        "default",
        ipam == null ? null : ipam.options(),
        subnets,
        chosen,
        false,
        isFrom(request) && request.configFrom() != null ? request.configFrom().network() : null);
  }

  /** For which families an address is set aside for the host, or another gateway; not where nothing is sent to it. */
  private record Gateways(boolean ipv4, boolean ipv6) {
    static Gateways of(NetworkCreateRequest request) {
      Map<String, String> options = request.options() == null ? Map.of() : request.options();
      String mode = NetworkTable.OPTION + "gateway_mode_";
      boolean inhibited = request.internal() && "true".equalsIgnoreCase(options.getOrDefault(NetworkTable.OPTION + "inhibit_ipv4", ""));
      return new Gateways(!inhibited && !"isolated".equals(options.get(mode + "ipv4")), !"isolated".equals(options.get(mode + "ipv6")));
    }

    @Nullable String of(Cidr subnet) {
      return (subnet.ipv6() ? ipv6 : ipv4) ? NetworkTable.gateway(subnet) : null;
    }
  }

  private static List<IpamConfig> subnets(List<IpamConfig> asked, boolean ipv4, boolean ipv6, Gateways gateways, Collection<Cidr> taken) {
    List<Cidr> all = new ArrayList<>(taken);
    List<IpamConfig> subnets = new ArrayList<>();
    boolean[] has = new boolean[2];
    for (IpamConfig config : asked) {
      if (config.subnet() == null || config.subnet().isEmpty()) {
        boolean other = config.gateway() != null || config.ipRange() != null || config.auxiliaryAddresses() != null;
        if (other && !(orEmpty(config.gateway()).isEmpty() && orEmpty(config.ipRange()).isEmpty())) {
          throw ProaException.invalid("invalid network config:\ninvalid subnet : a gateway, a range or an address needs its subnet");
        }
        continue;
      }
      // As Docker does; the answer has a warning.
      if (isUnused(config, ipv4, ipv6)) {
        continue;
      }
      IpamConfig checked = subnet(config, gateways);
      Cidr subnet = NetworkTable.cidr(checked);
      if (all.stream().anyMatch(subnet::overlaps)) {
        throw ProaException.permissionDenied("invalid pool request: Pool overlaps with other one on this address space");
      }
      all.add(subnet);
      subnets.add(checked);
      has[subnet.ipv6() ? 1 : 0] = true;
    }
    if (ipv4 && !has[0]) {
      subnets.addFirst(chosen(AddressPools.ipv4(all), gateways));
    }
    if (ipv6 && !has[1]) {
      subnets.add(chosen(AddressPools.ipv6(all), gateways));
    }
    return subnets;
  }

  private static boolean isUnused(IpamConfig config, boolean ipv4, boolean ipv6) {
    Cidr subnet = Cidr.parse(orEmpty(config.subnet()));
    return subnet != null && !(subnet.ipv6() ? ipv6 : ipv4);
  }

  /** What of the request means nothing; empty if all does. */
  static String warning(NetworkCreateRequest request, NetworkRow row) {
    List<IpamConfig> asked = request.ipam() == null || request.ipam().config() == null ? List.of() : request.ipam().config();
    return asked.stream()
        .filter(config -> !row.configOnly() && isUnused(config, row.hasIpv4(), row.enableIpv6()))
        .map(config -> "subnet " + config.subnet() + " is not used: the network has no " + (orEmpty(config.subnet()).contains(":") ? "IPv6; add --ipv6" : "IPv4"))
        .collect(Collectors.joining("\n"));
  }

  private static IpamConfig chosen(Cidr subnet, Gateways gateways) {
    return new IpamConfig(subnet.toString(), null, gateways.of(subnet), null);
  }

  private static IpamConfig subnet(IpamConfig config, Gateways gateways) {
    String text = String.valueOf(config.subnet());
    Cidr subnet = Cidr.parse(text);
    if (subnet == null) {
      throw ProaException.invalid("invalid network config:\ninvalid subnet " + text + ": invalid CIDR block notation");
    }
    if (!subnet.toString().equalsIgnoreCase(text) && !Cidr.text(subnet.address(subnet.base())).equals(canonical(text))) {
      throw ProaException.invalid("invalid network config:\ninvalid subnet " + text + ": it should be " + subnet);
    }
    if (subnet.size().bitLength() < (gateways.of(subnet) == null ? 2 : 3)) {
      throw ProaException.invalid("invalid network config:\ninvalid subnet " + text + ": it has no room for a gateway and a container");
    }
    String range = orEmpty(config.ipRange());
    if (!range.isEmpty()) {
      checkRange(subnet, range);
    }
    String gateway = orEmpty(config.gateway()).isEmpty() ? gateways.of(subnet) : Cidr.text(address(subnet, "gateway", orEmpty(config.gateway())));
    Map<String, String> auxiliary = config.auxiliaryAddresses();
    if (auxiliary != null) {
      auxiliary.values().forEach(address -> address(subnet, "auxiliary address", address));
    }
    return new IpamConfig(subnet.toString(), range.isEmpty() ? null : range, gateway, auxiliary);
  }

  private static String canonical(String text) {
    InetAddress address = Cidr.address(text.substring(0, text.indexOf('/')));
    return address == null ? "" : Cidr.text(address);
  }

  private static void checkRange(Cidr subnet, String text) {
    Cidr range = Cidr.parse(text);
    if (range == null) {
      throw ProaException.invalid("invalid network config:\ninvalid ip-range " + text + ": invalid CIDR block notation");
    }
    if (range.ipv6() != subnet.ipv6()) {
      throw ProaException.invalid(
          "invalid network config:\ninvalid ip-range " + text + ": parent subnet is an " + (subnet.ipv6() ? "IPv6" : "IPv4") + " block");
    }
    if (range.prefixLength() < subnet.prefixLength()) {
      throw ProaException.invalid("invalid network config:\ninvalid ip-range " + text + ": CIDR block is bigger than its parent subnet " + subnet);
    }
    if (!subnet.contains(range)) {
      throw ProaException.invalid("invalid network config:\ninvalid ip-range " + text + ": parent subnet " + subnet + " doesn't contain ip-range");
    }
  }

  private static InetAddress address(Cidr subnet, String what, String text) {
    InetAddress address = Cidr.address(text);
    if (address == null) {
      throw ProaException.invalid("invalid network config:\ninvalid " + what + " " + text + ": invalid address");
    }
    if (!subnet.contains(address)) {
      throw ProaException.invalid(
          "invalid network config:\ninvalid " + what + " " + text + ": parent subnet " + subnet + " doesn't contain this address");
    }
    return address;
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
