package dev.proa.cli.command;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The flags of {@code network create} that belong to subnets: each range, gateway and address is told to the subnet that it lies in. */
final class Subnets {
  private Subnets() {}

  /** One of {@code --subnet} with what goes to it. */
  private static final class Subnet {
    private final String text;
    private final BigInteger first;
    private final BigInteger last;
    private final boolean ipv6;
    private @Nullable String range;
    private @Nullable String gateway;
    private final Map<String, String> auxiliary = new LinkedHashMap<>();

    Subnet(String text) {
      this.text = text;
      int slash = text.indexOf('/');
      byte[] address = address(slash < 0 ? text : text.substring(0, slash));
      int length = slash < 0 || !text.substring(slash + 1).matches("\\d{1,3}") ? -1 : Integer.parseInt(text.substring(slash + 1));
      if (address == null || length < 0 || length > address.length * 8) {
        throw new CliException(1, "invalid subnet " + text + ": invalid CIDR address: " + text);
      }
      int host = address.length * 8 - length;
      this.ipv6 = address.length == 16;
      this.first = new BigInteger(1, address).shiftRight(host).shiftLeft(host);
      this.last = first.add(BigInteger.ONE.shiftLeft(host)).subtract(BigInteger.ONE);
    }

    boolean contains(byte[] address) {
      BigInteger number = new BigInteger(1, address);
      return (address.length == 16) == ipv6 && number.compareTo(first) >= 0 && number.compareTo(last) <= 0;
    }

    boolean overlaps(Subnet other) {
      return ipv6 == other.ipv6 && first.compareTo(other.last) <= 0 && other.first.compareTo(last) <= 0;
    }

    Map<String, Object> body() {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("Subnet", text);
      body.put("IPRange", Objects.requireNonNullElse(range, ""));
      body.put("Gateway", Objects.requireNonNullElse(gateway, ""));
      body.put("AuxiliaryAddresses", auxiliary);
      return body;
    }
  }

  private static byte @Nullable [] address(String text) {
    try {
      return InetAddress.ofLiteral(text).getAddress();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  static Map<String, Object> ipam(Flags flags) {
    List<Subnet> subnets = new ArrayList<>();
    for (String text : flags.list("subnet")) {
      Subnet subnet = new Subnet(text);
      if (subnets.stream().anyMatch(subnet::overlaps)) {
        throw new CliException(1, "multiple overlapping subnet configuration is not supported");
      }
      subnets.add(subnet);
    }
    if (subnets.size() < flags.list("ip-range").size() || subnets.size() < flags.list("gateway").size()) {
      throw new CliException(1, "every ip-range or gateway must have a corresponding subnet");
    }
    for (String range : flags.list("ip-range")) {
      Subnet subnet = of(subnets, "range", range, range.contains("/") ? range.substring(0, range.indexOf('/')) : range);
      if (subnet.range != null) {
        throw new CliException(1, "cannot configure multiple ranges (" + range + ", " + subnet.range + ") on the same subnet (" + subnet.text + ")");
      }
      subnet.range = range;
    }
    for (String gateway : flags.list("gateway")) {
      Subnet subnet = of(subnets, "gateway", gateway, gateway);
      if (subnet.gateway != null) {
        throw new CliException(1, "cannot configure multiple gateways (" + gateway + ", " + subnet.gateway + ") for the same subnet (" + subnet.text + ")");
      }
      subnet.gateway = gateway;
    }
    Lists.pairs(flags.list("aux-address")).forEach((name, address) -> of(subnets, "aux-address", address, address).auxiliary.put(name, address));
    Map<String, Object> ipam = new LinkedHashMap<>();
    ipam.put("Driver", flags.get("ipam-driver", "default"));
    ipam.put("Options", Lists.pairs(flags.list("ipam-opt")));
    ipam.put("Config", subnets.stream().map(Subnet::body).toList());
    return ipam;
  }

  private static Subnet of(List<Subnet> subnets, String what, String shown, String address) {
    byte[] bytes = address(address);
    return subnets.stream()
        .filter(subnet -> bytes != null && subnet.contains(bytes))
        .findFirst()
        .orElseThrow(() -> new CliException(1, "no matching subnet for " + what + " " + shown));
  }
}
