package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.ipam.Cidr;
import dev.proa.lifecycle.internal.ipam.SubnetAddresses;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.NetworkRow;
import dev.proa.lifecycle.networks.EndpointSettings;
import dev.proa.lifecycle.networks.EndpointSettings.EndpointIpamConfig;
import dev.proa.spi.ProaException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which addresses endpoints get: those that were asked for, or those of last time, or others that are free. */
final class EndpointAddresses {
  private final Engine engine;

  EndpointAddresses(Engine engine) {
    this.engine = engine;
  }

  /** With prefix length, of each of the network's families one. */
  List<String> take(ContainerRow row, NetworkRow network, EndpointSettings asked) {
    List<String> given = new ArrayList<>();
    try {
      for (boolean ipv6 : new boolean[] {false, true}) {
        List<SubnetAddresses> subnets =
            engine.networks.addressesOf(network).stream().filter(subnet -> subnet.subnet().ipv6() == ipv6).toList();
        if (!subnets.isEmpty()) {
          given.add(address(row, network, subnets, wished(asked.ipamConfig(), ipv6)));
        }
      }
      return given;
    } catch (RuntimeException e) {
      giveBack(network, given);
      throw e;
    }
  }

  private static @Nullable InetAddress wished(@Nullable EndpointIpamConfig config, boolean ipv6) {
    String address = config == null ? null : ipv6 ? config.ipv6Address() : config.ipv4Address();
    return address == null || address.isEmpty() ? null : Cidr.address(address);
  }

  private static String address(ContainerRow row, NetworkRow network, List<SubnetAddresses> subnets, @Nullable InetAddress wished) {
    if (wished != null) {
      for (SubnetAddresses subnet : subnets) {
        if (subnet.subnet().contains(wished)) {
          return subnet.take(wished);
        }
      }
      throw ProaException.invalid("invalid endpoint settings: no configured subnet contains IP address " + Cidr.text(wished));
    }
    ProaException full = null;
    List<String> before = row.attached().addresses().getOrDefault(network.name(), List.of());
    for (SubnetAddresses subnet : subnets) {
      try {
        InetAddress last = before.stream().map(Cidr::address).filter(a -> a != null && subnet.subnet().contains(a)).findFirst().orElse(null);
        return subnet.allocate(last);
      } catch (ProaException e) {
        full = e;
      }
    }
    if (full == null) {
      throw new IllegalStateException("a network without subnets gives no addresses");
    }
    throw new ProaException(full.errorClass(), full.getMessage() + ": " + network.name() + " (" + network.id() + ")", full);
  }

  /** Idempotent. */
  void giveBack(NetworkRow network, List<String> addresses) {
    for (String address : addresses) {
      InetAddress inet = Cidr.address(bare(address));
      if (inet != null) {
        engine.networks.addressesOf(network).stream().filter(subnet -> subnet.subnet().contains(inet)).forEach(subnet -> subnet.release(inet));
      }
    }
  }

  /** Those of {@code --link-local-ip}, which the network knows nothing of, with the prefix length of RFC 3927 or RFC 4291. */
  static List<String> linkLocal(EndpointSettings asked) {
    List<String> addresses = asked.ipamConfig() == null ? null : asked.ipamConfig().linkLocalIps();
    return addresses == null ? List.of() : addresses.stream().map(address -> address + (address.contains(":") ? "/64" : "/16")).toList();
  }

  /** Without prefix length. */
  static String bare(String address) {
    int slash = address.indexOf('/');
    return slash < 0 ? address : address.substring(0, slash);
  }

  /** What it has, without prefix length. */
  static List<String> of(EndpointSettings settings) {
    List<String> addresses = new ArrayList<>();
    for (String address : new String[] {settings.ipAddress(), settings.globalIpv6Address()}) {
      if (address != null && !address.isEmpty()) {
        addresses.add(address);
      }
    }
    return addresses;
  }

  /** What a running container has is taken in the books. */
  void adopt(ContainerRow row) {
    row.networks()
        .forEach(
            (name, settings) -> {
              NetworkRow network = engine.networks.byName(name);
              if (network != null) {
                for (String address : of(settings)) {
                  InetAddress inet = Cidr.address(address);
                  if (inet != null) {
                    engine.networks.addressesOf(network).forEach(subnet -> subnet.adopt(inet));
                  }
                }
              }
            });
  }
}
