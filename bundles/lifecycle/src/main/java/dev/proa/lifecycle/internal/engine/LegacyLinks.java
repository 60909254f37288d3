package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.ports.PortSpec;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.networks.EndpointSettings;
import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * {@code --link} on the default network, as old clients still use it: the linked container has a further name, {@code parent/alias}, and its ports and
 * environment are told to the parent's processes. On other networks a link is an alias of the name service and nothing more.
 */
final class LegacyLinks {
  /** Of the linked container's environment, what says nothing about it. */
  private static final Set<String> OWN = Set.of("HOME", "PATH");

  private final ContainerTable table;

  LegacyLinks(ContainerTable table) {
    this.table = table;
  }

  /** One link of a container. */
  private record Link(String target, String alias) {
    static Link parse(String text) {
      String[] parts = text.split(":", 2);
      String target = parts[0].startsWith("/") ? parts[0].substring(1) : parts[0];
      String alias = parts.length == 1 ? target : parts[1];
      return new Link(target, alias.substring(alias.lastIndexOf('/') + 1));
    }
  }

  private static List<Link> of(ContainerRow row) {
    List<String> links = row.hostConfig().links();
    return links == null || !row.networks().containsKey(NetworkTable.BRIDGE) ? List.of() : links.stream().map(Link::parse).toList();
  }

  /** Docker's variables ({@code ALIAS_PORT_80_TCP_ADDR} …) of all linked containers that run. */
  List<String> environment(ContainerRow row) {
    List<String> variables = new ArrayList<>();
    for (Link link : of(row)) {
      Container other = table.find(link.target());
      if (other != null) {
        add(row, link, other.row(), variables);
      }
    }
    return variables;
  }

  private static void add(ContainerRow row, Link link, ContainerRow other, List<String> variables) {
    EndpointSettings endpoint = other.networks().get(NetworkTable.BRIDGE);
    String address = endpoint == null || endpoint.ipAddress() == null ? "" : endpoint.ipAddress();
    String prefix = link.alias().toUpperCase(Locale.ROOT).replace('-', '_');
    Set<String> ports = new TreeSet<>(Comparator.comparingInt(LegacyLinks::number).thenComparing(Comparator.naturalOrder()));
    if (other.config().exposedPorts() != null) {
      other.config().exposedPorts().keySet().forEach(range -> ports.addAll(PortSpec.expanded(range)));
    }
    String first = null;
    for (String port : ports) {
      String protocol = port.substring(port.indexOf('/') + 1);
      String url = protocol + "://" + address + ":" + number(port);
      if (first == null) {
        first = url;
        variables.add(prefix + "_PORT=" + url);
      }
      String name = prefix + "_PORT_" + number(port) + "_" + protocol.toUpperCase(Locale.ROOT);
      variables.addAll(List.of(name + "=" + url, name + "_ADDR=" + address, name + "_PORT=" + number(port), name + "_PROTO=" + protocol));
    }
    variables.add(prefix + "_NAME=/" + row.name() + "/" + link.alias());
    for (String variable : other.config().env() == null ? List.<String>of() : other.config().env()) {
      int equals = variable.indexOf('=');
      if (equals > 0 && !OWN.contains(variable.substring(0, equals))) {
        variables.add(prefix + "_ENV_" + variable);
      }
    }
  }

  private static int number(String port) {
    return Integer.parseInt(port.substring(0, port.indexOf('/')));
  }

  /** What an inspection shows: {@code /target:/parent/alias}. */
  static List<String> shown(ContainerRow row) {
    return of(row).stream().map(link -> "/" + link.target() + ":/" + row.name() + "/" + link.alias()).toList();
  }

  /** For /etc/hosts: address to names. {@code CONFLICT} when a linked container does not run. */
  Map<String, String> hosts(ContainerRow row) {
    Map<String, String> hosts = new LinkedHashMap<>();
    if (row.hostConfig().links() == null || !row.networks().containsKey(NetworkTable.BRIDGE)) {
      return hosts;
    }
    for (String link : row.hostConfig().links()) {
      String[] parts = link.split(":", 2);
      Container other = table.get(parts[0]);
      EndpointSettings settings = other.row().networks().get(NetworkTable.BRIDGE);
      if (!other.row().state().status().hasProcess()) {
        throw ProaException.conflict("Cannot link to a non running container: /" + other.row().name() + " AS /" + row.name() + "/" + parts[parts.length - 1]);
      }
      if (settings != null && settings.ipAddress() != null && !settings.ipAddress().isEmpty()) {
        String alias = parts.length == 1 ? other.row().name() : parts[1];
        hosts.put(settings.ipAddress(), alias + " " + other.row().config().hostname() + " " + other.row().name());
      }
    }
    return hosts;
  }

  /** The further names of all linked containers, by id. */
  Map<String, List<String>> names() {
    Map<String, List<String>> names = new HashMap<>();
    for (Container parent : table.all()) {
      for (Link link : of(parent.row())) {
        Container other = table.find(link.target());
        if (other != null) {
          names.computeIfAbsent(other.id(), id -> new ArrayList<>()).add("/" + parent.row().name() + "/" + link.alias());
        }
      }
    }
    return names;
  }

  /** Removes a link by its name, {@code parent/alias}; both containers stay. */
  void remove(String name) {
    String path = name.startsWith("/") ? name.substring(1) : name;
    int slash = path.lastIndexOf('/');
    if (slash < 0) {
      table.get(path);
      throw ProaException.conflict("Conflict, cannot remove the default link name of the container");
    }
    Container parent = table.get(path.substring(0, slash));
    String alias = path.substring(slash + 1);
    parent.lock.lock();
    try {
      ContainerRow row = parent.row();
      List<String> links = row.hostConfig().links() == null ? List.of() : row.hostConfig().links();
      List<String> kept = links.stream().filter(link -> !Link.parse(link).alias().equals(alias)).toList();
      if (kept.size() == links.size()) {
        throw ProaException.notFound("Could not get container for " + name);
      }
      table.update(parent, row.with(row.hostConfig().withLinks(kept)));
    } finally {
      parent.lock.unlock();
    }
  }
}
