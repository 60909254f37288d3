package dev.proa.lifecycle.internal.ports;

import dev.proa.lifecycle.networks.PortBinding;
import dev.proa.spi.ProaException;
import dev.proa.spi.network.NetworkDriver.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A port of a container that is to be published.
 *
 * @param hostAddress empty for all addresses
 * @param firstHostPort 0 lets the engine choose; otherwise the first free one up to {@code lastHostPort} is taken
 * @param preferred one that is tried before the engine chooses, such as the one that the container had last; 0 for none
 */
public record PortSpec(Protocol protocol, int containerPort, String hostAddress, int firstHostPort, int lastHostPort, int preferred) {

  /** Published on that address unless another one is asked for. */
  public PortSpec on(String address) {
    return hostAddress.isEmpty() ? new PortSpec(protocol, containerPort, address, firstHostPort, lastHostPort, preferred) : this;
  }

  /** Where the engine chooses, with one of the ports of last time. @param before by {@link #key} */
  public PortSpec preferring(Map<String, List<PortBinding>> before) {
    String last =
        firstHostPort != 0
            ? ""
            : before.getOrDefault(key(), List.of()).stream().map(binding -> String.valueOf(binding.hostPort())).findFirst().orElse("");
    return last.isEmpty() ? this : new PortSpec(protocol, containerPort, hostAddress, 0, 0, Integer.parseInt(last));
  }

  /** {@code 80/tcp}. */
  public String key() {
    return containerPort + "/" + protocol.name().toLowerCase(Locale.ROOT);
  }

  /**
   * What a container asks for, by {@code -p} and by {@code -P}, in the order of its ports.
   *
   * @param exposed keys such as {@code 80/tcp} or {@code 8000-8010/udp}
   */
  public static List<PortSpec> of(@Nullable Map<String, @Nullable List<PortBinding>> bindings, @Nullable Set<String> exposed, boolean all) {
    List<PortSpec> specs = new ArrayList<>();
    Set<String> bound = new TreeSet<>();
    if (bindings != null) {
      for (Map.Entry<String, @Nullable List<PortBinding>> entry : new TreeMap<>(bindings).entrySet()) {
        for (String port : expanded(entry.getKey())) {
          bound.add(port);
          List<PortBinding> hosts = entry.getValue();
          for (PortBinding host : hosts == null || hosts.isEmpty() ? List.of(new PortBinding("", "")) : hosts) {
            specs.add(spec(port, host));
          }
        }
      }
    }
    if (all && exposed != null) {
      for (String range : new TreeSet<>(exposed)) {
        expanded(range).stream().filter(bound::add).forEach(port -> specs.add(spec(port, new PortBinding("", ""))));
      }
    }
    return specs;
  }

  /** {@code 80-82/udp} as {@code 80/udp}, {@code 81/udp}, {@code 82/udp}; without a protocol it is tcp. */
  public static List<String> expanded(String range) {
    int slash = range.indexOf('/');
    String protocol = slash < 0 ? "tcp" : range.substring(slash + 1).toLowerCase(Locale.ROOT);
    int[] ports = range(slash < 0 ? range : range.substring(0, slash));
    List<String> expanded = new ArrayList<>();
    for (int port = ports[0]; port <= ports[1]; port++) {
      expanded.add(port + "/" + protocol);
    }
    return expanded;
  }

  private static int[] range(String text) {
    String[] ends = text.split("-", 2);
    try {
      int first = Integer.parseInt(ends[0]);
      int last = ends.length == 1 ? first : Integer.parseInt(ends[1]);
      if (first >= 0 && first <= last && last <= 65535) {
        return new int[] {first, last};
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw ProaException.invalid("invalid port specification: \"" + text + '"');
  }

  private static PortSpec spec(String port, PortBinding host) {
    int slash = port.indexOf('/');
    Protocol protocol = Protocol.valueOf(port.substring(slash + 1).toUpperCase(Locale.ROOT));
    String hostPort = host.hostPort() == null ? "" : host.hostPort();
    int[] ports = hostPort.isEmpty() ? new int[] {0, 0} : range(hostPort);
    String address = host.hostIp() == null ? "" : host.hostIp();
    String bare = address.startsWith("[") && address.endsWith("]") ? address.substring(1, address.length() - 1) : address;
    return new PortSpec(protocol, Integer.parseInt(port.substring(0, slash)), bare, ports[0], ports[1], 0);
  }
}
