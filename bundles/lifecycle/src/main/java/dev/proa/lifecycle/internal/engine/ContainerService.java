package dev.proa.lifecycle.internal.engine;

import dev.proa.images.ImageUsers;
import dev.proa.lifecycle.containers.AttachRequest;
import dev.proa.lifecycle.containers.Attachment;
import dev.proa.lifecycle.containers.ContainerStats;
import dev.proa.lifecycle.containers.ContainerSummary;
import dev.proa.lifecycle.containers.ContainerView;
import dev.proa.lifecycle.containers.Containers;
import dev.proa.lifecycle.containers.FileArchive;
import dev.proa.lifecycle.containers.FilesystemChange;
import dev.proa.lifecycle.containers.LogStream;
import dev.proa.lifecycle.containers.LogsRequest;
import dev.proa.lifecycle.containers.PathStat;
import dev.proa.lifecycle.containers.StartPlan;
import dev.proa.lifecycle.containers.TopView;
import dev.proa.lifecycle.containers.UpdateRequest;
import dev.proa.lifecycle.internal.files.ContainerFiles;
import dev.proa.lifecycle.internal.logs.ContainerLog;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.Status;
import dev.proa.lifecycle.internal.streams.ProcessStreams;
import dev.proa.lifecycle.internal.streams.StreamAttachment;
import dev.proa.linux.FaultPoints;
import dev.proa.spi.ProaException;
import dev.proa.spi.storage.StorageDriver;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The verbs on containers: each finds its container, checks the state, and hands on to who can do it. */
final class ContainerService implements Containers {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerService.class);

  /** How old a container should be when its log is read. */
  private static final Duration SETTLING = Duration.ofMillis(100);

  private final Engine engine;
  private final Creation creation;
  private final Starter starter;
  private final Stopper stopper;
  private final Removal removal;
  private final HealthMonitors health;
  private final ContainerViews views;
  private final ContainerList list;
  private final StatsReader stats;
  private final Processes processes;
  private final RootAccess root;
  private final Committing committing;
  private final ContainerChanges changes;

  ContainerService(Engine engine, Host host, Starter starter, Removal removal, HealthMonitors health) {
    this.engine = engine;
    this.creation = new Creation(engine, host);
    this.starter = starter;
    this.stopper = new Stopper(engine);
    this.removal = removal;
    this.health = health;
    this.views = new ContainerViews(engine);
    this.list = new ContainerList(engine, views);
    this.stats = new StatsReader(engine, host);
    this.processes = new Processes(engine);
    this.root = new RootAccess(engine);
    this.committing = new Committing(engine, this);
    this.changes = new ContainerChanges(engine, host);
  }

  @Override
  public Created create(CreateRequest request) {
    return creation.create(request);
  }

  @Override
  public void start(String ref) {
    Container container = engine.table.get(ref);
    container.lock.lock();
    try {
      start(container);
    } finally {
      container.lock.unlock();
    }
  }

  private void start(Container container) {
    try {
      starter.startByUser(container);
      health.start(container);
    } catch (ProaException e) {
      boolean failed = container.row().state().status() == Status.CREATED || container.row().state().status() == Status.EXITED;
      if (failed && container.row().hostConfig().autoRemove()) {
        removal.removeEnded(container);
      }
      throw e;
    }
  }

  @Override
  public StartPlan plan(String ref) {
    Container container = engine.table.get(ref);
    container.lock.lock();
    try {
      return starter.plan(container);
    } finally {
      container.lock.unlock();
    }
  }

  @Override
  public void stop(String ref, StopOptions options) {
    stopper.stop(engine.table.get(ref), options, false);
  }

  @Override
  public void restart(String ref, StopOptions options) {
    Container container = engine.table.get(ref);
    try {
      if (ContainerViews.isUp(container.row().state().status())) {
        stopper.stop(container, options, true);
        FaultPoints.reach("restart.stopped");
      }
    } finally {
      container.restarting = false;
    }
    container.lock.lock();
    try {
      start(container);
      engine.publish(container.row(), "restart", Map.of());
    } finally {
      container.lock.unlock();
    }
  }

  @Override
  public void kill(String ref, @Nullable String signal) {
    stopper.kill(engine.table.get(ref), ref, signal);
  }

  @Override
  public void pause(String ref) {
    changes.pause(engine.table.get(ref));
  }

  @Override
  public void unpause(String ref) {
    changes.unpause(engine.table.get(ref));
  }

  @Override
  public void rename(String ref, String newName) {
    changes.rename(ref, newName);
  }

  @Override
  public List<String> update(String ref, UpdateRequest request) {
    return changes.update(engine.table.get(ref), request);
  }

  @Override
  public void remove(String ref, boolean volumes, boolean force) {
    Container container = engine.table.get(ref);
    if (force) {
      stopper.killAndWait(container);
    }
    container.lock.lock();
    try {
      ContainerRow row = container.row();
      String why =
          switch (row.state().status()) {
            case RUNNING -> "container is running: stop the container before removing or force remove";
            case PAUSED -> "container is paused and must be unpaused first";
            case RESTARTING -> "container is restarting: stop the container before removing or force remove";
            case CREATED, EXITED, REMOVING, DEAD -> "";
          };
      if (!why.isEmpty()) {
        throw ProaException.conflict("cannot remove container \"" + row.name() + "\": " + why);
      }
      // A forced end of a container that is removed by itself has done it already.
      if (!force || engine.table.byId(row.id()) != null) {
        removal.remove(container, volumes);
      }
    } finally {
      container.lock.unlock();
    }
  }

  @Override
  public void resize(String ref, int rows, int columns) {
    Container container = engine.table.get(ref);
    ContainerRow row = container.row();
    if (!row.state().status().hasProcess()) {
      throw ProaException.conflict("container " + row.id() + " is not running");
    }
    engine.isolate(row, backend -> backend.resize(row.id(), null, rows, columns));
    engine.publish(row, "resize", Map.of("height", Integer.toString(rows), "width", Integer.toString(columns)));
  }

  @Override
  public ContainerView inspect(String ref, boolean size) {
    return views.view(engine.table.get(ref), size);
  }

  @Override
  public List<ContainerSummary> list(ListOptions options) {
    return list.list(options);
  }

  @Override
  public List<ImageUsers.ImageUser> usersOf(String imageId) {
    return list.usersOf(imageId);
  }

  @Override
  public CompletableFuture<WaitResult> await(String ref, WaitCondition condition) {
    Container container = engine.table.get(ref);
    container.lock.lock();
    try {
      ContainerRow.State state = container.row().state();
      boolean over =
          switch (condition) {
            case NOT_RUNNING -> !state.status().hasProcess();
            case NEXT_EXIT -> false;
            case REMOVED -> engine.table.byId(container.id()) == null;
          };
      return over
          ? CompletableFuture.completedFuture(new WaitResult(state.exitCode(), state.error().isEmpty() ? null : state.error()))
          : container.await(condition);
    } finally {
      container.lock.unlock();
    }
  }

  @Override
  public Attachment attach(String ref, AttachRequest request) {
    ProcessStreams.checkDetachKeys(request.detachKeys());
    Container container = engine.table.get(ref);
    if (request.logs() && !request.stream()) {
      settle(container);
    }
    container.lock.lock();
    try {
      ContainerRow row = container.row();
      switch (row.state().status()) {
        case PAUSED ->
            throw ProaException.conflict("container " + row.id() + " is paused, unpause the container before attach");
        case RESTARTING -> throw ProaException.conflict("container " + row.id() + " is restarting, wait until the container is running");
        default -> {}
      }
      AttachRequest wanted =
          new AttachRequest(
              request.stream(),
              request.logs(),
              request.stdin() && row.config().openStdin(),
              request.stdout(),
              request.stderr(),
              request.detachKeys());
      StreamAttachment attachment = container.streams.attach(wanted, () -> engine.publish(container.row(), "detach", Map.of()));
      ContainerLog log = container.log;
      if (request.logs() && log != null) {
        LogsRequest replay = new LogsRequest(request.stdout(), request.stderr(), null, null, false, -1, false, false);
        attachment.after(sink -> log.read(replay, row.config().tty()).pump(sink));
      }
      if (request.stream()) {
        engine.publish(row, "attach", Map.of());
      }
      return attachment;
    } finally {
      container.lock.unlock();
    }
  }

  /**
   * A start takes so little time here that who reads the log next would find nothing in it yet; clients count on it that what a command says at once
   * is there. Waits until the container is up for a moment, or over.
   */
  private void settle(Container container) {
    ContainerRow.State state = container.row().state();
    long millis = state.status() == Status.RUNNING ? SETTLING.minus(Duration.between(state.startedAt(), Instant.now())).toMillis() : 0;
    if (millis <= 0 || millis > SETTLING.toMillis()) {
      return;
    }
    CompletableFuture<WaitResult> end = await(container.id(), WaitCondition.NOT_RUNNING);
    try {
      end.get(millis, TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      LOG.trace("{}: its log is read while it runs", container.id());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      end.cancel(false);
    }
  }

  @Override
  public LogStream logs(String ref, LogsRequest request) {
    if (!request.stdout() && !request.stderr()) {
      throw ProaException.invalid("Bad parameters: you must choose at least one stream");
    }
    Container container = engine.table.get(ref);
    if (!request.follow()) {
      settle(container);
    }
    ContainerLog log = container.log;
    if (log == null) {
      throw ProaException.notImplemented("configured logging driver does not support reading");
    }
    return log.read(request, container.row().config().tty());
  }

  @Override
  public TopView top(String ref, @Nullable String psArguments) {
    ContainerRow row = engine.table.get(ref).row();
    TopView processesNow = processes.top(row, psArguments);
    engine.publish(row, "top", Map.of());
    return processesNow;
  }

  @Override
  public ContainerStats stats(String ref) {
    return stats.read(engine.table.get(ref).row());
  }

  @Override
  public List<FilesystemChange> changes(String ref) {
    ContainerRow row = engine.table.get(ref).row();
    return RootChanges.of(row, engine.drivers.use(StorageDriver.class, row.storageDriver(), driver -> driver.changes(row.id())));
  }

  @Override
  public void unlink(String name) {
    new LegacyLinks(engine.table).remove(name);
  }

  @Override
  public FileArchive export(String ref) {
    return root.export(engine.table.get(ref));
  }

  @Override
  public String commit(String ref, CommitOptions options) {
    return committing.commit(engine.table.get(ref), options);
  }

  @Override
  public PathStat stat(String ref, String path) {
    return root.stat(engine.table.get(ref), ref, path);
  }

  @Override
  public FileArchive archive(String ref, String path) {
    return root.archive(engine.table.get(ref), ref, path);
  }

  @Override
  public void extract(String ref, String path, ExtractOptions options, InputStream tar) {
    Container container = engine.table.get(ref);
    ContainerRow row = container.row();
    String user = options.containerUser() ? row.config().user() : null;
    boolean readOnly = row.hostConfig().readonlyRootfs();
    root.extract(container, ref, path, new ContainerFiles.ExtractOptions(options.noOverwriteDirNonDir(), user, readOnly), tar);
  }

  @Override
  public Pruned prune(Map<String, List<String>> filters) {
    Filters.check(filters, Set.of("until", "label", "label!"));
    long until = Times.until(Filters.values(filters, "until"));
    List<String> deleted = new ArrayList<>();
    long reclaimed = 0;
    for (Container container : engine.table.all()) {
      container.lock.lock();
      try {
        ContainerRow row = container.row();
        Map<String, String> labels = Engine.labels(row);
        boolean idle = row.state().status() == Status.CREATED || row.state().status() == Status.EXITED;
        if (idle && row.created().getEpochSecond() < until && Filters.labels(filters, labels) && !Filters.anyLabel(filters, "label!", labels)) {
          long size = engine.drivers.use(StorageDriver.class, row.storageDriver(), driver -> driver.usage(row.id()).sizeBytes());
          removal.remove(container, false);
          reclaimed += size;
          deleted.add(row.id());
        }
      } finally {
        container.lock.unlock();
      }
    }
    engine.events.publish("container", "prune", "", Map.of("reclaimed", Long.toString(reclaimed)));
    return new Pruned(deleted, reclaimed);
  }
}
