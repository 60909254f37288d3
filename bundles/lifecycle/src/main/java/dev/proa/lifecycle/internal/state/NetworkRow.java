package dev.proa.lifecycle.internal.state;

import dev.proa.lifecycle.networks.Network.IpamConfig;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A network as the state store keeps it.
 *
 * @param enableIpv4 null in rows of before there were bridges, which means true
 * @param subnets null in such rows, and for drivers without addresses
 * @param chosenSubnets whether a user named the subnets, so that addresses in them can be asked for
 * @param configOnly whether it is a configuration for other networks and nothing else
 * @param configFrom name of the network whose configuration it has; null for none
 */
public record NetworkRow(
    String id,
    String name,
    String driver,
    Instant created,
    @Nullable Boolean enableIpv4,
    boolean enableIpv6,
    boolean internal,
    boolean attachable,
    @Nullable Map<String, String> options,
    @Nullable Map<String, String> labels,
    @Nullable String ipamDriver,
    @Nullable Map<String, String> ipamOptions,
    @Nullable List<IpamConfig> subnets,
    boolean chosenSubnets,
    boolean configOnly,
    @Nullable String configFrom) {

  public static final String KIND = "network";

  public NetworkRow {
    options = options == null ? Map.of() : Map.copyOf(options);
    labels = labels == null ? Map.of() : Map.copyOf(labels);
    subnets = subnets == null ? null : List.copyOf(subnets);
  }

  /** One of those that always exist, without addresses. */
  public static NetworkRow builtin(String id, String name, String driver) {
    return new NetworkRow(id, name, driver, Instant.now(), true, false, false, false, null, null, null, null, null, false, false, null);
  }

  public NetworkRow with(String otherDriver, List<IpamConfig> otherSubnets, Map<String, String> otherOptions) {
    return new NetworkRow(
        id,
        name,
        otherDriver,
        created,
        enableIpv4,
        enableIpv6,
        internal,
        attachable,
        otherOptions,
        labels,
        ipamDriver,
        ipamOptions,
        otherSubnets,
        chosenSubnets,
        configOnly,
        configFrom);
  }

  /** Whether the engine made it, and nobody can remove it. */
  public boolean predefined() {
    return name.equals("bridge") || name.equals("host") || name.equals("none");
  }

  /** Empty without it. */
  public String option(String name) {
    return options == null ? "" : options.getOrDefault(name, "");
  }

  public boolean hasIpv4() {
    return enableIpv4 == null || enableIpv4;
  }

  public List<IpamConfig> subnetList() {
    return subnets == null ? List.of() : subnets;
  }
}
