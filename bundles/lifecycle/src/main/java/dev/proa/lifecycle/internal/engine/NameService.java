package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.dns.Names;
import dev.proa.lifecycle.internal.dns.Resolver;
import dev.proa.lifecycle.internal.ipam.Cidr;
import dev.proa.lifecycle.internal.run.NetworkFiles;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.NetworkRow;
import dev.proa.lifecycle.networks.EndpointSettings;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives containers on networks of their own a resolver that knows who else is there. */
final class NameService {
  private static final Logger LOG = LoggerFactory.getLogger(NameService.class);

  private final Engine engine;
  private final Resolver resolver;

  NameService(Engine engine, Resolver resolver) {
    this.engine = engine;
    this.resolver = resolver;
  }

  Resolver resolver() {
    return resolver;
  }

  /** The container is on other networks than before: it gets a resolver if one of them has names. */
  void attached(ContainerRow row, @Nullable String namespace) {
    if (namespace == null || !isNamed(row) || resolver.serves(row.id())) {
      return;
    }
    try {
      resolver.open(row.id(), namespace, new NamesOf(row.id()));
    } catch (IOException e) {
      throw ProaException.internal("failed to set up container networking: cannot make the resolver of " + row.name() + ": " + e.getMessage(), e);
    }
  }

  void adopt(ContainerRow row) {
    if (!isNamed(row)) {
      return;
    }
    try {
      resolver.adopt(row.id(), "/proc/" + row.state().pid() + "/ns/net", new NamesOf(row.id()));
    } catch (IOException e) {
      LOG.warn("{}: it has no name service any more: {}", row.name(), e.getMessage());
    }
  }

  void detached(String id) {
    resolver.stop(id);
  }

  private boolean isNamed(ContainerRow row) {
    return row.networks().keySet().stream().anyMatch(name -> named(name) != null);
  }

  /** Null if containers on that network do not find each other by name. */
  private @Nullable NetworkRow named(String name) {
    NetworkRow network = engine.networks.byName(name);
    return network == null || network.predefined() || network.subnetList().isEmpty() ? null : network;
  }

  /** What one container sees; asked for as it is at the time. */
  private final class NamesOf implements Names {
    private final String id;

    NamesOf(String id) {
      this.id = id;
    }

    private @Nullable ContainerRow row() {
      Container container = engine.table.byId(id);
      return container == null ? null : container.row();
    }

    @Override
    public @Nullable List<InetAddress> addresses(String name, boolean ipv6) {
      ContainerRow own = row();
      if (own == null) {
        return null;
      }
      List<InetAddress> found = new ArrayList<>();
      boolean known = false;
      for (String networkName : own.networks().keySet()) {
        NetworkRow network = named(networkName);
        if (network == null) {
          continue;
        }
        String suffix = "." + networkName.toLowerCase(Locale.ROOT);
        String bare = name.endsWith(suffix) ? name.substring(0, name.length() - suffix.length()) : name;
        String linked = linked(own, networkName, bare);
        for (ContainerRow other : engine.table.rows()) {
          EndpointSettings settings = other.networks().get(networkName);
          if (settings != null && isAttached(settings) && (has(other, network, settings, linked) || has(other, network, settings, name))) {
            known = true;
            String address = ipv6 ? settings.globalIpv6Address() : settings.ipAddress();
            InetAddress inet = address == null || address.isEmpty() ? null : Cidr.address(address);
            if (inet != null) {
              found.add(inet);
            }
          }
        }
      }
      return known ? found : null;
    }

    /** The container that {@code --link NAME:ALIAS} means, or the name itself. */
    private static String linked(ContainerRow own, String network, String name) {
      EndpointSettings settings = own.networks().get(network);
      List<String> links = settings == null || settings.links() == null ? List.of() : settings.links();
      for (String link : links) {
        String[] parts = link.split(":", 2);
        if (parts.length == 2 && parts[1].equalsIgnoreCase(name)) {
          return parts[0].toLowerCase(Locale.ROOT);
        }
      }
      return name;
    }

    private static boolean isAttached(EndpointSettings settings) {
      return settings.endpointId() != null && !settings.endpointId().isEmpty();
    }

    private static boolean has(ContainerRow row, NetworkRow network, EndpointSettings settings, String name) {
      List<String> names = NetworkNames.of(row, network, settings);
      return names != null && names.stream().anyMatch(name::equalsIgnoreCase);
    }

    @Override
    public @Nullable String name(InetAddress address) {
      ContainerRow own = row();
      String text = Cidr.text(address);
      for (String networkName : own == null ? List.<String>of() : List.copyOf(own.networks().keySet())) {
        if (named(networkName) == null) {
          continue;
        }
        for (ContainerRow other : engine.table.rows()) {
          EndpointSettings settings = other.networks().get(networkName);
          if (settings != null && isAttached(settings) && (text.equals(settings.ipAddress()) || text.equals(settings.globalIpv6Address()))) {
            return other.name() + "." + networkName;
          }
        }
      }
      return null;
    }

    @Override
    public List<InetAddress> forwarders() {
      ContainerRow own = row();
      if (own == null || own.attached().gateway().isEmpty()) {
        return List.of();
      }
      return NetworkFiles.nameservers(own.hostConfig()).stream().map(Cidr::address).filter(Objects::nonNull).toList();
    }
  }
}
