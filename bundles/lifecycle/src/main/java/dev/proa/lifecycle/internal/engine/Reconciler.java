package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.containers.Containers.WaitCondition;
import dev.proa.lifecycle.containers.RestartPolicy;
import dev.proa.lifecycle.internal.Json;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.Status;
import dev.proa.plugins.Drivers;
import dev.proa.spi.DriverContext;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.IsolationBackend;
import dev.proa.spi.isolation.TaskExit;
import dev.proa.spi.isolation.TaskState;
import dev.proa.spi.network.NetworkDriver;
import dev.proa.spi.storage.StorageDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * At the daemon's start: compares the rows, the backends' tasks and the drivers' own resources. Tasks of rows are taken up again, what nobody
 * owns is collected; one failure never stops the sweep.
 */
final class Reconciler {
  private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);
  private static final Duration ENDS = Duration.ofSeconds(5);
  private static final Pattern CONTAINER_ID = Pattern.compile("[0-9a-f]{64}");
  private static final String NOBODY = "";

  private final Engine engine;
  private final Supervisor supervisor;
  private final HealthMonitors health;

  /** Backends that were opened once: a further version of one finds everything in order. */
  private final Set<String> opened = ConcurrentHashMap.newKeySet();

  private final Set<String> unreadable = new HashSet<>();

  Reconciler(Engine engine, Supervisor supervisor, HealthMonitors health) {
    this.engine = engine;
    this.supervisor = supervisor;
    this.health = health;
  }

  /** Reads the rows. A row that cannot be read is left alone, with all that belongs to it, and said. */
  void load() {
    Map<String, byte[]> lives = engine.store.all(ContainerRow.Life.KIND);
    engine
        .store
        .all(ContainerRow.KIND)
        .forEach(
            (id, body) -> {
              try {
                ContainerRow row = Json.read(body, ContainerRow.class, "container " + id);
                byte[] life = lives.get(id);
                engine.table.load(
                    engine.container(life == null ? row : row.with(Json.read(life, ContainerRow.Life.class, "life of container " + id))));
              } catch (ProaException e) {
                unreadable.add(id);
                LOG.error("{}", e.getMessage());
              }
            });
  }

  /** Opens each backend that there is or will be. */
  AutoCloseable openBackends() {
    return engine.drivers.openWith(
        IsolationBackend.class,
        new Drivers.Opener<IsolationBackend>() {
          @Override
          public void open(String name, IsolationBackend backend, DriverContext context) {
            Reconciler.this.open(name, backend, context);
          }

          @Override
          public void replaced(String name) {
            Thread.startVirtualThread(() -> handOver(name));
          }
        });
  }

  /**
   * What the old version started after the new one had adopted, the new one hears of here, so that somebody watches it. Under each container's lock: a
   * start that is under way is over then, and later ones are the new version's.
   */
  private void handOver(String name) {
    for (Container container : engine.table.all()) {
      if (container.row().isolation().equals(name)) {
        attempt("the hand-over of " + container.id(), () -> handOver(container));
      }
    }
    attempt("the hand-over of execs", () -> supervisor.execs().handOver(name));
  }

  private void handOver(Container container) {
    container.lock.lock();
    try {
      ContainerRow row = container.row();
      if (row.state().status().hasProcess()) {
        engine.isolation(row, backend -> backend.state(row.id(), null));
      }
    } catch (ProaException e) {
      if (!e.is(ErrorClass.NOT_FOUND)) {
        throw e;
      }
      // Nobody has it: told as adoption would.
      Thread.startVirtualThread(() -> supervisor.exited(unknownEnd(container)));
    } finally {
      container.lock.unlock();
    }
  }

  private static TaskExit unknownEnd(Container container) {
    ContainerRow.State state = container.row().state();
    return new TaskExit(container.id(), null, state.pid(), 255, Instant.now(), state.oomKilled(), false);
  }

  private void open(String name, IsolationBackend backend, DriverContext context) {
    boolean first = opened.add(name);
    if (first) {
      engine.backends.opening(name, backend);
    }
    boolean good = false;
    try {
      backend.open(context, supervisor);
      adopt(name, backend);
      if (first) {
        sweepTasks(name, backend);
      }
      good = true;
    } finally {
      if (!good) {
        opened.remove(name);
      }
      if (first) {
        engine.backends.opened(name, good);
      }
    }
  }

  private void adopt(String name, IsolationBackend backend) {
    Map<String, Container> expected = new HashMap<>();
    for (Container container : engine.table.all()) {
      if (container.row().isolation().equals(name) && container.row().state().status().hasProcess()) {
        expected.put(container.id(), container);
      }
    }
    List<Container> over = new ArrayList<>();
    for (TaskState task : backend.adopt(List.copyOf(expected.keySet()))) {
      // One that still waits was never let go: it is told as ended, and deleted with that.
      Container container = task.status() == TaskState.Status.CREATED ? null : expected.remove(task.id());
      if (container != null && !takeUp(container, task)) {
        over.add(container);
      }
    }
    // The backend tells of an end it knows; one that it never heard of is told here.
    for (Container missing : expected.values()) {
      over.add(missing);
      Thread.startVirtualThread(() -> supervisor.exited(unknownEnd(missing)));
    }
    awaitEnds(over);
  }

  /** So that nobody is told that a container runs which ended long ago. */
  private static void awaitEnds(List<Container> over) {
    long deadline = System.nanoTime() + ENDS.toNanos();
    for (Container container : over) {
      CompletableFuture<?> end;
      container.lock.lock();
      try {
        if (!container.row().state().status().hasProcess()) {
          continue;
        }
        end = container.await(WaitCondition.NOT_RUNNING);
      } finally {
        container.lock.unlock();
      }
      try {
        end.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException | ExecutionException e) {
        LOG.warn("{} has ended, but its end is not told yet", container.id());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** False if it has ended. */
  private boolean takeUp(Container container, TaskState task) {
    container.lock.lock();
    try {
      ContainerRow row = container.row();
      if (!row.state().status().hasProcess()) {
        return true;
      }
      switch (task.status()) {
        case RUNNING, PAUSED -> {
          Status now = task.status() == TaskState.Status.PAUSED ? Status.PAUSED : Status.RUNNING;
          if (row.state().status() != now) {
            engine.table.update(container, row.with(row.state().with(now)));
          }
          supervisor.connectLate(container);
          engine.names().adopt(container.row());
          health.start(container);
        }
        // Its end is told by the backend.
        case STOPPED -> {
          return false;
        }
        case CREATED -> throw new AssertionError("a task that waits is not taken up");
      }
      return true;
    } finally {
      container.lock.unlock();
    }
  }

  /** Tasks that were made for a start which was never acknowledged. */
  private void sweepTasks(String name, IsolationBackend backend) {
    for (String id : backend.walk()) {
      Container container = engine.table.byId(id);
      boolean owned = container != null && container.row().isolation().equals(name) && container.row().state().status().hasProcess();
      if (!owned && !unreadable.contains(id)) {
        LOG.info("removing task {}: no container runs in it", id);
        attempt("task " + id, () -> backend.delete(id));
      }
    }
  }

  /** Endpoints that no container has. Before any can be made: an endpoint comes before its row. */
  void sweepEndpoints() {
    List<String> endpoints = new ArrayList<>();
    for (var row : engine.table.rows()) {
      for (var settings : row.networks().values()) {
        String endpoint = settings.endpointId();
        // A container that does not run is on its networks by name only.
        if (endpoint != null && !endpoint.isEmpty()) {
          endpoints.add(endpoint);
        }
      }
    }
    for (String driver : engine.drivers.names(NetworkDriver.class)) {
      attempt("network driver " + driver, () -> engine.drivers.run(NetworkDriver.class, driver, network -> network.sweep(endpoints)));
    }
  }

  /** Roots, folders and volumes that nobody owns; while containers are made and removed. */
  void sweep() {
    for (String driver : engine.drivers.names(StorageDriver.class)) {
      attempt("storage driver " + driver, () -> sweepRoots(driver));
    }
    attempt("containers' folders", () -> sweepFolders(engine.folders()));
    attempt("containers' folders", () -> sweepFolders(engine.runFolders()));
    attempt("shared memory", () -> engine.sharedMemory.sweep(id -> unreadable.contains(id) || isStarted(id)));
    attempt("volumes", engine.volumes::sweep);
    attempt("images", engine.images::collect);
  }

  private boolean owned(String id) {
    return unreadable.contains(id) || engine.owned(id);
  }

  /** Under its lock: one that is just being started has its shared memory before its row says so. */
  private boolean isStarted(String id) {
    Container container = engine.table.byId(id);
    if (container == null) {
      return false;
    }
    container.lock.lock();
    try {
      return container.row().state().status().hasProcess();
    } finally {
      container.lock.unlock();
    }
  }

  private void sweepRoots(String driver) {
    Map<String, String> found = new HashMap<>();
    engine.drivers.run(
        StorageDriver.class,
        driver,
        storage ->
            storage.walk(
                snapshot -> {
                  String owner = owner(snapshot);
                  if (owner != null) {
                    found.put(snapshot.key(), owner);
                  }
                }));
    found.forEach(
        (key, owner) -> {
          if (!owned(owner)) {
            LOG.info("removing root {} from {}: it is no container's", key, driver);
            attempt("root " + key, () -> engine.drivers.run(StorageDriver.class, driver, storage -> storage.remove(key)));
          }
        });
  }

  /** The container that a snapshot is the root of, or a view of an image for; {@link #NOBODY} for what a builder has left, null for what is none of it. */
  private static @Nullable String owner(StorageDriver.SnapshotInfo snapshot) {
    Matcher view = ImageMounts.KEY.matcher(snapshot.key());
    return switch (snapshot.kind()) {
      case ACTIVE -> CONTAINER_ID.matcher(snapshot.key()).matches() ? snapshot.key() : null;
      case VIEW -> view.matches() ? view.group(1) : snapshot.key().startsWith(ImageViewRoots.KEY_PREFIX) ? NOBODY : null;
      case LAYER -> null;
    };
  }

  private void sweepFolders(Path folder) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (var entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        String id = entry.getFileName().toString();
        if (CONTAINER_ID.matcher(id).matches() && !owned(id)) {
          LOG.info("removing {}: it is no container's", entry);
          Trees.deleteQuietly(entry);
        }
      }
    } catch (IOException e) {
      LOG.warn("{}: {}", folder, e.getMessage());
    }
  }

  private static void attempt(String what, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      LOG.warn("left-overs of {} are not collected: {}", what, e.getMessage());
    }
  }

  /** Starts what its policy wants to run: after a restart of the host, or because the daemon ended before it could. */
  void restart() {
    for (Container container : engine.table.all()) {
      container.lock.lock();
      try {
        ContainerRow row = container.row();
        if (wantsToRun(row)) {
          engine.table.update(container, row.with(row.state().with(Status.RESTARTING)));
          int generation = container.generation;
          Thread.startVirtualThread(() -> supervisor.startAgain(container, generation));
        } else if (row.hostConfig().autoRemove() && row.state().status() == Status.EXITED) {
          Thread.startVirtualThread(() -> supervisor.removeLate(container));
        }
      } catch (RuntimeException e) {
        LOG.error("{} is not started: {}", container.id(), e.getMessage());
      } finally {
        container.lock.unlock();
      }
    }
  }

  private static boolean wantsToRun(ContainerRow row) {
    if (row.state().status() == Status.RESTARTING) {
      return true;
    }
    RestartPolicy policy = row.hostConfig().restartPolicy();
    String name = policy == null || policy.name() == null ? "no" : policy.name();
    boolean idle = row.state().status() == Status.EXITED;
    return idle && (name.equals("always") || name.equals("unless-stopped") && !row.state().stoppedByUser());
  }
}
