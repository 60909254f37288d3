package dev.proa.cli.command;

import dev.proa.cli.CliException;
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

/** Verbs on settings that can be changed while the daemon works. */
public final class ConfigVerbs {
  private ConfigVerbs() {}

  private static String path(String name) {
    return "/proa/config/" + Engine.escape(name);
  }

  private static String value(@Nullable Object setting, String member) {
    List<@Nullable Object> values = Json.list(setting, member);
    String text = values.stream().map(String::valueOf).collect(Collectors.joining(","));
    return Json.text(setting, "Many").equals("true") ? "[" + text + "]" : text;
  }

  /** {@code config ls}. */
  public static final class Ls extends Verb {
    public Ls() {
      super("config ls [OPTIONS]", "List the settings of the engine and of plugins", 0, 0);
    }

    @Override
    protected void flags(Flags flags) {
      flags.one("format", "string", "Format output: 'table', 'json' or a Go template");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Table table =
          new Table(
              List.of(new Column("Name", "NAME"), new Column("Key", "KEY"), new Column("Value", "VALUE"), new Column("Description", "DESCRIPTION")),
              List.of(new Column("Type", "TYPE"), new Column("Default", "DEFAULT"), new Column("Set", "SET"), new Column("Problem", "PROBLEM")));
      for (Object group : Json.list(call.engine().get("/proa/config"))) {
        for (Object setting : Json.list(group, "Settings")) {
          Map<String, String> row = new LinkedHashMap<>();
          row.put("Name", Json.text(group, "Name"));
          row.put("Key", Json.text(setting, "Key"));
          row.put("Value", value(setting, "Value"));
          row.put("Description", Json.text(setting, "Description"));
          row.put("Type", Json.text(setting, "Type"));
          row.put("Default", value(setting, "ByDefault"));
          row.put("Set", Json.text(setting, "Set"));
          row.put("Problem", Json.text(group, "Problem"));
          table.row(row);
        }
        if (!Json.text(group, "Problem").isEmpty()) {
          call.err().println("Warning: " + Json.text(group, "Problem"));
        }
      }
      table.print(call.out(), call.flags().get("format"));
      return 0;
    }
  }

  /** {@code config get}. */
  public static final class Get extends Verb {
    public Get() {
      super("config get NAME [KEY]", "Show settings, or one value", 1, 2);
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Object group = call.engine().get(path(call.argument(0)));
      if (call.arguments().size() == 1) {
        call.out().println(Json.write(group));
        return 0;
      }
      for (Object setting : Json.list(group, "Settings")) {
        if (Json.text(setting, "Key").equals(call.argument(1))) {
          Json.list(setting, "Value").forEach(each -> call.out().println(each));
          return 0;
        }
      }
      String known = Json.list(group, "Settings").stream().map(setting -> Json.text(setting, "Key")).collect(Collectors.joining(", "));
      throw new CliException(1, call.argument(0) + " has no setting \"" + call.argument(1) + "\": known are " + known);
    }
  }

  /** {@code config set}. */
  public static final class Set extends Verb {
    public Set() {
      super("config set NAME KEY=VALUE [KEY=VALUE...]", "Change settings, all of them or none", 2, -1);
    }

    @Override
    protected String examples() {
      return """
          proa config set dev.proa.engine log-driver=local
          proa config set dev.proa.engine log-opts=max-size=1m log-opts=max-file=3    # a list: once for each
          proa config set proa-network-bridge mtu=                                    # the default again""";
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Map<String, Object> body = new LinkedHashMap<>();
      for (String argument : call.arguments().subList(1, call.arguments().size())) {
        int equals = argument.indexOf('=');
        if (equals < 1) {
          throw new CliException(1, "\"" + argument + "\" is not KEY=VALUE");
        }
        String value = argument.substring(equals + 1);
        @SuppressWarnings("unchecked")
        List<Object> values = (List<Object>) body.computeIfAbsent(argument.substring(0, equals), key -> new java.util.ArrayList<Object>());
        if (!value.isEmpty()) {
          values.add(value);
        }
      }
      call.engine().post(path(call.argument(0)), body);
      call.out().println(call.argument(0));
      return 0;
    }
  }

  /** {@code config watch}. */
  public static final class Watch extends Verb {
    public Watch() {
      super("config watch", "Tell of changes of settings, and of refused ones, until interrupted", 0, 0);
    }

    @Override
    protected int run(Invocation call) throws IOException {
      try (Engine.Answer answer = call.engine().open("GET", "/events" + Lists.filters('?', List.of("type=config")), null)) {
        Engine.eachLine(
            answer.body(),
            event -> {
              String reason = Json.text(event, "Actor", "Attributes", "reason");
              call.out().println(Json.text(event, "Actor", "ID") + " " + (reason.isEmpty() ? "changed: " + Json.text(event, "Actor", "Attributes", "keys") : "refused: " + reason));
              call.out().flush();
            });
      }
      return 0;
    }
  }
}
