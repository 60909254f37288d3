package dev.proa.cli.command;

import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.http.Engine;
import dev.proa.cli.json.Json;
import dev.proa.cli.text.Table;
import dev.proa.cli.text.Table.Column;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Verbs on volumes. */
public final class VolumeVerbs {
  private VolumeVerbs() {}

  /** {@code volume ls}. */
  public static final class Ls extends Verb {
    public Ls() {
      super("volume ls [OPTIONS]", "List volumes", 0, 0);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .list('f', "filter", "Provide filter values (such as dangling=true)")
          .one("format", "string", "Format output: 'table', 'json' or a Go template")
          .toggle('q', "quiet", "Only display volume names");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      List<@Nullable Object> volumes = Json.list(call.engine().get("/volumes" + Lists.filters('?', call.flags().list("filter"))), "Volumes");
      if (call.flags().has("quiet") && !call.flags().given("format")) {
        volumes.forEach(volume -> call.out().println(Json.text(volume, "Name")));
        return 0;
      }
      Table table = new Table(List.of(new Column("Driver", "DRIVER"), new Column("Name", "VOLUME NAME")), List.of(new Column("Mountpoint", "MOUNTPOINT"), new Column("Scope", "SCOPE"), new Column("Labels", "LABELS"), new Column("Size", "SIZE"), new Column("Links", "LINKS")));
      for (Object volume : volumes) {
        Map<String, Object> row = new LinkedHashMap<>();
        for (String field : List.of("Driver", "Name", "Mountpoint", "Scope")) {
          row.put(field, Json.text(volume, field));
        }
        row.put("Labels", Json.object(volume, "Labels").entrySet().stream().map(label -> label.getKey() + "=" + label.getValue()).collect(Collectors.joining(",")));
        row.put("Label", Json.object(volume, "Labels"));
        row.put("Size", "N/A");
        row.put("Links", "N/A");
        row.put("Availability", "N/A");
        row.put("Group", "N/A");
        row.put("Status", "N/A");
        table.row(row);
      }
      table.print(call.out(), call.flags().get("format") == null ? DockerConfig.read().format("volumesFormat") : call.flags().get("format"));
      return 0;
    }
  }

  /** {@code volume create}. */
  public static final class Create extends Verb {
    public Create() {
      super("volume create [OPTIONS] [VOLUME]", "Create a volume", 0, 1);
    }

    @Override
    protected void flags(Flags flags) {
      flags.one('d', "driver", "string", "Specify volume driver name (default \"local\")").list("label", "Set metadata for a volume").list('o', "opt", "Set driver specific options");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("Name", call.arguments().isEmpty() ? "" : call.argument(0));
      body.put("Driver", call.flags().get("driver", "local"));
      body.put("Labels", Lists.pairs(call.flags().list("label")));
      body.put("DriverOpts", Lists.pairs(call.flags().list("opt")));
      call.out().println(Json.text(call.engine().post("/volumes/create", body), "Name"));
      return 0;
    }
  }

  /** {@code volume rm}. */
  public static final class Rm extends Verb {
    public Rm() {
      super("volume rm [OPTIONS] VOLUME [VOLUME...]", "Remove one or more volumes", 1, -1);
    }

    @Override
    protected void flags(Flags flags) {
      flags.toggle('f', "force", "Force the removal of one or more volumes");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      return call.each(
          call.arguments(),
          name -> {
            call.engine().delete("/volumes/" + Engine.escape(name) + (call.flags().has("force") ? "?force=1" : ""));
            return name;
          });
    }
  }

  /** {@code volume inspect}. */
  public static final class InspectVolume extends Verb {
    public InspectVolume() {
      super("volume inspect [OPTIONS] VOLUME [VOLUME...]", "Display detailed information on one or more volumes", 1, -1);
    }

    @Override
    protected void flags(Flags flags) {
      flags.one('f', "format", "string", "Format output: 'json' or a Go template");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      return Inspect.print(call, name -> call.engine().get("/volumes/" + Engine.escape(name)));
    }
  }
}
