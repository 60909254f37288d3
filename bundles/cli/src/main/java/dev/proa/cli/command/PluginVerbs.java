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
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Verbs on plugins. */
public final class PluginVerbs {
  private static final int ID_DIGITS = 12;

  private PluginVerbs() {}

  private static String path(String name, String rest) {
    return "/proa/plugins/" + Engine.escape(name) + rest;
  }

  /** {@code plugin ls}. */
  public static final class Ls extends Verb {
    public Ls() {
      super("plugin ls [OPTIONS]", "List plugins", 0, 0);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .toggle('a', "all", "Also those that another one of the same name stands before")
          .one("format", "string", "Format output: 'table', 'json' or a Go template")
          .toggle("no-trunc", "Don't truncate output")
          .toggle('q', "quiet", "Only display names");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      boolean whole = call.flags().has("no-trunc");
      Table table =
          new Table(
              List.of(new Column("Name", "NAME"), new Column("State", "STATE"), new Column("Drivers", "DRIVERS"), new Column("Origin", "ORIGIN"), new Column("Reason", "REASON")),
              List.of(new Column("ID", "ID"), new Column("Signer", "SIGNER"), new Column("Enabled", "ENABLED"), new Column("Version", "VERSION")));
      for (Object plugin : Json.list(call.engine().get("/proa/plugins"))) {
        String state = Json.text(plugin, "State");
        if (state.equals("shadowed") && !call.flags().has("all")) {
          continue;
        }
        if (call.flags().has("quiet") && !call.flags().given("format")) {
          call.out().println(Json.text(plugin, "Name"));
          continue;
        }
        String id = Json.text(plugin, "Id").replace("sha256:", "");
        Map<String, String> row = new LinkedHashMap<>();
        row.put("Name", Json.text(plugin, "Name"));
        row.put("State", state);
        row.put("Drivers", drivers(plugin));
        row.put("Origin", Json.text(plugin, "Origin"));
        row.put("Reason", reason(plugin));
        row.put("ID", whole || id.length() < ID_DIGITS ? id : id.substring(0, ID_DIGITS));
        row.put("Signer", Json.text(plugin, "Signer"));
        row.put("Enabled", Json.text(plugin, "Enabled"));
        row.put("Version", Json.text(plugin, "Version"));
        table.row(row);
      }
      if (!call.flags().has("quiet") || call.flags().given("format")) {
        table.print(call.out(), call.flags().get("format") == null ? DockerConfig.read().format("pluginsFormat") : call.flags().get("format"));
      }
      return 0;
    }

    private static String drivers(@Nullable Object plugin) {
      List<String> names = new ArrayList<>();
      Json.list(plugin, "Drivers").forEach(driver -> names.add(Json.text(driver, "point") + "/" + Json.text(driver, "name")));
      return String.join(",", names);
    }

    /** Why it is not active, else who keeps an old version. */
    private static String reason(@Nullable Object plugin) {
      List<String> texts = new ArrayList<>();
      if (!Json.text(plugin, "Reason").isEmpty()) {
        texts.add(Json.text(plugin, "Reason"));
      }
      Json.list(plugin, "Draining").forEach(each -> texts.add("version " + Json.text(each, "version") + " drains, held by " + String.join("; ", words(Json.list(each, "holders")))));
      return String.join("; ", texts);
    }

    private static List<String> words(List<@Nullable Object> values) {
      return values.stream().map(String::valueOf).toList();
    }
  }

  /** {@code plugin inspect}. */
  public static final class InspectPlugin extends Verb {
    public InspectPlugin() {
      super("plugin inspect [OPTIONS] PLUGIN [PLUGIN...]", "Display detailed information on one or more plugins", 1, -1);
    }

    @Override
    protected void flags(Flags flags) {
      flags.one('f', "format", "string", "Format output: 'json' or a Go template");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      return Inspect.print(call, name -> call.engine().get(path(name, "/json")));
    }
  }

  /** {@code plugin install} and {@code plugin update}. */
  public static final class Install extends Verb {
    private final boolean update;

    public Install(boolean update) {
      super(
          update ? "plugin update [OPTIONS] PLUGIN SOURCE" : "plugin install [OPTIONS] SOURCE",
          update ? "Replace a plugin by another version while it is in use" : "Install a plugin",
          update ? 2 : 1,
          update ? 2 : 1);
      this.update = update;
    }

    @Override
    protected void flags(Flags flags) {
      flags.one("signature", "file", "Detached signature of a jar (default: the jar's name with .sig, if there is one)");
      flags.toggle("urgent", "Do not try it in a JVM of its own first");
      if (!update) {
        flags.toggle("disable", "Do not start it");
      }
      flags.toggle('q', "quiet", "Say only what it is called");
    }

    @Override
    protected String examples() {
      return update
          ? "proa plugin update tmpfs ./tmpfs-1.1.jar"
          : """
          proa plugin install ./tmpfs-1.0.jar
          proa plugin install https://example.org/tmpfs-1.0.jar
          proa plugin install mvn:https://repository.example/releases!org.example:tmpfs:1.0
          proa plugin install registry.example:5000/plugins/tmpfs:1.0""";
    }

    @Override
    protected int run(Invocation call) throws IOException {
      String source = call.argument(update ? 1 : 0);
      Path file = Path.of(source.startsWith("file://") ? source.substring("file://".length()) : source);
      boolean local = source.startsWith("file://") || source.endsWith(".jar") && !source.contains("://");
      StringBuilder path = new StringBuilder("/proa/plugins/install?source=" + Engine.escape(local ? file.toAbsolutePath().normalize().toString() : source));
      if (update) {
        path.append("&name=").append(Engine.escape(call.argument(0)));
      }
      if (call.flags().has("urgent")) {
        path.append("&urgent=1");
      }
      if (!update && call.flags().has("disable")) {
        path.append("&disabled=1");
      }
      boolean quiet = call.flags().has("quiet");
      Progress progress = new Progress(call.out(), 1, quiet);
      if (!local) {
        try (Engine.Answer answer = call.engine().open("POST", path.toString(), null, "X-Registry-Auth", DockerConfig.header(source))) {
          Engine.eachLine(answer.body(), message -> progress.show(message));
        }
      } else {
        byte[] signature = signature(file, call.flags().get("signature"));
        if (signature.length > 0) {
          path.append("&signature=").append(Engine.escape(Base64.getEncoder().encodeToString(signature)));
        }
        try (InputStream in = Files.newInputStream(file);
            Engine.Answer answer = call.engine().upload(path.toString(), in)) {
          Engine.eachLine(answer.body(), message -> progress.show(message));
        } catch (java.nio.file.NoSuchFileException e) {
          throw new CliException(1, "no file " + file);
        }
      }
      if (quiet) {
        call.out().println(progress.last());
      }
      return 0;
    }

    private static byte[] signature(Path jar, @Nullable String given) throws IOException {
      Path file = given != null ? Path.of(given) : jar.resolveSibling(jar.getFileName() + ".sig");
      return given != null || Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
    }
  }

  /** {@code plugin enable} and {@code plugin disable}. */
  public static final class Enable extends Verb {
    private final boolean enable;

    public Enable(boolean enable) {
      super(
          (enable ? "plugin enable" : "plugin disable") + " [OPTIONS] PLUGIN [PLUGIN...]",
          enable ? "Start plugins that are disabled, or try those again that failed" : "Stop plugins, which stay installed",
          1,
          -1);
      this.enable = enable;
    }

    @Override
    protected void flags(Flags flags) {
      if (!enable) {
        flags.toggle('f', "force", "Stop the containers that use its drivers first");
      }
    }

    @Override
    protected int run(Invocation call) throws IOException {
      String rest = enable ? "/enable" : "/disable" + (call.flags().has("force") ? "?force=1" : "");
      return call.each(
          call.arguments(),
          name -> {
            call.engine().post("/plugins/" + Engine.escape(name) + rest, null);
            return name;
          });
    }
  }

  /** {@code plugin rm}. */
  public static final class Rm extends Verb {
    public Rm() {
      super("plugin rm [OPTIONS] PLUGIN [PLUGIN...]", "Remove plugins with all their versions", 1, -1);
    }

    @Override
    protected void flags(Flags flags) {
      flags.toggle('f', "force", "Stop the containers that use its drivers first");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      return call.each(
          call.arguments(),
          name -> {
            call.engine().delete(path(name, call.flags().has("force") ? "?force=1" : ""));
            return name;
          });
    }
  }

  /** {@code plugin set}. */
  public static final class Set extends Verb {
    public Set() {
      super("plugin set PLUGIN KEY=VALUE [KEY=VALUE...]", "Change settings for a plugin", 2, -1);
    }

    @Override
    protected int run(Invocation call) throws IOException {
      call.engine().post(path(call.argument(0), "/set"), call.arguments().subList(1, call.arguments().size()));
      call.out().println(call.argument(0));
      return 0;
    }
  }

  /** {@code plugin rollback}. */
  public static final class Rollback extends Verb {
    public Rollback() {
      super("plugin rollback PLUGIN", "Go back to the version before the present one", 1, 1);
    }

    @Override
    protected int run(Invocation call) throws IOException {
      call.out().println(Json.text(call.engine().post(path(call.argument(0), "/rollback"), null), "Name"));
      return 0;
    }
  }

  /** {@code plugin drivers}. */
  public static final class Drivers extends Verb {
    public Drivers() {
      super("plugin drivers [OPTIONS]", "List the drivers that plugins have brought, with their leases", 0, 0);
    }

    @Override
    protected void flags(Flags flags) {
      flags.one("format", "string", "Format output: 'table', 'json' or a Go template");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      List<Column> columns =
          List.of(
              new Column("Point", "POINT"),
              new Column("Name", "NAME"),
              new Column("Version", "VERSION"),
              new Column("State", "STATE"),
              new Column("Leases", "LEASES"),
              new Column("Reason", "REASON"));
      Table table = new Table(columns, List.of(new Column("Bundle", "BUNDLE")));
      for (Object driver : Json.list(call.engine().get("/proa/drivers"))) {
        Map<String, String> row = new LinkedHashMap<>();
        columns.forEach(column -> row.put(column.field(), Json.text(driver, column.field())));
        row.put("Bundle", Json.text(driver, "Bundle"));
        table.row(row);
      }
      table.print(call.out(), call.flags().get("format"));
      return 0;
    }
  }

  /** {@code plugin trust}. */
  public static final class Trust extends Verb {
    public Trust() {
      super("plugin trust [OPTIONS] ls|add|rm|policy [ARGUMENT...]", "Manage the keys by which plugins are verified", 1, 3);
    }

    @Override
    protected String examples() {
      return """
          proa plugin trust add acme acme-key.pem
          proa plugin trust policy require
          proa plugin trust ls
          proa plugin trust rm acme""";
    }

    @Override
    protected int run(Invocation call) throws IOException {
      List<String> words = call.arguments();
      String verb = words.getFirst() + "/" + (words.size() - 1);
      switch (verb) {
        case "ls/0" -> list(call);
        case "add/2" -> {
          Map<String, Object> body = new LinkedHashMap<>();
          body.put("Name", words.get(1));
          body.put("Pem", Files.readString(Path.of(words.get(2))));
          call.out().println(Json.text(call.engine().post("/proa/trust/keys", body), "Fingerprint"));
        }
        case "rm/1" -> {
          call.engine().delete("/proa/trust/keys/" + Engine.escape(words.get(1)));
          call.out().println(words.get(1));
        }
        case "policy/0" -> call.out().println(Json.text(call.engine().get("/proa/trust"), "Policy"));
        case "policy/1" -> {
          call.engine().post("/proa/trust/policy?policy=" + Engine.escape(words.get(1)), null);
          call.out().println(words.get(1));
        }
        default -> throw new CliException(1, "usage: proa plugin trust ls | add NAME FILE | rm NAME | policy [require|warn|off]");
      }
      return 0;
    }

    private static void list(Invocation call) throws IOException {
      Object trust = call.engine().get("/proa/trust");
      Table table = new Table(List.of(new Column("Name", "NAME"), new Column("Algorithm", "ALGORITHM"), new Column("Fingerprint", "FINGERPRINT")), List.of());
      for (Object key : Json.list(trust, "Keys")) {
        table.row(Map.of("Name", Json.text(key, "Name"), "Algorithm", Json.text(key, "Algorithm"), "Fingerprint", Json.text(key, "Fingerprint")));
      }
      table.print(call.out(), null);
    }
  }
}
