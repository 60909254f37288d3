package dev.proa.cli.command;

import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.http.Engine;
import dev.proa.cli.json.Json;
import dev.proa.cli.text.Table;
import dev.proa.cli.text.Table.Column;
import dev.proa.cli.text.Units;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Verbs on containers that need no stream. */
public final class ContainerVerbs {
  private ContainerVerbs() {}

  /** {@code ps}. */
  public static final class Ps extends Verb {
    public Ps() {
      super("ps [OPTIONS]", "List containers", 0, 0);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .toggle('a', "all", "Show all containers (default shows just running)")
          .list('f', "filter", "Filter output based on conditions provided")
          .one("format", "string", "Format output: 'table', 'table TEMPLATE', 'json' or a Go template")
          .number('n', "last", "Show n last created containers (includes all states)")
          .toggle('l', "latest", "Show the latest created container (includes all states)")
          .toggle("no-trunc", "Don't truncate output")
          .toggle('q', "quiet", "Only display container IDs")
          .toggle('s', "size", "Display total file sizes");
    }

    @Override
    protected String examples() {
      return """
          proa ps -a
          proa ps -q --filter status=exited
          proa ps --format '{{.Names}}: {{.Status}}'""";
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Flags flags = call.flags();
      Long last = flags.has("latest") ? Long.valueOf(1) : flags.number("last");
      String query =
          "/containers/json?all=" + (flags.has("all") || last != null ? 1 : 0) + (last == null ? "" : "&limit=" + last)
              + (flags.has("size") ? "&size=1" : "") + Lists.filters('&', flags.list("filter"));
      List<@Nullable Object> containers = list(call.engine().get(query));
      boolean whole = flags.has("no-trunc");
      if (flags.has("quiet") && !flags.given("format")) {
        containers.forEach(container -> call.out().println(whole ? Json.text(container, "Id") : Units.shortId(Json.text(container, "Id"))));
        return 0;
      }
      List<Column> columns =
          new ArrayList<>(
              List.of(
                  new Column("ID", "CONTAINER ID"),
                  new Column("Image", "IMAGE"),
                  new Column("Command", "COMMAND"),
                  new Column("RunningFor", "CREATED"),
                  new Column("Status", "STATUS"),
                  new Column("Ports", "PORTS"),
                  new Column("Names", "NAMES")));
      if (flags.has("size")) {
        columns.add(new Column("Size", "SIZE"));
      }
      Table table =
          new Table(
              columns,
              List.of(
                  new Column("CreatedAt", "CREATED AT"), new Column("State", "STATE"), new Column("Labels", "LABELS"), new Column("Mounts", "MOUNTS"),
                  new Column("Networks", "NETWORKS"), new Column("Size", "SIZE"), new Column("LocalVolumes", "LOCAL VOLUMES")));
      containers.forEach(container -> table.row(row(container, whole)));
      table.print(call.out(), flags.get("format") == null ? DockerConfig.read().format("psFormat") : flags.get("format"));
      return 0;
    }

    private static Map<String, Object> row(@Nullable Object container, boolean whole) {
      Map<String, Object> row = new HashMap<>();
      String command = Json.text(container, "Command");
      String image = Json.text(container, "Image");
      row.put("ID", whole ? Json.text(container, "Id") : Units.shortId(Json.text(container, "Id")));
      row.put("Image", image.startsWith("sha256:") && !whole ? Units.shortId(image) : image);
      row.put("Command", '"' + (whole ? command : Units.cut(command, 20)) + '"');
      row.put("RunningFor", Units.ago(Json.number(container, "Created")));
      row.put("CreatedAt", Units.dateTime(Json.number(container, "Created")));
      row.put("Status", Json.text(container, "Status"));
      row.put("State", Json.text(container, "State"));
      row.put("Ports", ports(Json.list(container, "Ports")));
      row.put("Names", Json.list(container, "Names").stream().map(name -> String.valueOf(name).substring(1)).collect(Collectors.joining(",")));
      row.put("Labels", Json.object(container, "Labels").entrySet().stream().map(label -> label.getKey() + "=" + label.getValue()).collect(Collectors.joining(",")));
      row.put("Label", Json.object(container, "Labels"));
      row.put("Mounts", Json.list(container, "Mounts").stream().map(mount -> mountName(mount, whole)).collect(Collectors.joining(",")));
      row.put("LocalVolumes", Json.list(container, "Mounts").stream().filter(mount -> Json.text(mount, "Driver").equals("local")).count());
      row.put("Networks", String.join(",", Json.object(container, "NetworkSettings", "Networks").keySet()));
      long virtual = Json.number(container, "SizeRootFs");
      row.put("Size", Units.size(Json.number(container, "SizeRw")) + (virtual > 0 ? " (virtual " + Units.size(virtual) + ")" : ""));
      return row;
    }

    private static String mountName(@Nullable Object mount, boolean whole) {
      String name = Json.text(mount, "Name");
      String shown = name.isEmpty() ? Json.text(mount, "Source") : name;
      return whole ? shown : Units.cut(shown, 15);
    }
  }

  /** The ports of a container's summary in a line. */
  public static String ports(List<@Nullable Object> ports) {
    TreeSet<String> shown = new TreeSet<>();
    for (Object port : ports) {
      String inside = Json.number(port, "PrivatePort") + "/" + Json.text(port, "Type");
      long outside = Json.number(port, "PublicPort");
      String address = Json.text(port, "IP");
      shown.add(outside == 0 ? inside : (address.contains(":") ? "[" + address + "]" : address) + ":" + outside + "->" + inside);
    }
    return String.join(", ", shown);
  }

  @SuppressWarnings("unchecked") // the reader makes no other lists
  static List<@Nullable Object> list(@Nullable Object json) {
    return json instanceof List<?> list ? (List<@Nullable Object>) list : List.of();
  }

  /** {@code stop} and {@code restart}. */
  public static final class Stop extends Verb {
    private final boolean again;

    public Stop(boolean again) {
      super((again ? "restart" : "stop") + " [OPTIONS] CONTAINER [CONTAINER...]", (again ? "Restart" : "Stop") + " one or more containers", 1, -1);
      this.again = again;
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .one('s', "signal", "string", "Signal to send to the container")
          .number('t', "timeout", "Seconds to wait before killing the container")
          .number((char) 0, "time", "As --timeout");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Long seconds = call.flags().number("timeout") != null ? call.flags().number("timeout") : call.flags().number("time");
      String signal = call.flags().get("signal");
      String query = "?" + (seconds == null ? "" : "t=" + seconds + "&") + (signal == null ? "" : "signal=" + Engine.escape(signal));
      return call.each(
          call.arguments(),
          name -> {
            call.engine().post("/containers/" + Engine.escape(name) + (again ? "/restart" : "/stop") + query, null);
            return name;
          });
    }
  }

  /** {@code kill}. */
  public static final class Kill extends Verb {
    public Kill() {
      super("kill [OPTIONS] CONTAINER [CONTAINER...]", "Kill one or more running containers", 1, -1);
    }

    @Override
    protected void flags(Flags flags) {
      flags.one('s', "signal", "string", "Signal to send to the container");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      String signal = call.flags().get("signal", "KILL");
      return call.each(
          call.arguments(),
          name -> {
            call.engine().post("/containers/" + Engine.escape(name) + "/kill?signal=" + Engine.escape(signal), null);
            return name;
          });
    }
  }

  /** {@code rm}. */
  public static final class Rm extends Verb {
    public Rm() {
      super("rm [OPTIONS] CONTAINER [CONTAINER...]", "Remove one or more containers", 1, -1);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .toggle('f', "force", "Force the removal of a running container (uses SIGKILL)")
          .toggle('l', "link", "Remove the specified link")
          .toggle('v', "volumes", "Remove anonymous volumes associated with the container");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      boolean force = call.flags().has("force");
      String query = "?force=" + force + "&v=" + call.flags().has("volumes") + (call.flags().has("link") ? "&link=1" : "");
      return call.each(
          call.arguments(),
          name -> {
            try {
              call.engine().delete("/containers/" + Engine.escape(name) + query);
            } catch (dev.proa.cli.http.EngineException e) {
              if (!force || e.status() != 404) {
                throw e;
              }
              call.err().println("Error response from daemon: " + e.getMessage()); // docker says it, and calls it success
              return "";
            }
            return name;
          });
    }
  }

  /** {@code pause} and {@code unpause}. */
  public static final class Pause extends Verb {
    private final String verb;

    public Pause(boolean undo) {
      super(
          (undo ? "unpause" : "pause") + " CONTAINER [CONTAINER...]",
          undo ? "Unpause all processes within one or more containers" : "Pause all processes within one or more containers",
          1,
          -1);
      verb = undo ? "unpause" : "pause";
    }

    @Override
    protected int run(Invocation call) throws IOException {
      return call.each(
          call.arguments(),
          name -> {
            call.engine().post("/containers/" + Engine.escape(name) + "/" + verb, null);
            return name;
          });
    }
  }

  /** {@code rename}. */
  public static final class Rename extends Verb {
    public Rename() {
      super("rename CONTAINER NEW_NAME", "Rename a container", 2, 2);
    }

    @Override
    protected int run(Invocation call) throws IOException {
      call.engine().post("/containers/" + Engine.escape(call.argument(0)) + "/rename?name=" + Engine.escape(call.argument(1)), null);
      return 0;
    }
  }

  /** {@code wait}. */
  public static final class Wait extends Verb {
    public Wait() {
      super("wait CONTAINER [CONTAINER...]", "Block until one or more containers stop, then print their exit codes", 1, -1);
    }

    @Override
    protected int run(Invocation call) throws IOException {
      return call.each(
          call.arguments(), name -> Json.text(call.engine().post("/containers/" + Engine.escape(name) + "/wait", null), "StatusCode"));
    }
  }
}
