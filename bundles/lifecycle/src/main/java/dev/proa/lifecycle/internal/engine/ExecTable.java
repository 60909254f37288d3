package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.containers.AttachRequest;
import dev.proa.lifecycle.containers.Attachment;
import dev.proa.lifecycle.containers.ExecConfig;
import dev.proa.lifecycle.containers.ExecView;
import dev.proa.lifecycle.containers.Execs;
import dev.proa.lifecycle.internal.Ids;
import dev.proa.lifecycle.internal.create.ConfigChecks;
import dev.proa.lifecycle.internal.run.SpecBuilder;
import dev.proa.lifecycle.internal.run.UserLookup;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.Status;
import dev.proa.lifecycle.internal.streams.OutputLog;
import dev.proa.lifecycle.internal.streams.ProcessStreams;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.FaultPoints;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.ExecSpec;
import dev.proa.spi.isolation.TaskExit;
import dev.proa.spi.isolation.TaskState;
import dev.proa.spi.isolation.TaskStreams;
import dev.proa.spi.oci.Spec;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The execs, those of the daemon before this one included: they are known on, and end, but nobody reads what they write any more. */
final class ExecTable implements Execs {
  private static final Logger LOG = LoggerFactory.getLogger(ExecTable.class);

  /** Long enough for a client to ask for the exit code. */
  private static final Duration KEPT = Duration.ofMinutes(5);

  /** Made and never started, for one container. */
  private static final int MOST_PER_CONTAINER = 4096;

  /** How long a resize waits for an exec to be started, as the Docker Engine's. */
  private static final Duration RESIZE_PATIENCE = Duration.ofSeconds(10);

  /** How long a client waits for the exit code after the output's end: a process may close its output and live on. */
  private static final Duration EXIT_AFTER_OUTPUT = Duration.ofSeconds(2);

  private final Engine engine;
  private final LegacyLinks links;
  private final ExecFiles files;
  private final Map<String, Exec> execs = new ConcurrentHashMap<>();

  private enum Phase {
    CREATED,
    RUNNING,
    ENDED
  }

  /** One exec. Its lock is held while it is started, so that its end is not heard before. */
  private static final class Exec {
    final String id;
    final Container container;
    final ExecConfig config;
    final Instant created;
    final ReentrantLock lock = new ReentrantLock();
    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch over = new CountDownLatch(1);
    final ProcessStreams streams;
    volatile Phase phase = Phase.CREATED;
    volatile @Nullable Integer exitCode;
    volatile int pid;
    volatile @Nullable Instant endedAt;

    /** Of a client, and so for the next daemon as well. */
    boolean kept;

    Exec(Container container, ExecConfig config, Engine engine) {
      this(Ids.random(), Instant.now(), container, config, engine);
    }

    Exec(String id, Instant created, Container container, ExecConfig config, Engine engine) {
      this.id = id;
      this.created = created;
      this.container = container;
      this.config = config;
      this.streams = new ProcessStreams(engine.readiness, config.tty(), true, () -> closeStdin(engine));
    }

    private void closeStdin(Engine engine) {
      try {
        engine.isolate(container.row(), backend -> backend.closeStdin(container.id(), id));
      } catch (RuntimeException e) {
        LOG.debug("exec {}: standard input is not closed: {}", id, e.getMessage());
      }
    }

    void end(int code, Instant at) {
      exitCode = code;
      pid = 0;
      endedAt = at;
      phase = Phase.ENDED;
      begun.countDown();
      over.countDown();
    }

    ExecFiles.Row row() {
      return new ExecFiles.Row(id, container.id(), config, created, exitCode, endedAt);
    }
  }

  ExecTable(Engine engine) {
    this.engine = engine;
    this.links = new LegacyLinks(engine.table);
    this.files = new ExecFiles(engine.settings.execRoot());
  }

  /** Reads what the daemon before this one knew; before the backends tell of ends. */
  void load() {
    for (ExecFiles.Row row : files.all()) {
      Container container = engine.table.byId(row.container());
      if (container == null) {
        files.remove(row.id());
        continue;
      }
      Exec exec = new Exec(row.id(), row.created(), container, row.config(), engine);
      exec.kept = true;
      if (row.exitCode() != null && row.endedAt() != null) {
        exec.end(row.exitCode(), row.endedAt());
      } else {
        container.execs.add(exec.id);
      }
      execs.put(exec.id, exec);
    }
  }

  /** Finds out which of them run, once the backends have adopted their tasks. */
  void takeUp() {
    for (Exec exec : execs.values()) {
      exec.lock.lock();
      try {
        if (exec.kept && exec.phase == Phase.CREATED && exec.container.row().state().status().hasProcess()) {
          takeUp(exec);
        }
      } catch (RuntimeException e) {
        LOG.warn("exec {} is not taken up: {}", exec.id, e.getMessage());
      } finally {
        exec.lock.unlock();
      }
    }
  }

  /** Whoever was attached has gone with the daemon: there is no input any more, and what it writes is read so that it can go on. */
  private void takeUp(Exec exec) {
    ContainerRow row = exec.container.row();
    TaskStreams streams;
    try {
      exec.pid = engine.isolation(row, backend -> backend.state(row.id(), exec.id)).pid();
      exec.phase = Phase.RUNNING;
      exec.begun.countDown();
      streams = engine.isolation(row, backend -> backend.streams(row.id(), exec.id));
    } catch (ProaException e) {
      if (e.is(ErrorClass.NOT_FOUND)) {
        return; // never started, or its end is being told
      }
      throw e;
    }
    if (streams.stdin() >= 0) {
      Fd.owning(streams.stdin()).close();
    }
    if (!streams.terminal()) {
      exec.closeStdin(engine);
    }
    exec.streams.connect(new TaskStreams(-1, streams.stdout(), streams.stderr(), streams.terminal()), OutputLog.NONE);
  }

  private void end(Exec exec, int code) {
    exec.end(code, Instant.now());
    if (exec.kept) {
      try {
        files.write(exec.row());
      } catch (RuntimeException e) {
        LOG.warn("the next daemon will not know how exec {} ended: {}", exec.id, e.getMessage());
      }
    }
  }

  @Override
  public String create(String containerRef, ExecConfig config) {
    if (config.cmd() == null || config.cmd().isEmpty()) {
      throw ProaException.invalid("No exec command specified");
    }
    ConfigChecks.checkEnvironment(config.env());
    ConfigChecks.checkCommand(config.cmd(), config.env());
    String directory = config.workingDir() == null ? "" : config.workingDir();
    if (!directory.isEmpty() && !directory.startsWith("/")) {
      throw ProaException.invalid("the working directory '" + directory + "' is invalid, it needs to be an absolute path");
    }
    ProcessStreams.checkDetachKeys(config.detachKeys());
    Container container = engine.table.get(containerRef);
    checkRunning(container);
    forgetOld();
    if (container.execs.size() >= MOST_PER_CONTAINER) {
      throw ProaException.exhausted("container " + container.id() + " has " + MOST_PER_CONTAINER + " execs already", null);
    }
    Exec exec = new Exec(container, config, engine);
    exec.kept = true;
    files.write(exec.row());
    execs.put(exec.id, exec);
    container.execs.add(exec.id);
    engine.publish(container.row(), "exec_create: " + String.join(" ", config.cmd()), Map.of("execID", exec.id));
    return exec.id;
  }

  private static void checkRunning(Container container) {
    Status status = container.row().state().status();
    switch (status) {
      case RUNNING -> {}
      case PAUSED -> throw ProaException.conflict("Container " + container.row().name() + " is paused, unpause the container before exec");
      case RESTARTING -> throw ProaException.conflict("Container " + container.id() + " is restarting, wait until the container is running");
      case CREATED, EXITED, REMOVING, DEAD -> throw ProaException.conflict("container " + container.id() + " is not running");
    }
  }

  private void forgetOld() {
    Instant limit = Instant.now().minus(KEPT);
    for (Exec exec : execs.values()) {
      Instant ended = exec.endedAt;
      if (ended != null && ended.isBefore(limit) || exec.phase == Phase.CREATED && exec.created.isBefore(limit)) {
        execs.remove(exec.id);
        files.remove(exec.id);
        exec.container.execs.remove(exec.id);
      }
    }
  }

  private Exec get(String execId) {
    Exec exec = execs.get(execId);
    if (exec == null) {
      throw ProaException.notFound("No such exec instance: " + execId);
    }
    return exec;
  }

  @Override
  public void check(String execId) {
    Exec exec = get(execId);
    checkRunning(exec.container);
    switch (exec.phase) {
      case CREATED -> {}
      case RUNNING -> throw ProaException.conflict("exec command " + execId + " is already running");
      case ENDED -> throw ProaException.conflict("exec command " + execId + " has already run");
    }
  }

  @Override
  public Attachment start(String execId, StartRequest request) {
    Exec exec = get(execId);
    exec.lock.lock();
    try {
      check(execId);
      AttachRequest attach =
          new AttachRequest(
              !request.detach(),
              false,
              exec.config.attachStdin(),
              exec.config.attachStdout(),
              exec.config.attachStderr(),
              exec.config.detachKeys());
      Attachment attachment =
          exec.streams
              .attach(attach, () -> engine.publish(exec.container.row(), "exec_detach", Map.of("execID", execId)))
              .until(() -> awaitOver(exec));
      engine.publish(exec.container.row(), "exec_start: " + command(exec), Map.of("execID", execId));
      try {
        launch(exec, request);
      } catch (RuntimeException e) {
        StartFailure failure = StartFailure.of("OCI runtime exec failed", e);
        end(exec, failure.exitCode());
        exec.streams.abandon();
        throw failure.toClient();
      }
      return attachment;
    } finally {
      exec.lock.unlock();
    }
  }

  private static String command(Exec exec) {
    return String.join(" ", exec.config.cmd() == null ? List.of() : exec.config.cmd());
  }

  private static void awaitOver(Exec exec) {
    try {
      boolean known = exec.over.await(EXIT_AFTER_OUTPUT.toMillis(), TimeUnit.MILLISECONDS);
      LOG.trace("exec {}: exit known {}", exec.id, known);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void launch(Exec exec, StartRequest request) {
    ContainerRow row = exec.container.row();
    Spec.ConsoleSize size = request.rows() > 0 && request.columns() > 0 ? new Spec.ConsoleSize(request.rows(), request.columns()) : consoleSize(exec.config);
    Spec.Process process = SpecBuilder.exec(row, exec.config, user(row, exec.config), size, links.environment(row));
    TaskState state =
        engine.isolation(
            row,
            // Docker's --privileged gives all capabilities, and takes nothing of the container's filter away.
            backend -> backend.exec(new ExecSpec(row.id(), exec.id, process, exec.config.attachStdin(), false)));
    FaultPoints.reach("exec.started");
    exec.pid = state.pid();
    exec.phase = Phase.RUNNING;
    exec.begun.countDown();
    TaskStreams streams = engine.isolation(row, backend -> backend.streams(row.id(), exec.id));
    exec.streams.connect(streams, OutputLog.NONE);
  }

  private static Spec.@Nullable ConsoleSize consoleSize(ExecConfig config) {
    List<Integer> size = config.consoleSize();
    return size == null || size.size() != 2 || size.get(0) <= 0 ? null : new Spec.ConsoleSize(size.get(0), size.get(1));
  }

  /** Looked up in the running container's own root. */
  private UserLookup.User user(ContainerRow row, ExecConfig config) {
    String user = config.user() == null || config.user().isEmpty() ? String.valueOf(row.config().user()) : config.user();
    List<String> groups = row.hostConfig().groupAdd() == null ? List.of() : row.hostConfig().groupAdd();
    String files = engine.isolation(row, backend -> backend.rootFileSystem(row.id(), row.state().pid()));
    try (Fd root = Fs.open(files, Fcntl.O_PATH | Fcntl.O_DIRECTORY)) {
      return UserLookup.lookUp(root, user, groups);
    } catch (ErrnoException e) {
      throw ProaException.conflict("container " + row.id() + " is not running: " + e.getMessage());
    }
  }

  /** A process in a container that no client asked for, such as a health check: its exit code and the first bytes of its output. */
  Attachment startOwn(Container container, ExecConfig config, Consumer<String> started) {
    Exec exec = new Exec(container, config, engine);
    execs.put(exec.id, exec);
    started.accept(exec.id);
    return start(exec.id, new StartRequest(false, null, 0, 0));
  }

  void forget(String execId) {
    Exec exec = execs.remove(execId);
    if (exec != null) {
      exec.container.execs.remove(execId);
    }
  }

  @Override
  public void resize(String execId, int rows, int columns) {
    Exec exec = get(execId);
    awaitBegun(exec);
    if (exec.phase != Phase.RUNNING) {
      throw ProaException.conflict("exec process is not started");
    }
    engine.isolate(exec.container.row(), backend -> backend.resize(exec.container.id(), exec.id, rows, columns));
  }

  /** A client that has the head of a start's answer resizes at once, when the process may not be there yet. */
  private static void awaitBegun(Exec exec) {
    try {
      if (!exec.begun.await(RESIZE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw ProaException.internal("timeout waiting for exec session ready", null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ProaException.unavailable("interrupted while waiting for exec " + exec.id, e);
    }
  }

  /** Kills a process that takes too long. */
  void kill(String execId) {
    Exec exec = execs.get(execId);
    if (exec != null && exec.phase == Phase.RUNNING) {
      engine.isolate(exec.container.row(), backend -> backend.kill(exec.container.id(), exec.id, 9, false));
    }
  }

  @Override
  public ExecView inspect(String execId) {
    Exec exec = get(execId);
    ExecConfig config = exec.config;
    List<String> command = config.cmd() == null ? List.of() : config.cmd();
    return new ExecView(
        exec.id,
        exec.phase == Phase.RUNNING,
        exec.exitCode,
        new ExecView.ProcessConfig(
            config.tty(), command.getFirst(), command.subList(1, command.size()), config.privileged(), config.user()),
        config.attachStdin(),
        config.attachStderr(),
        config.attachStdout(),
        false, // what Docker always says
        exec.container.id(),
        config.detachKeys() == null ? "" : config.detachKeys(),
        exec.pid);
  }

  void exited(TaskExit exit) {
    Exec exec = exit.execId() == null ? null : execs.get(exit.execId());
    if (exec == null) {
      return;
    }
    // Waits for its start to return.
    exec.lock.lock();
    try {
      if (exec.phase == Phase.ENDED) {
        return;
      }
      FaultPoints.reach("exec.ended");
      // First, so that whoever sees its streams end does not find it among the container's any more.
      exec.container.execs.remove(exec.id);
      end(exec, exit.exitCode());
    } finally {
      exec.lock.unlock();
    }
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put("execID", exec.id);
    attributes.put("exitCode", Integer.toString(exit.exitCode()));
    engine.publish(exec.container.row(), "exec_die", attributes);
  }

  /** Has the backend that has the leases now know of every process that its predecessor started. */
  void handOver(String isolation) {
    for (Exec exec : execs.values()) {
      if (exec.container.row().isolation().equals(isolation)) {
        handOver(exec);
      }
    }
  }

  private void handOver(Exec exec) {
    exec.lock.lock();
    try {
      if (exec.phase == Phase.RUNNING) {
        engine.isolation(exec.container.row(), backend -> backend.state(exec.container.id(), exec.id));
      }
    } catch (ProaException e) {
      LOG.warn("exec {} is watched by nobody: {}", exec.id, e.getMessage());
    } finally {
      exec.lock.unlock();
    }
  }

  /** The container's processes are gone, whoever told of their ends. */
  void containerEnded(Container container) {
    for (Exec exec : execs.values()) {
      if (exec.container == container && exec.phase == Phase.RUNNING) {
        end(exec, 137);
      }
    }
    container.execs.clear();
  }

  void containerRemoved(Container container) {
    for (Exec exec : execs.values()) {
      if (exec.container == container) {
        execs.remove(exec.id);
        files.remove(exec.id);
      }
    }
  }
}
