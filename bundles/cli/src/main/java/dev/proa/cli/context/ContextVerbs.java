package dev.proa.cli.context;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.command.DockerConfig;
import dev.proa.cli.json.Json;
import dev.proa.cli.text.Table;
import dev.proa.cli.text.Table.Column;
import dev.proa.cli.text.Template;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Verbs on contexts. */
public final class ContextVerbs {
  private ContextVerbs() {}

  /** {@code host=…} of {@code --docker}. */
  private static @Nullable String host(Flags flags) {
    if (flags.get("docker") == null) {
      return null;
    }
    String host = "";
    for (String pair : Arrays.asList(flags.get("docker", "").split(","))) {
      int equals = pair.indexOf('=');
      switch (equals < 0 ? pair : pair.substring(0, equals)) {
        case "host" -> host = pair.substring(equals + 1);
        case "skip-tls-verify" -> {}
        case "ca", "cert", "key" -> throw new CliException(1, "unable to create docker endpoint config: " + pair + ": this command speaks no TLS");
        default -> throw new CliException(1, "unrecognized config key: " + pair);
      }
    }
    dev.proa.cli.http.Endpoint.parse(host);
    return host;
  }

  private static Flags endpointFlags(Flags flags) {
    return flags.one("description", "string", "Description of the context").one("docker", "stringToString", "Set the docker endpoint (host=unix:///path or host=tcp://host:port)");
  }

  /** Of all contexts, for completion. */
  public static List<String> names() throws IOException {
    List<String> names = new ArrayList<>(List.of(ContextStore.DEFAULT));
    new ContextStore().all().forEach(context -> names.add(context.name()));
    return names;
  }

  /** {@code context ls}. */
  public static final class Ls extends Verb {
    public Ls() {
      super("context ls [OPTIONS]", "List contexts", 0, 0);
    }

    @Override
    protected void flags(Flags flags) {
      flags.one("format", "string", "Format output: 'table', 'table TEMPLATE', 'json' or a Go template").toggle('q', "quiet", "Only show context names");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      List<ContextStore.Context> contexts = new ArrayList<>();
      Target direct = new Target(ContextStore.DEFAULT, "");
      contexts.add(new ContextStore.Context(ContextStore.DEFAULT, "Current DOCKER_HOST based configuration", direct.endpoint().host(), false));
      contexts.addAll(new ContextStore().all());
      if (call.flags().has("quiet") && !call.flags().given("format")) {
        contexts.forEach(context -> call.out().println(context.name()));
        return 0;
      }
      Table table =
          new Table(
              List.of(new Column("NameAndMark", "NAME"), new Column("Description", "DESCRIPTION"), new Column("DockerEndpoint", "DOCKER ENDPOINT"), new Column("Error", "ERROR")),
              List.of(new Column("Name", "NAME"), new Column("Current", "CURRENT")));
      for (ContextStore.Context context : contexts) {
        boolean current = context.name().equals(call.target().context());
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("Current", current);
        row.put("Description", context.description());
        row.put("DockerEndpoint", context.host());
        row.put("Error", "");
        row.put("Name", context.name());
        if (!"json".equals(call.flags().get("format"))) {
          row.put("NameAndMark", context.name() + (current ? " *" : ""));
        }
        table.row(row);
      }
      table.print(call.out(), call.flags().get("format"));
      return 0;
    }
  }

  /** {@code context create}. */
  public static final class Create extends Verb {
    public Create() {
      super("context create [OPTIONS] CONTEXT", "Create a context", 1, 1);
    }

    @Override
    protected void flags(Flags flags) {
      endpointFlags(flags).one("from", "string", "create context from a named context");
    }

    @Override
    protected String examples() {
      return "proa context create lab --docker host=unix:///run/lab/proa.sock --description 'the lab'\nproa --context lab ps";
    }

    @Override
    protected int run(Invocation call) throws IOException {
      String name = call.argument(0);
      ContextStore.checkName(name);
      ContextStore store = new ContextStore();
      if (store.exists(name)) {
        throw new CliException(1, "context \"" + name + "\" already exists");
      }
      String host = host(call.flags());
      String from = call.flags().get("from", call.target().context());
      if (host == null) {
        host = new Target(from, "").endpoint().host();
      } else if (call.flags().given("from")) {
        throw new CliException(1, "cannot use --docker flag when --from is set");
      }
      store.write(name, call.flags().get("description", ""), host);
      return said(call, name, "Successfully created context \"" + name + "\"");
    }
  }

  private static int said(Invocation call, String name, String sentence) {
    call.out().println(name);
    call.out().flush();
    call.err().println(sentence);
    return 0;
  }

  /** {@code context update}. */
  public static final class Update extends Verb {
    public Update() {
      super("context update [OPTIONS] CONTEXT", "Update a context", 1, 1);
    }

    @Override
    protected void flags(Flags flags) {
      endpointFlags(flags);
    }

    @Override
    protected int run(Invocation call) throws IOException {
      String name = call.argument(0);
      ContextStore.checkName(name);
      ContextStore store = new ContextStore();
      ContextStore.Context before = store.get(name);
      String host = host(call.flags());
      store.write(name, call.flags().get("description", before.description()), host == null ? before.host() : host);
      return said(call, name, "Successfully updated context \"" + name + "\"");
    }
  }

  /** {@code context use}. */
  public static final class Use extends Verb {
    public Use() {
      super("context use CONTEXT", "Set the current docker context", 1, 1);
    }

    @Override
    protected int run(Invocation call) throws IOException {
      String name = call.argument(0);
      boolean none = name.equals(ContextStore.DEFAULT);
      if (!none) {
        ContextStore.checkName(name);
        new ContextStore().get(name);
      }
      DockerConfig.read().useContext(none ? "" : name);
      said(call, name, "Current context is now \"" + name + "\"");
      for (String variable : List.of("PROA_HOST", "DOCKER_HOST")) {
        if (!none && System.getenv(variable) != null) {
          call.err().println("Warning: " + variable + " environment variable overrides the active context. To use \"" + name + "\", either set the global --context flag, or unset " + variable + " environment variable.");
        }
      }
      return 0;
    }
  }

  /** {@code context show}. */
  public static final class Show extends Verb {
    public Show() {
      super("context show", "Print the name of the current context", 0, 0);
    }

    @Override
    protected int run(Invocation call) {
      call.out().println(call.target().context());
      return 0;
    }
  }

  /** {@code context rm}. */
  public static final class Rm extends Verb {
    public Rm() {
      super("context rm CONTEXT [CONTEXT...]", "Remove one or more contexts", 1, -1);
    }

    @Override
    protected void flags(Flags flags) {
      flags.toggle('f', "force", "Force the removal of a context in use");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      ContextStore store = new ContextStore();
      boolean force = call.flags().has("force");
      List<String> errors = new ArrayList<>();
      for (String name : call.arguments()) {
        if (name.equals(ContextStore.DEFAULT)) {
          errors.add("context \"default\" cannot be removed");
        } else if (!store.exists(name) && !force) {
          errors.add("context \"" + name + "\" does not exist");
        } else if (name.equals(DockerConfig.read().currentContext()) && !force) {
          errors.add("context \"" + name + "\" is in use, set -f flag to force remove");
        } else {
          if (name.equals(DockerConfig.read().currentContext())) {
            DockerConfig.read().useContext("");
          }
          store.remove(name);
          call.out().println(name);
        }
      }
      if (!errors.isEmpty()) {
        throw new CliException(1, String.join("\n", errors));
      }
      return 0;
    }
  }

  /** {@code context inspect}. */
  public static final class Inspect extends Verb {
    public Inspect() {
      super("context inspect [OPTIONS] [CONTEXT] [CONTEXT...]", "Display detailed information on one or more contexts", 0, -1);
    }

    @Override
    protected void flags(Flags flags) {
      flags.one('f', "format", "string", "Format output: 'json' or a Go template");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      List<@Nullable Object> found = new ArrayList<>();
      List<String> errors = new ArrayList<>();
      for (String name : call.arguments().isEmpty() ? List.of(call.target().context()) : call.arguments()) {
        try {
          found.add(document(name));
        } catch (CliException e) {
          errors.add(String.valueOf(e.getMessage()));
        }
      }
      String format = call.flags().get("format");
      if (format == null) {
        call.out().println(Json.writePretty(found));
      } else {
        Template template = format.equals("json") ? null : Template.parse(format);
        found.forEach(each -> call.out().println(template == null ? Json.write(each) : template.apply(each)));
      }
      call.out().flush();
      errors.forEach(call.err()::println);
      return errors.isEmpty() ? 0 : 1;
    }

    private static Map<String, @Nullable Object> document(String name) throws IOException {
      ContextStore store = new ContextStore();
      boolean none = name.equals(ContextStore.DEFAULT);
      Map<String, @Nullable Object> read = none ? Map.of() : store.document(name);
      Map<String, @Nullable Object> document = new LinkedHashMap<>();
      document.put("Name", name);
      document.put("Metadata", none ? Map.of() : read.getOrDefault("Metadata", Map.of()));
      document.put(
          "Endpoints",
          none ? Map.of("docker", Map.of("Host", new Target(name, "").endpoint().host(), "SkipTLSVerify", false)) : read.getOrDefault("Endpoints", Map.of()));
      document.put("TLSMaterial", Files.isDirectory(store.tls(name).resolve("docker")) ? Map.of("docker", List.of("ca.pem", "cert.pem", "key.pem")) : Map.of());
      document.put("Storage", Map.of("MetadataPath", none ? "<IN MEMORY>" : store.meta(name).toString(), "TLSPath", none ? "<IN MEMORY>" : store.tls(name).toString()));
      return document;
    }
  }
}
