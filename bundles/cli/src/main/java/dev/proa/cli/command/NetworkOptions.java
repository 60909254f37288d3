package dev.proa.cli.command;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the flags of {@code run} and {@code create} say about networks and published ports. */
final class NetworkOptions {
  private static final int LARGEST_PORT = 65_535;

  private NetworkOptions() {}

  static void flags(Flags flags) {
    flags
        .list("expose", "Expose a port or a range of ports")
        .one("ip", "ip", "IPv4 address of the container on its network")
        .one("ip6", "ip", "IPv6 address of the container on its network")
        .list("link", "Add a link to another container (NAME[:ALIAS])")
        .list("link-local-ip", "Link-local addresses of the container")
        .one("mac-address", "string", "MAC address of the container")
        .list("network", "Connect the container to a network (bridge|none|host|container:NAME|NETWORK or name=NETWORK,alias=...)")
        .list("net", "As --network")
        .list("network-alias", "Add a name of the container on its network")
        .list('p', "publish", "Publish a container's port to the host")
        .toggle('P', "publish-all", "Publish all exposed ports to random ports");
  }

  /** The container's first network, which is its mode. */
  static String mode(Flags flags) {
    List<String> networks = networks(flags);
    return networks.isEmpty() ? "default" : fields(flags, networks.getFirst()).getOrDefault("name", List.of("default")).getFirst();
  }

  private static List<String> networks(Flags flags) {
    List<String> networks = new ArrayList<>(flags.list("network"));
    networks.addAll(flags.list("net"));
    return networks.stream().filter(network -> !network.isEmpty()).toList();
  }

  /** {@code NETWORK}, or {@code name=NETWORK,alias=A,ip=1.2.3.4}. */
  private static Map<String, List<String>> fields(Flags flags, String network) {
    if (network.indexOf('=') < 0) {
      return Map.of("name", List.of(network));
    }
    Map<String, List<String>> fields = new LinkedHashMap<>();
    for (String field : network.split(",")) {
      int equals = field.indexOf('=');
      String key = equals < 0 ? field : field.substring(0, equals).toLowerCase(java.util.Locale.ROOT);
      if (equals < 0 || !List.of("name", "alias", "ip", "ip6", "mac-address", "link-local-ip", "driver-opt", "gw-priority").contains(key)) {
        throw flags.invalid("network", network, "invalid field " + field);
      }
      fields.computeIfAbsent(key, unused -> new ArrayList<>()).add(field.substring(equals + 1));
    }
    return fields;
  }

  /** {@code NetworkingConfig}. The flags {@code --ip}, {@code --network-alias} and so on are about the first network. */
  static Map<String, Object> networking(Flags flags) {
    Map<String, Object> endpoints = new LinkedHashMap<>();
    List<String> networks = networks(flags);
    for (int i = 0; i < Math.max(1, networks.size()); i++) {
      Map<String, List<String>> fields = i < networks.size() ? fields(flags, networks.get(i)) : Map.of("name", List.of("default"));
      String name = fields.getOrDefault("name", List.of("")).getFirst();
      if (name.isEmpty()) {
        throw flags.invalid("network", networks.get(i), "network name is not specified");
      }
      Map<String, Object> endpoint = i == 0 ? first(flags, fields) : endpoint(flags, fields);
      if (networks.size() > 1 && endpoints.put(name, endpoint) != null) {
        throw new CliException(125, "network \"" + name + "\" is specified multiple times");
      }
      if (networks.size() <= 1 && !endpoint.isEmpty()) {
        endpoints.put(name, endpoint);
      }
    }
    return endpoints.isEmpty() ? Map.of() : Map.of("EndpointsConfig", endpoints);
  }

  /** Links of the default network, which belong to the container and not to one of its ends. */
  static List<String> legacyLinks(Flags flags) {
    return List.of("", "default", "bridge").contains(mode(flags)) ? flags.list("link") : List.of();
  }

  private static Map<String, Object> first(Flags flags, Map<String, List<String>> fields) {
    Map<String, List<String>> all = new LinkedHashMap<>(fields);
    merge(flags, all, "alias", flags.list("network-alias"));
    merge(flags, all, "link-local-ip", flags.list("link-local-ip"));
    for (String flag : List.of("ip", "ip6", "mac-address")) {
      String value = flags.get(flag);
      merge(flags, all, flag, value == null ? List.of() : List.of(value));
    }
    Map<String, Object> endpoint = endpoint(flags, all);
    if (!flags.list("link").isEmpty() && legacyLinks(flags).isEmpty()) {
      endpoint.put("Links", flags.list("link"));
    }
    return endpoint;
  }

  private static void merge(Flags flags, Map<String, List<String>> fields, String key, List<String> values) {
    if (!values.isEmpty() && fields.put(key, values) != null) {
      String flag = key.equals("alias") ? "network-alias" : key;
      throw flags.invalid("network", String.valueOf(flags.list("network").getFirst()), "conflicting options: cannot specify both --" + flag + " and per-network " + key);
    }
  }

  private static Map<String, Object> endpoint(Flags flags, Map<String, List<String>> fields) {
    Map<String, Object> endpoint = new LinkedHashMap<>();
    Map<String, Object> addresses = new LinkedHashMap<>();
    fields.forEach(
        (key, values) -> {
          switch (key) {
            case "alias" -> endpoint.put("Aliases", values);
            case "ip" -> addresses.put("IPv4Address", values.getLast());
            case "ip6" -> addresses.put("IPv6Address", values.getLast());
            case "link-local-ip" -> addresses.put("LinkLocalIPs", values);
            case "mac-address" -> endpoint.put("MacAddress", values.getLast());
            case "driver-opt" -> endpoint.put("DriverOpts", Lists.pairs(values));
            case "gw-priority" -> endpoint.put("GwPriority", priority(flags, values.getLast()));
            default -> {} // its name
          }
        });
    if (!addresses.isEmpty()) {
      endpoint.put("IPAMConfig", addresses);
    }
    return endpoint;
  }

  private static long priority(Flags flags, String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw flags.invalid("network", text, "invalid gw-priority: " + text);
    }
  }

  // ---- ports

  /** One port of the container with what it is published on; no host port for one that is only exposed. */
  private record Port(String key, String address, @Nullable String hostPort) {}

  static Map<String, Object> exposed(Flags flags) {
    Map<String, Object> ports = new LinkedHashMap<>();
    for (String range : flags.list("expose")) {
      String[] parts = range.split("/", 2);
      int[] ends = range(flags, "expose", range, "range format for --expose", parts[0]);
      for (int port = ends[0]; port <= ends[1]; port++) {
        ports.put(port + "/" + protocol(flags, "expose", range, parts), Map.of());
      }
    }
    flags.list("publish").forEach(text -> published(flags, text).forEach(port -> ports.put(port.key(), Map.of())));
    return ports;
  }

  static Map<String, Object> bindings(Flags flags) {
    Map<String, List<Object>> bindings = new LinkedHashMap<>();
    for (String text : flags.list("publish")) {
      for (Port port : published(flags, text)) {
        bindings.computeIfAbsent(port.key(), key -> new ArrayList<>()).add(Map.of("HostIp", port.address(), "HostPort", String.valueOf(port.hostPort())));
      }
    }
    return new LinkedHashMap<>(bindings);
  }

  /** {@code [[ip:][host]:]container[/protocol]}, where host and container may be ranges. */
  private static List<Port> published(Flags flags, String text) {
    String[] protocol = text.split("/", 2);
    String[] parts = protocol[0].split(":", -1);
    String inside = parts[parts.length - 1];
    String outside = parts.length >= 2 ? parts[parts.length - 2] : "";
    String address = parts.length >= 3 ? String.join(":", List.of(parts).subList(0, parts.length - 2)) : "";
    if (address.startsWith("[") && address.endsWith("]")) {
      address = address.substring(1, address.length() - 1);
    }
    int[] container = range(flags, "publish", text, "containerPort", inside);
    int[] host = outside.isEmpty() ? new int[0] : range(flags, "publish", text, "hostPort", outside);
    int count = container[1] - container[0];
    if (host.length != 0 && host[1] - host[0] != count && count != 0) {
      throw flags.invalid("publish", text, "invalid ranges specified for container and host Ports: " + inside + " and " + outside);
    }
    List<Port> ports = new ArrayList<>();
    for (int i = 0; i <= count; i++) {
      String hostPort = host.length == 0 ? "" : count == 0 ? outside : Integer.toString(host[0] + i);
      ports.add(new Port(container[0] + i + "/" + protocol(flags, "publish", text, protocol), address, hostPort));
    }
    return ports;
  }

  private static String protocol(Flags flags, String flag, String text, String[] parts) {
    String protocol = parts.length == 2 ? parts[1].toLowerCase(java.util.Locale.ROOT) : "tcp";
    if (!List.of("tcp", "udp", "sctp").contains(protocol)) {
      throw flags.invalid(flag, text, "invalid proto: " + protocol);
    }
    return protocol;
  }

  /** @param what names it when it is wrong, in docker's words */
  private static int[] range(Flags flags, String flag, String text, String what, String range) {
    String[] ends = range.split("-", 2);
    int[] numbers = new int[2];
    for (int i = 0; i < 2; i++) {
      String end = ends[Math.min(i, ends.length - 1)];
      numbers[i] = end.matches("\\d{1,5}") ? Integer.parseInt(end) : -1;
    }
    if (numbers[0] < 0 || numbers[1] < numbers[0] || numbers[1] > LARGEST_PORT) {
      throw flags.invalid(flag, text, "invalid " + what + ": " + range);
    }
    return numbers;
  }
}
