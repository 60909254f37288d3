package dev.proa.cli.oci;

import dev.proa.cli.json.Json;
import dev.proa.cli.terminal.Signals;
import dev.proa.linux.Fd;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Socket;
import dev.proa.namespace.OciFeatures;
import dev.proa.namespace.OciRuntime;
import dev.proa.namespace.OciState;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.TaskStats;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The commands. */
final class Runtime {
  private static final Set<String> NONE = Set.of();

  private final OciRuntime runtime;
  private final PrintStream out;
  private final PrintStream err;

  Runtime(Path root, PrintStream out, PrintStream err, Consumer<String> warnings) {
    this.runtime = new OciRuntime(root, SpecJson::parse, warnings);
    this.out = out;
    this.err = err;
  }

  int run(String command, List<String> words) throws IOException, InterruptedException {
    if (!words.isEmpty() && Set.of("--help", "-h").contains(words.getFirst())) {
      out.print(Usage.TEXT);
      return 0;
    }
    switch (command) {
      case "create" -> create(words);
      case "run" -> {
        return runToItsEnd(words);
      }
      case "start" -> runtime.start(one(command, words));
      case "state" -> state(one(command, words));
      case "kill" -> kill(words);
      case "delete" -> delete(words);
      case "exec" -> {
        return exec(words);
      }
      case "list" -> list(words);
      case "ps" -> ps(words);
      case "pause" -> runtime.pause(one(command, words));
      case "resume" -> runtime.resume(one(command, words));
      case "update" -> update(words);
      case "events" -> events(words);
      case "features" -> out.println(Json.writePretty(Json.parse(OciFeatures.json())));
      case "spec" -> Template.write(words);
      default -> throw ProaException.invalid("No help topic for '" + command + "'");
    }
    return 0;
  }

  private static String one(String command, List<String> words) {
    Arguments arguments = Arguments.parse(words, NONE, NONE, true);
    String id = arguments.word(0, command);
    if (arguments.rest().size() > 1) {
      throw ProaException.invalid("\"" + command + "\" requires exactly 1 argument");
    }
    return id;
  }

  private static final Set<String> CREATE_VALUES = Set.of("bundle", "b", "console-socket", "pid-file", "preserve-fds", "pidfd-socket");

  private static Arguments creation(List<String> words) {
    return Arguments.parse(words, CREATE_VALUES, Set.of("no-pivot", "no-new-keyring", "detach", "d", "keep", "no-subreaper"), true);
  }

  private int make(Arguments arguments, String id) throws IOException {
    String given = arguments.value("bundle", "b");
    Path bundle = Path.of(given == null ? "" : given).toAbsolutePath().normalize();
    String config;
    try {
      config = Files.readString(bundle.resolve("config.json"));
    } catch (NoSuchFileException e) {
      throw ProaException.invalid("JSON specification file config.json not found");
    }
    Inherited inherited = Inherited.of(arguments.value("preserve-fds"), System.getenv());
    int pid;
    try (Console console = Console.connect(arguments.value("console-socket"))) {
      pid = runtime.create(id, bundle, config, new OciRuntime.Given(console.socket(), inherited.descriptors(), inherited.environment()));
    }
    writePid(arguments.value("pid-file"), pid);
    return pid;
  }

  private void create(List<String> words) throws IOException {
    Arguments arguments = creation(words);
    make(arguments, arguments.word(0, "create"));
  }

  /** In one write and a rename: whoever waits for the file finds it whole. */
  private static void writePid(@Nullable String file, int pid) throws IOException {
    if (file == null) {
      return;
    }
    Path path = Path.of(file).toAbsolutePath();
    Path next = path.resolveSibling("." + path.getFileName());
    Files.writeString(next, Integer.toString(pid));
    Files.move(next, path, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  private int runToItsEnd(List<String> words) throws IOException, InterruptedException {
    Arguments arguments = creation(words);
    String id = arguments.word(0, "run");
    make(arguments, id);
    try {
      runtime.start(id);
    } catch (ProaException e) {
      cleanUp(id, e);
      throw e;
    }
    if (arguments.has("detach", "d")) {
      return 0;
    }
    forward(id);
    int status = runtime.await(id);
    if (!arguments.has("keep")) {
      runtime.delete(id, true);
    }
    return status;
  }

  private void cleanUp(String id, ProaException reason) {
    try {
      runtime.delete(id, true);
    } catch (ProaException late) {
      reason.addSuppressed(late);
    }
  }

  /** What is sent to this command is meant for the container. */
  private void forward(String id) {
    Signals.handle(
        name -> {
          if (!name.equals("WINCH")) {
            try {
              runtime.kill(id, SignalNames.number(name), false);
            } catch (ProaException e) {
              err.println(e.getMessage());
            }
          }
        });
  }

  private void state(String id) {
    OciRuntime.Container container = runtime.container(id);
    out.println(Json.writePretty(shown(container)));
  }

  private static Map<String, Object> shown(OciRuntime.Container container) {
    OciState state = container.state();
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("ociVersion", OciState.VERSION);
    shown.put("id", state.id());
    shown.put("pid", (long) state.pid());
    shown.put("status", state.status());
    shown.put("bundle", state.bundle());
    shown.put("rootfs", container.rootfs());
    shown.put("created", container.created());
    if (!state.annotations().isEmpty()) {
      shown.put("annotations", new TreeMap<>(state.annotations()));
    }
    shown.put("owner", "root");
    return shown;
  }

  private void kill(List<String> words) {
    Arguments arguments = Arguments.parse(words, NONE, Set.of("all", "a"), false);
    List<String> rest = new ArrayList<>(arguments.rest());
    // runc takes --all behind the id as well.
    boolean all = arguments.has("all", "a") | rest.removeAll(List.of("--all", "-a"));
    if (rest.isEmpty()) {
      throw ProaException.invalid("\"kill\" requires a minimum of 1 argument");
    }
    runtime.kill(rest.getFirst(), SignalNames.number(rest.size() > 1 ? rest.get(1) : "SIGTERM"), all);
  }

  private void delete(List<String> words) {
    Arguments arguments = Arguments.parse(words, NONE, Set.of("force", "f"), true);
    runtime.delete(arguments.word(0, "delete"), arguments.has("force", "f"));
  }

  private int exec(List<String> words) throws IOException, InterruptedException {
    Arguments arguments =
        Arguments.parse(
            words,
            Set.of(
                "console-socket", "cwd", "env", "e", "user", "u", "process", "p", "pid-file", "cap", "c", "additional-gids", "g", "preserve-fds", "cgroup", "apparmor",
                "process-label", "pidfd-socket"),
            Set.of("tty", "t", "detach", "d", "no-new-privs", "no-subreaper", "ignore-paused"),
            false);
    String id = arguments.word(0, "exec");
    Spec.Process process = ExecProcess.of(arguments, runtime.specification(id).process());
    if (process.terminal() && arguments.value("console-socket") == null) {
      throw ProaException.invalid("cannot allocate tty if runc will detach without setting console socket");
    }
    Inherited inherited = Inherited.of(arguments.value("preserve-fds"), Map.of());
    OciRuntime.Running running;
    try (Console console = Console.connect(arguments.value("console-socket"))) {
      running = runtime.exec(id, process, new OciRuntime.Given(console.socket(), inherited.descriptors(), List.of()), arguments.has("ignore-paused"));
    }
    writePid(arguments.value("pid-file"), running.pid());
    return arguments.has("detach", "d") ? 0 : running.await();
  }

  private void list(List<String> words) {
    Arguments arguments = Arguments.parse(words, Set.of("format", "f"), Set.of("quiet", "q"), true);
    List<OciRuntime.Container> containers = runtime.list();
    String format = arguments.value("format", "f");
    if (arguments.has("quiet", "q")) {
      containers.forEach(container -> out.println(container.state().id()));
    } else if ("json".equals(format)) {
      out.println(Json.write(containers.stream().map(Runtime::shown).toList()));
    } else if (format == null || format.equals("table")) {
      out.printf("%-12s%-12s%-12s%-24s%-32s%s%n", "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER");
      for (OciRuntime.Container c : containers) {
        out.printf("%-12s%-12d%-12s%-24s%-32s%s%n", c.state().id(), c.state().pid(), c.state().status(), c.state().bundle(), c.created(), "root");
      }
    } else {
      throw ProaException.invalid("invalid format option");
    }
  }

  private void ps(List<String> words) throws IOException, InterruptedException {
    Arguments arguments = Arguments.parse(words, Set.of("format", "f"), NONE, false);
    List<Integer> pids = runtime.pids(arguments.word(0, "ps"));
    if ("json".equals(arguments.value("format", "f"))) {
      out.println(Json.write(pids.stream().map(Integer::longValue).toList()));
      return;
    }
    out.println("PID");
    pids.forEach(out::println);
  }

  private void update(List<String> words) throws IOException {
    Arguments a =
        Arguments.parse(
            words,
            Set.of(
                "resources", "r", "memory", "memory-swap", "memory-reservation", "cpu-shares", "cpu-share", "cpu-quota", "cpu-period", "cpuset-cpus", "cpuset-mems",
                "pids-limit", "blkio-weight"),
            NONE,
            true);
    String id = a.word(0, "update");
    String file = a.value("resources", "r");
    if (file != null) {
      String text = file.equals("-") ? new String(System.in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8) : Files.readString(Path.of(file));
      runtime.update(id, SpecJson.resources(Json.parse(text), false));
      return;
    }
    Integer weight = a.value("blkio-weight") == null ? null : (int) Quantity.of(a.value("blkio-weight"));
    runtime.update(
        id,
        new Spec.Resources(
            List.of(),
            new Spec.Memory(Quantity.orNull(a.value("memory")), Quantity.orNull(a.value("memory-reservation")), Quantity.orNull(a.value("memory-swap")), null, null, null),
            new Spec.Cpu(
                Quantity.orNull(a.value("cpu-shares", "cpu-share")), Quantity.orNull(a.value("cpu-quota")), Quantity.orNull(a.value("cpu-period")), null, null,
                a.value("cpuset-cpus"), a.value("cpuset-mems")),
            Quantity.orNull(a.value("pids-limit")),
            weight == null ? null : new Spec.BlockIO(weight, List.of(), List.of(), List.of(), List.of(), List.of()),
            List.of(),
            Map.of()));
  }

  private void events(List<String> words) {
    Arguments arguments = Arguments.parse(words, Set.of("interval"), Set.of("stats"), true);
    String id = arguments.word(0, "events");
    if (!arguments.has("stats")) {
      throw ProaException.notImplemented("events without --stats: a runtime without a daemon does not wait for them");
    }
    TaskStats stats = runtime.stats(id);
    Map<String, Object> cpu = new LinkedHashMap<>();
    Map<String, Object> usage = new LinkedHashMap<>();
    usage.put("total", stats.cpuTotalNs());
    usage.put("percpu", stats.perCpuNs());
    usage.put("kernel", stats.cpuSystemNs());
    usage.put("user", stats.cpuUserNs());
    cpu.put("usage", usage);
    cpu.put("throttling", Map.of("periods", stats.periods(), "throttledPeriods", stats.throttledPeriods(), "throttledTime", stats.throttledNs()));
    Map<String, Object> memory = new LinkedHashMap<>();
    memory.put("usage", Map.of("limit", stats.memoryLimitBytes(), "usage", stats.memoryUsageBytes(), "max", stats.memoryMaxUsageBytes(), "failcnt", stats.memoryFailures()));
    memory.put("raw", new TreeMap<>(stats.memoryStat()));
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("cpu", cpu);
    data.put("memory", memory);
    data.put("pids", Map.of("current", stats.pids(), "limit", stats.pidsLimit()));
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("type", "stats");
    event.put("id", id);
    event.put("data", data);
    out.println(Json.write(event));
  }

  /** The socket to which a terminal's master goes. */
  private record Console(@Nullable Fd socket) implements AutoCloseable {
    static Console connect(@Nullable String path) throws IOException {
      if (path == null) {
        return new Console(null);
      }
      Fd socket = Sockets.socket(Socket.AF_UNIX, Socket.SOCK_STREAM, 0);
      try {
        Sockets.connect(socket, path);
        return new Console(socket);
      } catch (IOException e) {
        socket.close();
        throw e;
      }
    }

    @Override
    public void close() {
      if (socket != null) {
        socket.close();
      }
    }
  }
}
