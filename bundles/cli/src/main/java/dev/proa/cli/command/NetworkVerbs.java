package dev.proa.cli.command;

import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.http.Engine;
import dev.proa.cli.http.EngineException;
import dev.proa.cli.json.Json;
import dev.proa.cli.text.Table;
import dev.proa.cli.text.Table.Column;
import java.io.IOException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Verbs on networks. */
public final class NetworkVerbs {
  private NetworkVerbs() {}

  private static String path(String network) {
    return "/networks/" + Engine.escape(network);
  }

  /** {@code network ls}. */
  public static final class Ls extends Verb {
    private static final int SHORT_ID = 12;

    public Ls() {
      super("network ls [OPTIONS]", "List networks", 0, 0);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .list('f', "filter", "Provide filter values (such as driver=bridge)")
          .one("format", "string", "Format output: 'table', 'json' or a Go template")
          .toggle("no-trunc", "Do not truncate the output")
          .toggle('q', "quiet", "Only display network IDs");
    }

    @Override
    protected String examples() {
      return """
          proa network ls --filter type=custom
          proa network ls --format '{{.Name}} {{.Driver}}'""";
    }

    @Override
    protected int run(Invocation call) throws IOException {
      List<@Nullable Object> networks =
          Json.list(call.engine().get("/networks" + Lists.filters('?', call.flags().list("filter")))).stream()
              .sorted(Comparator.comparing((@Nullable Object network) -> Json.text(network, "Name")))
              .toList();
      Table table =
          new Table(
              List.of(new Column("ID", "NETWORK ID"), new Column("Name", "NAME"), new Column("Driver", "DRIVER"), new Column("Scope", "SCOPE")),
              List.of(new Column("IPv4", "IPV4"), new Column("IPv6", "IPV6"), new Column("Internal", "INTERNAL"), new Column("Labels", "LABELS"), new Column("CreatedAt", "CREATED AT")));
      for (Object network : networks) {
        table.row(row(network, call.flags().has("no-trunc")));
      }
      boolean quiet = call.flags().has("quiet") && !call.flags().given("format");
      table.print(call.out(), quiet ? "{{.ID}}" : call.flags().get("format") == null ? DockerConfig.read().format("networksFormat") : call.flags().get("format"));
      return 0;
    }

    private static Map<String, Object> row(@Nullable Object network, boolean whole) {
      String id = Json.text(network, "Id");
      Map<String, Object> row = new TreeMap<>();
      row.put("CreatedAt", Json.text(network, "Created"));
      row.put("Driver", Json.text(network, "Driver"));
      row.put("ID", whole ? id : id.substring(0, Math.min(SHORT_ID, id.length())));
      row.put("IPv4", Boolean.toString(Json.isTrue(network, "EnableIPv4")));
      row.put("IPv6", Boolean.toString(Json.isTrue(network, "EnableIPv6")));
      row.put("Internal", Boolean.toString(Json.isTrue(network, "Internal")));
      row.put("Label", Json.object(network, "Labels"));
      row.put(
          "Labels",
          Json.object(network, "Labels").entrySet().stream().sorted(Map.Entry.comparingByKey()).map(Object::toString).collect(Collectors.joining(",")));
      row.put("Name", Json.text(network, "Name"));
      row.put("Scope", Json.text(network, "Scope"));
      return row;
    }
  }

  /** {@code network create}. */
  public static final class Create extends Verb {
    public Create() {
      super("network create [OPTIONS] NETWORK", "Create a network", 1, 1);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .toggle("attachable", "Enable manual container attachment")
          .list("aux-address", "Auxiliary addresses used by the network driver (NAME=ADDRESS)")
          .one("config-from", "string", "The network whose configuration is copied")
          .toggle("config-only", "Create a network that is a configuration for others")
          .one('d', "driver", "string", "Driver to manage the network (default \"bridge\")")
          .list("gateway", "Gateway of a subnet")
          .toggle("internal", "Restrict external access to the network")
          .list("ip-range", "Allocate container addresses from a sub-range")
          .one("ipam-driver", "string", "IP address management driver (default \"default\")")
          .list("ipam-opt", "Set IPAM driver specific options")
          .toggle("ipv4", "Enable IPv4 address assignment (default true)")
          .toggle("ipv6", "Enable IPv6 address assignment")
          .list("label", "Set metadata of the network")
          .list('o', "opt", "Set driver specific options")
          .one("scope", "string", "Control the network's scope")
          .list("subnet", "Subnet in CIDR format");
    }

    @Override
    protected String examples() {
      return """
          proa network create back
          proa network create --subnet 10.9.0.0/24 --gateway 10.9.0.254 --internal db
          proa network create --ipv6 -o com.docker.network.driver.mtu=1400 dual""";
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Flags flags = call.flags();
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      body.put("Name", call.argument(0));
      body.put("Driver", flags.get("driver", "bridge"));
      body.put("Scope", flags.get("scope", ""));
      body.put("Options", Lists.pairs(flags.list("opt")));
      body.put("IPAM", Subnets.ipam(flags));
      body.put("Internal", flags.has("internal"));
      body.put("Attachable", flags.has("attachable"));
      if (flags.given("ipv4")) {
        body.put("EnableIPv4", flags.has("ipv4"));
      }
      if (flags.given("ipv6")) {
        body.put("EnableIPv6", flags.has("ipv6"));
      }
      body.put("Labels", Lists.pairs(flags.list("label")));
      body.put("ConfigOnly", flags.has("config-only"));
      if (flags.given("config-from")) {
        body.put("ConfigFrom", Map.of("Network", flags.get("config-from", "")));
      }
      call.out().println(Json.text(call.engine().post("/networks/create", body), "Id"));
      return 0;
    }
  }

  /** {@code network inspect}. */
  public static final class InspectNetwork extends Verb {
    public InspectNetwork() {
      super("network inspect [OPTIONS] NETWORK [NETWORK...]", "Display detailed information on one or more networks", 1, -1);
    }

    @Override
    protected void flags(Flags flags) {
      flags.one('f', "format", "string", "Format output: 'json' or a Go template").toggle('v', "verbose", "Verbose output for diagnostics");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      return Inspect.print(call, name -> call.engine().get(path(name) + (call.flags().has("verbose") ? "?verbose=true" : "")));
    }
  }

  /** {@code network connect}. */
  public static final class Connect extends Verb {
    public Connect() {
      super("network connect [OPTIONS] NETWORK CONTAINER", "Connect a container to a network", 2, 2);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .list("alias", "Add a name of the container on the network")
          .list("driver-opt", "Driver options of the endpoint")
          .number((char) 0, "gw-priority", "Highest gw-priority provides the default gateway; positive and negative numbers")
          .one("ip", "ip", "IPv4 address (such as 172.30.100.104)")
          .one("ip6", "ip", "IPv6 address (such as 2001:db8::33)")
          .list("link", "Add a link to another container (NAME[:ALIAS])")
          .list("link-local-ip", "Add a link-local address of the container")
          .one("mac-address", "string", "MAC address on the network");
    }

    @Override
    protected String examples() {
      return """
          proa network connect --alias db back web
          proa network connect --ip 10.9.0.7 back web""";
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Flags flags = call.flags();
      Map<String, @Nullable Object> addresses = new LinkedHashMap<>();
      addresses.put("IPv4Address", flags.get("ip", ""));
      addresses.put("IPv6Address", flags.get("ip6", ""));
      addresses.put("LinkLocalIPs", flags.list("link-local-ip"));
      Map<String, @Nullable Object> endpoint = new LinkedHashMap<>();
      endpoint.put("IPAMConfig", addresses);
      endpoint.put("Links", flags.list("link"));
      endpoint.put("Aliases", flags.list("alias"));
      endpoint.put("MacAddress", flags.get("mac-address", ""));
      endpoint.put("DriverOpts", Lists.pairs(flags.list("driver-opt")));
      Long priority = flags.number("gw-priority");
      endpoint.put("GwPriority", priority == null ? Long.valueOf(0) : priority);
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      body.put("Container", call.argument(1));
      body.put("EndpointConfig", endpoint);
      call.engine().post(path(call.argument(0)) + "/connect", body);
      return 0;
    }
  }

  /** {@code network disconnect}. */
  public static final class Disconnect extends Verb {
    public Disconnect() {
      super("network disconnect [OPTIONS] NETWORK CONTAINER", "Disconnect a container from a network", 2, 2);
    }

    @Override
    protected void flags(Flags flags) {
      flags.toggle('f', "force", "Force the container to disconnect from the network");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      call.engine().post(path(call.argument(0)) + "/disconnect", Map.of("Container", call.argument(1), "Force", call.flags().has("force")));
      return 0;
    }
  }

  /** {@code network rm}. */
  public static final class Rm extends Verb {
    public Rm() {
      super("network rm [OPTIONS] NETWORK [NETWORK...]", "Remove one or more networks", 1, -1);
    }

    @Override
    protected void flags(Flags flags) {
      flags.toggle('f', "force", "Do not error if the network does not exist");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      return call.each(call.arguments(), name -> remove(call, name));
    }

    private static String remove(Invocation call, String name) throws IOException {
      try {
        call.engine().delete(path(name));
        return name;
      } catch (EngineException e) {
        if (call.flags().has("force") && e.status() == 404) {
          return "";
        }
        throw e;
      }
    }
  }

  /** {@code network prune}. */
  public static final class Prune extends Verb {
    public Prune() {
      super("network prune [OPTIONS]", "Remove all unused networks", 0, 0);
    }

    @Override
    protected void flags(Flags flags) {
      flags.list("filter", "Provide filter values (such as until=24h)").toggle('f', "force", "Do not prompt for confirmation");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      PruneVerbs.confirm(call, "network prune", "WARNING! This will remove all custom networks not used by at least one container.");
      List<@Nullable Object> deleted =
          Json.list(call.engine().post("/networks/prune" + Lists.filters('?', call.flags().list("filter")), null), "NetworksDeleted");
      if (!deleted.isEmpty()) {
        call.out().println("Deleted Networks:");
        deleted.forEach(call.out()::println);
        call.out().println();
      }
      return 0;
    }
  }
}
