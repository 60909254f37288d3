package dev.proa.cli.command;

import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.http.Engine;
import dev.proa.cli.json.Json;
import dev.proa.cli.text.Template;
import dev.proa.cli.text.Units;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Verbs on the engine as a whole. */
public final class SystemVerbs {
  private SystemVerbs() {}

  /** {@code version}. */
  public static final class Version extends Verb {
    public Version() {
      super("version [OPTIONS]", "Show the version of the command and of the daemon", 0, 0);
    }

    @Override
    protected void flags(Flags flags) {
      flags.one('f', "format", "string", "Format output: 'json' or a Go template");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      String own = Version.class.getPackage().getImplementationVersion();
      Map<String, @Nullable Object> client = new LinkedHashMap<>();
      client.put("Version", own == null ? "unknown" : own.replace("-SNAPSHOT", "-dev"));
      client.put("ApiVersion", "1.51");
      client.put("DefaultAPIVersion", "1.51");
      client.put("Context", call.target().context());
      client.put("JavaVersion", System.getProperty("java.version"));
      client.put("Os", "linux");
      client.put("Arch", System.getProperty("os.arch"));
      String format = call.flags().get("format");
      PrintStream out = call.out();
      if (format == null) {
        out.println("Client: Proa");
        field(out, " ", "Version", client.get("Version"));
        field(out, " ", "API version", client.get("ApiVersion"));
        field(out, " ", "Java version", client.get("JavaVersion"));
        field(out, " ", "OS/Arch", "linux/" + client.get("Arch"));
        field(out, " ", "Context", client.get("Context"));
        out.flush();
      }
      Object server = call.engine().get("/version");
      if (format != null) {
        Map<String, @Nullable Object> both = new LinkedHashMap<>();
        both.put("Client", client);
        both.put("Server", server);
        out.println(format.equals("json") ? Json.write(both) : Template.parse(format).apply(both));
        return 0;
      }
      out.println();
      String platform = Json.text(server, "Platform", "Name");
      out.println("Server: " + (platform.isEmpty() ? "Proa" : platform));
      for (Object component : Json.list(server, "Components")) {
        component(out, component);
      }
      return 0;
    }

    private static void component(PrintStream out, @Nullable Object component) {
      out.println(" " + Json.text(component, "Name") + ":");
      field(out, "  ", "Version", Json.text(component, "Version"));
      Map<String, @Nullable Object> details = Json.object(component, "Details");
      if (details.containsKey("ApiVersion")) {
        field(out, "  ", "API version", details.get("ApiVersion") + " (minimum version " + details.get("MinAPIVersion") + ")");
        field(out, "  ", "Java version", String.valueOf(details.get("GoVersion")).replaceFirst("^java", ""));
        field(out, "  ", "Git commit", details.get("GitCommit"));
        field(out, "  ", "Built", details.get("BuildTime"));
        field(out, "  ", "OS/Arch", details.get("Os") + "/" + details.get("Arch"));
        field(out, "  ", "Kernel", details.get("KernelVersion"));
        field(out, "  ", "Experimental", details.get("Experimental"));
      } else {
        new TreeMap<>(details).forEach((name, value) -> field(out, "  ", name, value));
      }
    }

    private static void field(PrintStream out, String indent, String title, @Nullable Object value) {
      String begin = indent + title + ":";
      out.println(begin + " ".repeat(Math.max(1, 20 - begin.length())) + value);
    }
  }

  /** {@code info}. */
  public static final class Info extends Verb {
    public Info() {
      super("info [OPTIONS]", "Display system-wide information", 0, 0);
    }

    @Override
    protected void flags(Flags flags) {
      flags.one('f', "format", "string", "Format output: 'json' or a Go template");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Object info = call.engine().get("/info");
      String format = call.flags().get("format");
      PrintStream out = call.out();
      if (format != null) {
        out.println(format.equals("json") ? Json.write(info) : Template.parse(format).apply(info));
        return 0;
      }
      out.println("Containers: " + Json.number(info, "Containers"));
      out.println(" Running: " + Json.number(info, "ContainersRunning"));
      out.println(" Paused: " + Json.number(info, "ContainersPaused"));
      out.println(" Stopped: " + Json.number(info, "ContainersStopped"));
      out.println("Images: " + Json.number(info, "Images"));
      line(out, "Server Version", Json.text(info, "ServerVersion"));
      line(out, "Storage Driver", Json.text(info, "Driver"));
      for (Object status : Json.list(info, "DriverStatus")) {
        List<@Nullable Object> pair = ContainerVerbs.list(status);
        out.println(" " + pair.getFirst() + ": " + pair.getLast());
      }
      line(out, "Logging Driver", Json.text(info, "LoggingDriver"));
      line(out, "Cgroup Driver", Json.text(info, "CgroupDriver"));
      line(out, "Cgroup Version", Json.text(info, "CgroupVersion"));
      line(out, "Default Isolation", Json.text(info, "Isolation"));
      line(out, "Runtimes", String.join(" ", Json.object(info, "Runtimes").keySet()));
      Json.object(info, "Runtimes").forEach((name, runtime) -> line(out, " " + name, Json.text(runtime, "status", "dev.proa.notes")));
      line(out, "Default Runtime", Json.text(info, "DefaultRuntime"));
      line(out, "Security Options", Json.list(info, "SecurityOptions").stream().map(String::valueOf).collect(Collectors.joining(" ")));
      line(out, "Kernel Version", Json.text(info, "KernelVersion"));
      line(out, "Operating System", Json.text(info, "OperatingSystem"));
      line(out, "OSType", Json.text(info, "OSType"));
      line(out, "Architecture", Json.text(info, "Architecture"));
      line(out, "CPUs", Json.text(info, "NCPU"));
      line(out, "Total Memory", Units.binarySize(Json.number(info, "MemTotal")));
      line(out, "Name", Json.text(info, "Name"));
      line(out, "ID", Json.text(info, "ID"));
      line(out, "Proa Root Dir", Json.text(info, "DockerRootDir"));
      out.println("Debug Mode: " + Json.isTrue(info, "Debug"));
      List<String> registries = Json.list(info, "RegistryConfig", "Mirrors").stream().map(String::valueOf).toList();
      if (!registries.isEmpty()) {
        out.println("Registry Mirrors:");
        registries.forEach(mirror -> out.println(" " + mirror));
      }
      out.flush();
      Json.list(info, "Warnings").forEach(warning -> call.err().println(warning));
      return 0;
    }

    private static void line(PrintStream out, String title, String value) {
      if (!value.isEmpty()) {
        out.println(title + ": " + value);
      }
    }
  }

  /** {@code events}. */
  public static final class Events extends Verb {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.nnnnnnnnnXXX").withZone(ZoneId.systemDefault());

    public Events() {
      super("events [OPTIONS]", "Get real time events from the daemon", 0, 0);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .list('f', "filter", "Filter output based on conditions provided")
          .one("format", "string", "Format output: 'json' or a Go template")
          .one("since", "string", "Show all events created since timestamp")
          .one("until", "string", "Stream events until this timestamp");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Flags flags = call.flags();
      String format = flags.get("format");
      Template template = format == null || format.equals("json") ? null : Template.parse(format);
      String query =
          "?since=" + Engine.escape(ProcessVerbs.time(flags.get("since"))) + "&until=" + Engine.escape(ProcessVerbs.time(flags.get("until")))
              + Lists.filters('&', flags.list("filter"));
      try (Engine.Answer answer = call.engine().open("GET", "/events" + query, null)) {
        Engine.eachLine(
            answer.body(),
            event -> {
              call.out().println(template != null ? template.apply(event) : format != null ? Json.write(event) : line(event));
              call.out().flush();
            });
      }
      return 0;
    }

    private static String line(Map<String, @Nullable Object> event) {
      long nanos = Json.number(event, "timeNano");
      String attributes =
          Json.object(event, "Actor", "Attributes").entrySet().stream()
              .sorted(Map.Entry.comparingByKey())
              .map(attribute -> attribute.getKey() + "=" + attribute.getValue())
              .collect(Collectors.joining(", ", " (", ")"));
      return TIME.format(Instant.ofEpochSecond(nanos / 1_000_000_000, nanos % 1_000_000_000)) + " " + Json.text(event, "Type") + " " + Json.text(event, "Action") + " "
          + Json.text(event, "Actor", "ID") + (attributes.equals(" ()") ? "" : attributes);
    }
  }
}
