package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.containers.ContainerState;
import dev.proa.lifecycle.containers.HostConfig;
import dev.proa.lifecycle.internal.create.Modes;
import dev.proa.lifecycle.internal.logs.ContainerLog;
import dev.proa.lifecycle.internal.run.NetworkFiles;
import dev.proa.lifecycle.internal.run.RootPaths;
import dev.proa.lifecycle.internal.run.SpecBuilder;
import dev.proa.lifecycle.internal.run.SpecRequest;
import dev.proa.lifecycle.internal.run.UserLookup;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.MountRow;
import dev.proa.lifecycle.internal.state.Status;
import dev.proa.lifecycle.internal.streams.OutputLog;
import dev.proa.lifecycle.internal.streams.ProcessStreams;
import dev.proa.lifecycle.internal.users.SubordinateIds;
import dev.proa.linux.FaultPoints;
import dev.proa.spi.Mount;
import dev.proa.spi.ProaException;
import dev.proa.lifecycle.containers.StartPlan;
import dev.proa.spi.isolation.TaskSpec;
import dev.proa.spi.isolation.TaskState;
import dev.proa.spi.isolation.TaskStreams;
import dev.proa.spi.storage.StorageDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Starts containers: everything that a process needs, then the process, then one transaction. */
final class Starter {
  /** Distinct users of distinct images are few; a client that makes many must not fill the memory. */
  private static final int REMEMBERED_USERS = 256;

  private final Engine engine;
  private final Host host;
  private final Endpoints endpoints;

  /** What an image's files say; asked again only for a root that may have been changed. */
  private final Map<UserKey, UserFacts> users = new LinkedHashMap<>();

  private record UserKey(String imageId, String user, List<String> groups, String directory) {}

  private record UserFacts(UserLookup.User user, boolean hasDirectory) {}

  Starter(Engine engine, Host host) {
    this.engine = engine;
    this.host = host;
    this.endpoints = new Endpoints(engine);
  }

  Endpoints endpoints() {
    return endpoints;
  }

  /** What a client asks for: checks the state first. The lock is held. */
  void startByUser(Container container) {
    ContainerRow row = container.row();
    switch (row.state().status()) {
      case RUNNING -> throw ProaException.notModified("container " + row.name() + " is already running");
      case PAUSED -> throw ProaException.conflict("cannot start a paused container, try unpause instead");
      case REMOVING, DEAD -> throw ProaException.conflict("container is marked for removal and cannot be started");
      case CREATED, EXITED, RESTARTING -> {}
    }
    container.stopping = false;
    start(container, row.state().restarts(0));
  }

  /**
   * Starts it. The lock is held.
   *
   * @param state the row's, with what the start changes but status, process and times
   */
  void start(Container container, ContainerRow.State state) {
    ContainerRow row = container.row();
    try {
      TaskState task = launch(container, row);
      ContainerRow started = container.row();
      Instant at = task.startedAt() == null ? Instant.now() : task.startedAt();
      try {
        engine.table.update(container, started.with(state.started(task.pid(), at)));
      } catch (RuntimeException e) {
        undo(container, e);
        throw e;
      }
      FaultPoints.reach("start.row-written");
      container.generation++;
      engine.publish(row, "start", Map.of());
    } catch (RuntimeException e) {
      throw fail(container, e);
    }
  }

  /** The row says why; the failure is what the client gets. */
  private ProaException fail(Container container, RuntimeException e) {
    StartFailure failure = StartFailure.of("failed to create task for container", e);
    ContainerRow row = container.row();
    engine.sharedMemory.remove(row.id());
    engine.unmount(row);
    String message = String.valueOf(failure.toClient().getMessage());
    if (row.state().status() != Status.REMOVING) {
      Status status = row.state().status() == Status.RESTARTING ? Status.EXITED : row.state().status();
      try {
        engine.table.update(container, row.with(row.state().with(status).failed(failure.exitCode(), message)));
      } catch (RuntimeException store) {
        failure.toClient().addSuppressed(store);
      }
    }
    return failure.toClient();
  }

  /** What a start would do. The lock is held. */
  StartPlan plan(Container container) {
    ContainerRow row = container.row();
    if (row.state().status().hasProcess()) {
      throw ProaException.conflict("container " + row.name() + " is running: the plan of its start is of the past");
    }
    TaskSpec task = task(row);
    try {
      return StartPlan.of(engine.isolation(row, backend -> backend.plan(task)));
    } finally {
      engine.sharedMemory.remove(row.id());
    }
  }

  private TaskSpec task(ContainerRow row) {
    List<Mount> rootfs = engine.drivers.use(StorageDriver.class, row.storageDriver(), driver -> driver.mounts(row.id()));
    try (LazyRoot root = new LazyRoot(rootfs)) {
      return new TaskSpec(row.id(), SpecBuilder.build(request(row, root)), rootfs, row.config().openStdin(), List.of(NetworkFiles.MARKER), NetworkFiles.LINKS);
    } catch (IOException e) {
      throw Trees.failure("cannot prepare container " + row.name(), e);
    }
  }

  private TaskState launch(Container container, ContainerRow row) {
    TaskSpec spec = task(row);
    FaultPoints.reach("start.prepared");
    ContainerLog log = container.log;
    if (log != null) {
      log.begin();
    }
    boolean started = false;
    try {
      TaskState created = engine.isolation(row, backend -> backend.create(spec));
      FaultPoints.reach("start.task-created");
      TaskStreams streams = engine.isolation(row, backend -> backend.streams(row.id(), null));
      container.streams.connect(streams, log == null ? OutputLog.NONE : log);
      endpoints.attach(container, created);
      FaultPoints.reach("start.endpoints-attached");
      TaskState task = engine.isolation(row, backend -> backend.start(row.id()));
      FaultPoints.reach("start.task-started");
      started = true;
      return task;
    } catch (RuntimeException e) {
      undo(container, e);
      throw e;
    } finally {
      if (!started && log != null) {
        log.end();
      }
    }
  }

  /** What a failed start made goes away again; the first failure is the one that is told. */
  private void undo(Container container, RuntimeException first) {
    ContainerRow row = container.row();
    try {
      engine.isolate(row, backend -> backend.delete(row.id()));
    } catch (RuntimeException e) {
      first.addSuppressed(e);
    }
    engine.sharedMemory.remove(row.id());
    engine.unmount(row);
    endpoints.detach(row);
    ProcessStreams streams = container.streams;
    streams.abandon();
    streams.close();
    container.streams = engine.streams(row);
  }

  private SpecRequest request(ContainerRow row, LazyRoot root) throws IOException {
    boolean first = row.state().startedAt().equals(ContainerState.NEVER);
    UserLookup.User user = user(row, root, first);
    List<MountRow> mounts = RunMounts.ready(engine, row, first, root);
    Path folder = engine.runFolder(row.id());
    Files.createDirectories(folder);
    String mode = String.valueOf(row.hostConfig().networkMode());
    Map<String, String> files =
        Modes.isContainer(mode)
            ? NetworkFiles.shared(engine.runFolder(donor(Modes.containerOf(mode), "network").id()))
            : NetworkFiles.write(folder, row, endpoints.isNamed(row));
    SubordinateIds remap = Modes.HOST.equals(row.hostConfig().usernsMode()) ? null : host.facts().remap();
    return new SpecRequest(
        row, user, mounts, files, sharedMemory(row), init(row), pids(row), endpoints.onHost(row), host.facts().features().apparmor(), remap, new LegacyLinks(engine.table).environment(row));
  }

  private UserLookup.User user(ContainerRow row, LazyRoot root, boolean first) {
    String directory = row.config().workingDir() == null ? "" : row.config().workingDir();
    List<String> groups = row.hostConfig().groupAdd() == null ? List.of() : row.hostConfig().groupAdd();
    UserKey key = new UserKey(row.imageId(), row.config().user() == null ? "" : row.config().user(), groups, directory);
    UserFacts facts = null;
    if (first) {
      synchronized (users) {
        facts = users.get(key);
      }
    }
    if (facts == null) {
      facts =
          new UserFacts(
              UserLookup.lookUp(root.get(), key.user(), groups), directory.isEmpty() || directory.equals("/") || RootPaths.isFolder(root.get(), directory));
      if (first) {
        remember(key, facts);
      }
    }
    if (!facts.hasDirectory()) {
      RootPaths.makeFolders(root.get(), directory);
    }
    return facts.user();
  }

  private void remember(UserKey key, UserFacts facts) {
    synchronized (users) {
      users.put(key, facts);
      if (users.size() > REMEMBERED_USERS) {
        users.remove(users.keySet().iterator().next());
      }
    }
  }

  /** The folder that is /dev/shm; null for one of its own. */
  private @Nullable String sharedMemory(ContainerRow row) {
    String mode = String.valueOf(row.hostConfig().ipcMode());
    if (Modes.isContainer(mode)) {
      return engine.sharedMemory.of(Modes.containerOf(mode)).toString();
    }
    if (!mode.equals("shareable")) {
      return null;
    }
    engine.sharedMemory.make(row.id(), row.hostConfig().shmSize());
    return engine.sharedMemory.of(row.id()).toString();
  }

  private @Nullable String init(ContainerRow row) {
    HostConfig hostConfig = row.hostConfig();
    if (!Boolean.TRUE.equals(hostConfig.init()) || !String.valueOf(hostConfig.pidMode()).isEmpty()) {
      return null;
    }
    Path init = host.init();
    if (init == null) {
      throw ProaException.failedPrecondition("--init needs a small init on the host and there is none: install tini");
    }
    return init.toString();
  }

  /** The processes whose namespaces are shared. */
  private Map<String, Integer> pids(ContainerRow row) {
    Map<String, Integer> pids = new HashMap<>();
    pid(row.hostConfig().networkMode(), "network", pids);
    pid(row.hostConfig().pidMode(), "PID", pids);
    pid(row.hostConfig().ipcMode(), "IPC", pids);
    return pids;
  }

  /** The container whose namespace is to be joined; dockerd's words. */
  private Container donor(String ref, String what) {
    try {
      return engine.table.get(ref);
    } catch (ProaException e) {
      throw new ProaException(e.errorClass(), "joining " + what + " namespace of container: " + e.getMessage(), e);
    }
  }

  private void pid(@Nullable String mode, String what, Map<String, Integer> pids) {
    if (mode == null || !Modes.isContainer(mode)) {
      return;
    }
    Container other = donor(Modes.containerOf(mode), what);
    ContainerRow.State state = other.row().state();
    if (!state.status().hasProcess() || state.pid() <= 0) {
      throw ProaException.conflict("cannot join " + what + " namespace of a non running container: container " + other.id() + " is not running");
    }
    if (what.equals("IPC") && !"shareable".equals(other.row().hostConfig().ipcMode())) {
      throw ProaException.invalid(
          "cannot join IPC namespace of container " + other.id() + ": non-shareable IPC (hint: use IpcMode:shareable for the donor container)");
    }
    pids.put(other.id(), state.pid());
  }
}
