package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.NetworkRow;
import dev.proa.lifecycle.networks.EndpointSettings;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** By which names the others on a network find a container. */
final class NetworkNames {
  private static final int SHORT_ID = 12;

  private NetworkNames() {}

  /** The row with its new name, by which the others find it from now on. */
  static ContainerRow renamed(ContainerRow row, String name, NetworkTable table) {
    ContainerRow renamed = row.withName(name);
    Map<String, EndpointSettings> networks = new HashMap<>(row.networks());
    networks.replaceAll(
        (network, settings) -> {
          NetworkRow known = table.byName(network);
          return settings.dnsNames() == null || known == null ? settings : settings.with(of(renamed, known, settings));
        });
    return renamed.withNetworks(networks, row.attached());
  }

  /** Null on networks that have no name service. */
  static @Nullable List<String> of(ContainerRow row, NetworkRow network, EndpointSettings settings) {
    if (network.predefined()) {
      return null;
    }
    Set<String> names = new LinkedHashSet<>();
    names.add(row.name());
    if (settings.aliases() != null) {
      names.addAll(settings.aliases());
    }
    names.add(row.id().substring(0, SHORT_ID));
    String hostname = row.config().hostname();
    if (hostname != null && !hostname.isEmpty()) {
      names.add(hostname);
    }
    return List.copyOf(names);
  }
}
