package dev.proa.cli.command;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.http.Engine;
import dev.proa.cli.json.Json;
import dev.proa.cli.terminal.Terminal;
import dev.proa.cli.text.Units;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Verbs that join the streams of a process in a container: exec, attach, start, logs. */
public final class ProcessVerbs {
  private static final int LOOKS = 10;
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(30);

  private ProcessVerbs() {}

  /** Reads the answer of {@code /wait}: the exit status. */
  static int exitStatus(Engine.Answer end) throws IOException {
    Object result = Json.parse(new String(end.body().readAllBytes(), StandardCharsets.UTF_8));
    String error = Json.text(result, "Error", "Message");
    if (!error.isEmpty()) {
      throw new CliException(125, "proa: Error waiting for container: " + error);
    }
    return (int) Json.number(result, "StatusCode");
  }

  /** {@code exec}. */
  public static final class Exec extends Verb {
    public Exec() {
      super("exec [OPTIONS] CONTAINER COMMAND [ARG...]", "Execute a command in a running container", 2, -1);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .stopAtArgument()
          .toggle('d', "detach", "Detached mode: run command in the background")
          .one("detach-keys", "string", "Override the key sequence for detaching")
          .list('e', "env", "Set environment variables")
          .list("env-file", "Read in a file of environment variables")
          .toggle('i', "interactive", "Keep STDIN open even if not attached")
          .toggle("privileged", "Give extended privileges to the command")
          .toggle('t', "tty", "Allocate a terminal")
          .one('u', "user", "string", "User name or id (NAME|UID[:GROUP|GID])")
          .one('w', "workdir", "string", "Working directory inside the container");
    }

    @Override
    protected String examples() {
      return "proa exec -it web sh\nproa exec -u nobody web id";
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Flags flags = call.flags();
      boolean detach = flags.has("detach");
      boolean tty = flags.has("tty");
      boolean input = flags.has("interactive") && !detach;
      if (tty && input && !Terminal.isTerminal(0)) {
        throw new CliException(1, "the input device is not a TTY");
      }
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      body.put("User", flags.get("user", ""));
      body.put("Privileged", flags.has("privileged"));
      body.put("Tty", tty);
      body.put("AttachStdin", input);
      body.put("AttachStdout", !detach);
      body.put("AttachStderr", !detach);
      body.put("DetachKeys", DockerConfig.read().detachKeys(flags));
      body.put("Env", RunOptions.environment(flags));
      body.put("WorkingDir", flags.get("workdir", ""));
      body.put("Cmd", call.arguments().subList(1, call.arguments().size()));
      String id = Json.text(call.engine().post("/containers/" + Engine.escape(call.argument(0)) + "/exec", body), "Id");
      if (detach) {
        call.engine().post("/exec/" + id + "/start", Map.of("Detach", true, "Tty", tty));
        return 0;
      }
      try (Engine.Answer answer = call.engine().upgrade("/exec/" + id + "/start", Map.of("Detach", false, "Tty", tty));
          Session session = new Session(call, answer, tty)) {
        if (input) {
          session.rawTerminal();
          session.sendInput();
        }
        session.followSize((rows, columns) -> "/exec/" + id + "/resize?h=" + rows + "&w=" + columns);
        session.copyOutput();
      }
      return (int) Json.number(call.engine().get("/exec/" + id + "/json"), "ExitCode");
    }
  }

  /** {@code attach}. */
  public static final class Attach extends Verb {
    public Attach() {
      super("attach [OPTIONS] CONTAINER", "Attach local standard input, output, and error streams to a running container", 1, 1);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .one("detach-keys", "string", "Override the key sequence for detaching")
          .toggle("no-stdin", "Do not attach STDIN")
          .toggle("sig-proxy", "Proxy all received signals to the process (default true)");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Object container = call.engine().get("/containers/" + Engine.escape(call.argument(0)) + "/json");
      if (!Json.isTrue(container, "State", "Running")) {
        throw new CliException(1, "You cannot attach to a stopped container, start it first");
      }
      if (Json.isTrue(container, "State", "Paused")) {
        throw new CliException(1, "You cannot attach to a paused container, unpause it first");
      }
      boolean input = Json.isTrue(container, "Config", "OpenStdin") && !call.flags().has("no-stdin");
      return join(call, container, input, () -> {});
    }
  }

  /** What happens between the attaching and the copying. */
  private interface Between {
    void run() throws IOException;
  }

  private static int join(Invocation call, @Nullable Object container, boolean input, Between between) throws IOException {
    String id = Json.text(container, "Id");
    boolean tty = Json.isTrue(container, "Config", "Tty");
    if (tty && input && !Terminal.isTerminal(0)) {
      throw new CliException(1, "the input device is not a TTY");
    }
    String keys = DockerConfig.read().detachKeys(call.flags());
    String query = "?stream=1&stdout=1&stderr=1" + (input ? "&stdin=1" : "") + (keys.isEmpty() ? "" : "&detachKeys=" + Engine.escape(keys));
    String condition = Json.isTrue(container, "State", "Running") ? "not-running" : "next-exit";
    try (Engine.Answer attached = call.engine().upgrade("/containers/" + id + "/attach" + query, null);
        Session session = new Session(call, attached, tty);
        Engine.Answer end = call.engine().open("POST", "/containers/" + id + "/wait?condition=" + condition, null)) {
      if (tty && input) {
        session.rawTerminal();
      } else if (!call.flags().given("sig-proxy") || call.flags().has("sig-proxy")) {
        session.forwardSignals(id);
      }
      if (input) {
        session.sendInput();
      }
      between.run();
      session.followSize((rows, columns) -> "/containers/" + id + "/resize?h=" + rows + "&w=" + columns);
      session.copyOutput();
      return tty && input && runsOn(call, id) ? 0 : exitStatus(end);
    }
  }

  /** Whether the output ended because the keys for that were typed, and not with the container: its end is known a moment after that of its output. */
  private static boolean runsOn(Invocation call, String id) throws IOException {
    for (int look = 0; look < LOOKS; look++) {
      if (!Json.isTrue(call.engine().get("/containers/" + id + "/json"), "State", "Running")) {
        return false;
      }
      LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
    }
    return true;
  }

  /** {@code start}. */
  public static final class Start extends Verb {
    public Start() {
      super("start [OPTIONS] CONTAINER [CONTAINER...]", "Start one or more stopped containers", 1, -1);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .toggle('a', "attach", "Attach STDOUT/STDERR and forward signals")
          .one("detach-keys", "string", "Override the key sequence for detaching")
          .toggle('i', "interactive", "Attach container's STDIN")
          .toggle("sig-proxy", "Proxy all received signals to the process (default true)");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      if (call.flags().has("attach") || call.flags().has("interactive")) {
        if (call.arguments().size() > 1) {
          throw new CliException(1, "you cannot start and attach multiple containers at once");
        }
        Object container = call.engine().get("/containers/" + Engine.escape(call.argument(0)) + "/json");
        boolean input = call.flags().has("interactive") && Json.isTrue(container, "Config", "OpenStdin");
        return join(call, container, input, () -> call.engine().post("/containers/" + Json.text(container, "Id") + "/start", null));
      }
      return call.each(
          call.arguments(),
          name -> {
            call.engine().post("/containers/" + Engine.escape(name) + "/start", null);
            return name;
          });
    }
  }

  /** {@code logs}. */
  public static final class Logs extends Verb {
    public Logs() {
      super("logs [OPTIONS] CONTAINER", "Fetch the logs of a container", 1, 1);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .toggle("details", "Show extra details provided to logs")
          .toggle('f', "follow", "Follow log output")
          .one("since", "string", "Show logs since timestamp (2026-01-02T13:23:37Z) or relative (42m)")
          .one('n', "tail", "string", "Number of lines to show from the end of the logs (default \"all\")")
          .toggle('t', "timestamps", "Show timestamps")
          .one("until", "string", "Show logs before a timestamp or relative");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Flags flags = call.flags();
      String name = Engine.escape(call.argument(0));
      boolean tty = Json.isTrue(call.engine().get("/containers/" + name + "/json"), "Config", "Tty");
      String query =
          "?stdout=1&stderr=1&follow=" + (flags.has("follow") ? 1 : 0) + "&timestamps=" + (flags.has("timestamps") ? 1 : 0) + "&details=" + (flags.has("details") ? 1 : 0)
              + "&tail=" + Engine.escape(flags.get("tail", "all")) + "&since=" + Engine.escape(time(flags.get("since"))) + "&until=" + Engine.escape(time(flags.get("until")));
      try (Engine.Answer answer = call.engine().open("GET", "/containers/" + name + "/logs" + query, null)) {
        Session.copy(answer.body(), tty, call.rawOut(), call.rawErr());
      }
      return 0;
    }
  }

  /** A time as the API takes it, seconds since the epoch with nanoseconds: from those, from RFC 3339, or from a duration before now. */
  public static String time(@Nullable String given) {
    if (given == null || given.isEmpty()) {
      return "";
    }
    if (given.matches("\\d+(\\.\\d+)?")) {
      return given;
    }
    Instant instant = Units.time(given.length() == 10 ? given + "T00:00:00Z" : given.matches(".*(Z|[+-]\\d\\d:\\d\\d)") ? given : given + "Z");
    if (instant.equals(Instant.EPOCH)) {
      try {
        instant = Instant.now().minusNanos(Units.durationNs(given));
      } catch (NumberFormatException e) {
        throw new CliException(1, "invalid value for time: \"" + given + "\": failed to parse value as time or duration");
      }
    }
    return instant.getEpochSecond() + "." + String.format(java.util.Locale.ROOT, "%09d", instant.getNano());
  }

}
