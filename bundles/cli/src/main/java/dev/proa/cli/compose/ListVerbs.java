package dev.proa.cli.compose;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.command.ContainerVerbs;
import dev.proa.cli.command.ProcessVerbs;
import dev.proa.cli.http.Engine;
import dev.proa.cli.http.EngineException;
import dev.proa.cli.json.Json;
import dev.proa.cli.text.Table;
import dev.proa.cli.text.Table.Column;
import dev.proa.cli.text.Units;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Verbs that show something of a project. */
final class ListVerbs {
  private ListVerbs() {}

  /** {@code ps}. */
  static final class Ps extends Verb {
    private final Scope scope;

    Ps(Scope scope) {
      super("compose ps [OPTIONS] [SERVICE...]", "List containers", 0, -1);
      this.scope = scope;
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .toggle('a', "all", "Show all stopped containers (including those created by the run command)")
          .one("filter", "string", "Filter services by a property (status=running)")
          .one("format", "string", "Format output: 'table', 'json' or a Go template")
          .toggle("no-trunc", "Don't truncate output")
          .toggle("orphans", "Include orphaned services (they are shown in any case)")
          .toggle('q', "quiet", "Only display IDs")
          .toggle("services", "Display services")
          .list("status", "Filter services by status: created, running, paused, restarting, exited, dead");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Flags flags = call.flags();
      List<String> states = new ArrayList<>(flags.list("status"));
      String filter = flags.get("filter", "");
      if (filter.startsWith("status=")) {
        states.add(filter.substring("status=".length()));
      } else if (!filter.isEmpty()) {
        throw new CliException(1, "unknown filter " + filter + ": status=STATE is known");
      }
      boolean all = flags.has("all") || !states.isEmpty();
      List<Container> containers =
          scope.containers(call.arguments(), all).stream().filter(each -> (all || each.runs()) && (states.isEmpty() || states.contains(each.state()))).toList();
      if (flags.has("quiet")) {
        containers.forEach(each -> call.out().println(each.id()));
        return 0;
      }
      if (flags.has("services")) {
        containers.stream().map(Container::service).distinct().forEach(call.out()::println);
        return 0;
      }
      Table table =
          new Table(
              List.of(
                  new Column("Name", "NAME"), new Column("Image", "IMAGE"), new Column("Command", "COMMAND"), new Column("Service", "SERVICE"), new Column("RunningFor", "CREATED"),
                  new Column("Status", "STATUS"), new Column("Ports", "PORTS")),
              List.of(
                  new Column("ID", "CONTAINER ID"), new Column("State", "STATE"), new Column("Health", "HEALTH"), new Column("ExitCode", "EXIT CODE"), new Column("Project", "PROJECT"),
                  new Column("Labels", "LABELS"), new Column("Publishers", "PUBLISHERS")));
      for (Container container : containers) {
        table.row(row(container, flags.has("no-trunc")));
      }
      table.print(call.out(), flags.get("format"));
      return 0;
    }

    private static Map<String, Object> row(Container container, boolean whole) {
      Object summary = container.summary();
      String status = Json.text(summary, "Status");
      String command = Json.text(summary, "Command");
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("ID", whole ? container.id() : Units.shortId(container.id()));
      row.put("Name", container.name());
      row.put("Names", container.name());
      row.put("Image", Json.text(summary, "Image"));
      row.put("Command", '"' + (whole ? command : Units.cut(command, 20)) + '"');
      row.put("Project", container.label(Labels.PROJECT));
      row.put("Service", container.service());
      row.put("CreatedAt", Units.dateTime(Json.number(summary, "Created")));
      row.put("RunningFor", Units.ago(Json.number(summary, "Created")));
      row.put("State", container.state());
      row.put("Status", status);
      row.put("Health", status.contains("(healthy)") ? "healthy" : status.contains("(unhealthy)") ? "unhealthy" : status.contains("(health: starting)") ? "starting" : "");
      row.put("ExitCode", status.startsWith("Exited (") ? Long.valueOf(status.substring(8, status.indexOf(')'))) : Long.valueOf(0));
      row.put("Ports", ContainerVerbs.ports(Json.list(summary, "Ports")));
      List<Object> publishers = new ArrayList<>();
      for (Object port : Json.list(summary, "Ports")) {
        publishers.add(
            Map.of("URL", Json.text(port, "IP"), "TargetPort", Json.number(port, "PrivatePort"), "PublishedPort", Json.number(port, "PublicPort"), "Protocol", Json.text(port, "Type")));
      }
      row.put("Publishers", publishers);
      row.put("Labels", Json.object(summary, "Labels"));
      return row;
    }
  }

  /** {@code ls}. */
  static final class Ls extends Verb {
    private final Scope scope;

    Ls(Scope scope) {
      super("compose ls [OPTIONS]", "List running compose projects", 0, 0);
      this.scope = scope;
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .toggle('a', "all", "Show all stopped Compose projects")
          .one("filter", "string", "Filter output: name=TEXT")
          .one("format", "string", "Format output: 'table' or 'json'")
          .toggle('q', "quiet", "Only display project names");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Flags flags = call.flags();
      String filter = flags.get("filter", "");
      Map<String, Map<String, Integer>> states = new TreeMap<>();
      Map<String, String> files = new TreeMap<>();
      String query = "/containers/json?all=" + (flags.has("all") ? 1 : 0) + "&filters=" + Engine.escape(Json.write(Map.of("label", List.of(Labels.PROJECT))));
      if (scope.engine().get(query) instanceof List<?> list) {
        for (Object each : list) {
          String project = Json.text(each, "Labels", Labels.PROJECT);
          if (!filter.startsWith("name=") || project.contains(filter.substring("name=".length()))) {
            states.computeIfAbsent(project, key -> new TreeMap<>()).merge(Json.text(each, "State"), 1, Integer::sum);
            files.putIfAbsent(project, Json.text(each, "Labels", Labels.FILES));
          }
        }
      }
      if (flags.has("quiet")) {
        states.keySet().forEach(call.out()::println);
        return 0;
      }
      Table table = new Table(List.of(new Column("Name", "NAME"), new Column("Status", "STATUS"), new Column("ConfigFiles", "CONFIG FILES")), List.of());
      List<Map<String, String>> rows = new ArrayList<>();
      states.forEach(
          (project, counts) -> {
            Map<String, String> row = new LinkedHashMap<>();
            row.put("Name", project);
            row.put("Status", String.join(", ", counts.entrySet().stream().map(count -> count.getKey() + "(" + count.getValue() + ")").toList()));
            row.put("ConfigFiles", files.getOrDefault(project, ""));
            rows.add(row);
          });
      if (flags.get("format", "table").equals("json")) {
        call.out().println(Json.write(rows));
        return 0;
      }
      rows.forEach(table::row);
      table.print(call.out(), flags.get("format"));
      return 0;
    }
  }

  /** {@code images}. */
  static final class Images extends Verb {
    private final Scope scope;

    Images(Scope scope) {
      super("compose images [OPTIONS] [SERVICE...]", "List images used by the created containers", 0, -1);
      this.scope = scope;
    }

    @Override
    protected void flags(Flags flags) {
      flags.one("format", "string", "Format output: 'table', 'json' or a Go template").toggle('q', "quiet", "Only display IDs");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      List<Container> containers = scope.containers(call.arguments(), false);
      if (call.flags().has("quiet")) {
        new TreeSet<>(containers.stream().map(each -> Json.text(each.summary(), "ImageID").replace("sha256:", "")).toList()).forEach(call.out()::println);
        return 0;
      }
      Table table =
          new Table(
              List.of(
                  new Column("ContainerName", "CONTAINER"), new Column("Repository", "REPOSITORY"), new Column("Tag", "TAG"), new Column("Platform", "PLATFORM"), new Column("ID", "IMAGE ID"),
                  new Column("Size", "SIZE"), new Column("Created", "CREATED")),
              List.of());
      for (Container container : containers) {
        Object image;
        try {
          image = scope.engine().get("/images/" + Engine.escape(Json.text(container.summary(), "ImageID")) + "/json");
        } catch (EngineException e) {
          if (e.status() != 404) {
            throw e;
          }
          continue; // gone, with the container still there
        }
        String name = Json.text(container.summary(), "Image");
        int colon = name.lastIndexOf(':');
        boolean tagged = colon > name.lastIndexOf('/') && !name.startsWith("sha256:");
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("ContainerName", container.name());
        row.put("Repository", tagged ? name.substring(0, colon) : name.startsWith("sha256:") ? "<none>" : name);
        row.put("Tag", tagged ? name.substring(colon + 1) : name.startsWith("sha256:") ? "<none>" : "latest");
        row.put("Platform", Json.text(image, "Os") + "/" + Json.text(image, "Architecture"));
        row.put("ID", Units.shortId(Json.text(image, "Id")));
        row.put("Size", Units.size(Json.number(image, "Size")));
        row.put("Created", Units.ago(Units.time(Json.text(image, "Created"))));
        table.row(row);
      }
      table.print(call.out(), call.flags().get("format"));
      return 0;
    }
  }

  /** {@code top}. */
  static final class Top extends Verb {
    private final Scope scope;

    Top(Scope scope) {
      super("compose top [SERVICE...]", "Display the running processes", 0, -1);
      this.scope = scope;
    }

    @Override
    protected int run(Invocation call) throws IOException {
      List<List<String>> lines = new ArrayList<>();
      for (Container container : scope.containers(call.arguments(), false)) {
        if (!container.state().equals("running")) {
          continue;
        }
        Object top = scope.engine().get("/containers/" + container.id() + "/top");
        if (lines.isEmpty()) {
          lines.add(line("SERVICE", "#", Json.list(top, "Titles")));
        }
        for (Object process : Json.list(top, "Processes")) {
          lines.add(line(container.service(), String.valueOf(container.number()), process instanceof List<?> fields ? fields : List.of()));
        }
      }
      Table.printAligned(call.out(), lines);
      return 0;
    }

    private static List<String> line(String service, String number, List<?> fields) {
      List<String> line = new ArrayList<>(List.of(service, number));
      fields.forEach(field -> line.add(String.valueOf(field)));
      return line;
    }
  }

  /** {@code port}. */
  static final class Port extends Verb {
    private final Scope scope;

    Port(Scope scope) {
      super("compose port [OPTIONS] SERVICE PRIVATE_PORT", "Print the public port for a port binding", 2, 2);
      this.scope = scope;
    }

    @Override
    protected void flags(Flags flags) {
      flags.number((char) 0, "index", "Index of the container if the service has several").one("protocol", "string", "tcp or udp");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Container container = scope.one(call.argument(0), call.flags().number("index"));
      String protocol = call.flags().get("protocol", "tcp");
      for (Object port : Json.list(container.summary(), "Ports")) {
        if (String.valueOf(Json.number(port, "PrivatePort")).equals(call.argument(1)) && Json.text(port, "Type").equals(protocol) && Json.number(port, "PublicPort") > 0) {
          String address = Json.text(port, "IP");
          call.out().println((address.contains(":") ? "[" + address + "]" : address) + ":" + Json.number(port, "PublicPort"));
          return 0;
        }
      }
      throw new CliException(1, "no port " + call.argument(1) + "/" + protocol + " for container " + container.name());
    }
  }

  /** {@code events}. */
  static final class Events extends Verb {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSS").withZone(ZoneId.systemDefault());

    private final Scope scope;

    Events(Scope scope) {
      super("compose events [OPTIONS] [SERVICE...]", "Receive real time events from containers", 0, -1);
      this.scope = scope;
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .toggle("json", "Output events as a stream of json objects")
          .one("since", "string", "Show all events created since timestamp")
          .one("until", "string", "Stream events until this timestamp");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Flags flags = call.flags();
      String filters = Json.write(Map.of("type", List.of("container"), "label", List.of(Labels.PROJECT + "=" + scope.projectName())));
      String query = "/events?filters=" + Engine.escape(filters) + "&since=" + Engine.escape(ProcessVerbs.time(flags.get("since"))) + "&until=" + Engine.escape(ProcessVerbs.time(flags.get("until")));
      try (Engine.Answer answer = scope.engine().open("GET", query, null)) {
        Engine.eachLine(
            answer.body(),
            event -> {
              Map<String, ?> attributes = Json.object(event, "Actor", "Attributes");
              String service = String.valueOf(attributes.get(Labels.SERVICE));
              if (!call.arguments().isEmpty() && !call.arguments().contains(service)) {
                return;
              }
              long nanos = Json.number(event, "timeNano");
              Instant time = Instant.ofEpochSecond(nanos / 1_000_000_000, nanos % 1_000_000_000);
              Map<String, Object> shown = new TreeMap<>(attributes);
              shown.keySet().removeIf(name -> name.startsWith("com.docker.compose."));
              Map<String, Object> line = new LinkedHashMap<>();
              line.put("time", time.toString());
              line.put("type", "container");
              line.put("service", service);
              line.put("id", Json.text(event, "Actor", "ID"));
              line.put("action", Json.text(event, "Action"));
              line.put("attributes", shown);
              call.out()
                  .println(
                      flags.has("json") ? Json.write(line)
                          : TIME.format(time) + " container " + line.get("action") + " " + line.get("id") + " ("
                              + String.join(", ", shown.entrySet().stream().map(each -> each.getKey() + "=" + each.getValue()).toList()) + ")");
              call.out().flush();
            });
      }
      return 0;
    }
  }

  /** {@code version}. */
  static final class Version extends Verb {
    Version(Scope scope) {
      super("compose version [OPTIONS]", "Show the Compose version information", 0, 0);
    }

    @Override
    protected void flags(Flags flags) {
      flags.toggle("short", "Shows only the version number").one('f', "format", "string", "Format the output: pretty or json");
    }

    @Override
    protected int run(Invocation call) {
      String version = String.valueOf(ListVerbs.class.getPackage().getImplementationVersion()).replace("-SNAPSHOT", "-dev");
      call.out()
          .println(
              call.flags().has("short") ? version : call.flags().get("format", "").equals("json") ? Json.write(Map.of("version", version)) : "Proa Compose version " + version);
      return 0;
    }
  }
}
