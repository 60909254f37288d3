package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.containers.RestartPolicy;
import dev.proa.lifecycle.internal.logs.ContainerLog;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.Status;
import dev.proa.lifecycle.internal.streams.OutputLog;
import dev.proa.lifecycle.internal.streams.ProcessStreams;
import dev.proa.linux.FaultPoints;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.TaskExit;
import dev.proa.spi.isolation.TaskListener;
import dev.proa.spi.isolation.TaskState;
import dev.proa.spi.isolation.TaskStreams;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hears of the ends of processes: the row, the events, the restart policy, the removal of what was to be removed by itself. */
final class Supervisor implements TaskListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);

  /** A process that was left behind in the host's pid namespace can hold the streams open for as long as it likes. */
  private static final Duration DRAIN = Duration.ofSeconds(2);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  /** Who ran that long is not failing in a loop. */
  private static final Duration STABLE = Duration.ofSeconds(10);

  private final Engine engine;
  private final Starter starter;
  private final Removal removal;
  private final ExecTable execs;
  private final HealthMonitors health;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("restart-timer").factory());

  Supervisor(Engine engine, Starter starter, Removal removal, ExecTable execs, HealthMonitors health) {
    this.engine = engine;
    this.starter = starter;
    this.removal = removal;
    this.execs = execs;
    this.health = health;
  }

  /** The daemon ends: nothing is started any more. */
  @Override
  public void close() {
    timer.shutdownNow();
  }

  @Override
  public void outOfMemory(String id) {
    Container container = engine.table.byId(id);
    if (container == null) {
      return;
    }
    container.lock.lock();
    try {
      ContainerRow row = container.row();
      if (!row.state().oomKilled()) {
        // Written with the end, or the next change: by itself it is not worth a transaction.
        container.row(row.with(row.state().outOfMemory()));
        engine.publish(row, "oom", Map.of());
      }
    } finally {
      container.lock.unlock();
    }
  }

  @Override
  public void exited(TaskExit exit) {
    if (exit.execId() != null) {
      execs.exited(exit);
      return;
    }
    Container container = engine.table.byId(exit.id());
    if (container == null) {
      return;
    }
    ProcessStreams streams;
    container.lock.lock();
    try {
      if (!isCurrent(container, exit) || !exit.known() && runs(container)) {
        return;
      }
      connectLate(container);
      streams = container.streams;
    } finally {
      container.lock.unlock();
    }
    if (!streams.awaitDrained(DRAIN)) {
      LOG.info("{}: its output is held open by another process and is read no further", exit.id());
    }
    FaultPoints.reach("exit.output-read");
    container.lock.lock();
    try {
      if (isCurrent(container, exit)) {
        ended(container, exit, streams);
      }
    } finally {
      container.lock.unlock();
    }
  }

  private static boolean isCurrent(Container container, TaskExit exit) {
    ContainerRow.State state = container.row().state();
    boolean same = exit.pid() == 0 || state.pid() == 0 || exit.pid() == state.pid();
    return state.status().hasProcess() && same;
  }

  /** An end that nobody saw is believed only when the backend does not know better: it may have been started again while it was looked for. */
  private boolean runs(Container container) {
    ContainerRow row = container.row();
    try {
      TaskState.Status status = engine.isolation(row, backend -> backend.state(row.id(), null)).status();
      return status == TaskState.Status.RUNNING || status == TaskState.Status.PAUSED;
    } catch (ProaException e) {
      if (e.is(ErrorClass.NOT_FOUND)) {
        return false;
      }
      throw e;
    }
  }

  ExecTable execs() {
    return execs;
  }

  /** It ended while no daemon was there: what it said last is still in its streams. */
  void connectLate(Container container) {
    ContainerRow row = container.row();
    if (container.streams.connected()) {
      return;
    }
    ContainerLog log = container.log;
    try {
      TaskStreams streams = engine.isolation(row, backend -> backend.streams(row.id(), null));
      if (log != null) {
        log.begin();
      }
      container.streams.connect(streams, log == null ? OutputLog.NONE : log);
    } catch (ProaException e) {
      LOG.warn("{}: its streams cannot be read any more: {}", row.id(), e.getMessage());
      container.streams.abandon();
    }
  }

  /** The lock is held. */
  private void ended(Container container, TaskExit exit, ProcessStreams streams) {
    ContainerRow row = container.row();
    ContainerRow.State state = row.state();
    boolean restart = restarts(container, exit.exitCode());
    boolean remove = row.hostConfig().autoRemove() && !restart && !container.restarting;
    boolean byUser = state.stoppedByUser() || container.stopping;
    ContainerRow.State next =
        state
            .ended(restart ? Status.RESTARTING : Status.EXITED, exit.exitCode(), exit.exitedAt(), exit.oomKilled() || state.oomKilled())
            .stopped(byUser && !container.restarting)
            .restarts(restart ? state.restartCount() + 1 : state.restartCount());
    if (!exit.known()) {
      next = next.failed(exit.exitCode(), "the process ended while nobody watched it: its exit code is not known");
    }
    health.stop(container);
    ContainerRow ended = row.with(next).withNetworks(EndpointRows.detached(row), row.attached().detached());
    // One that is removed by itself leaves no row that says it has ended: the removal is its one transaction.
    if (!remove) {
      engine.table.update(container, ended);
    } else {
      container.row(ended);
    }
    FaultPoints.reach("exit.row-written");
    ContainerLog log = container.log;
    if (log != null) {
      log.end();
    }
    streams.close();
    container.streams = engine.streams(row);
    execs.containerEnded(container);
    publishDie(row, exit, state.startedAt());
    container.ended(exit.exitCode());
    forget(row);
    FaultPoints.reach("exit.task-deleted");
    if (remove) {
      removal.removeEnded(container);
    } else if (restart) {
      schedule(container, state.startedAt(), exit.exitedAt());
    }
  }

  private void publishDie(ContainerRow row, TaskExit exit, Instant startedAt) {
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put("exitCode", Integer.toString(exit.exitCode()));
    attributes.put("execDuration", Long.toString(Math.max(0, Duration.between(startedAt, exit.exitedAt()).toSeconds())));
    engine.publish(row, "die", attributes);
  }

  private void forget(ContainerRow row) {
    try {
      engine.isolate(row, backend -> backend.delete(row.id()));
    } catch (RuntimeException e) {
      LOG.warn("{}: what its process held is left until the next start: {}", row.id(), e.getMessage());
    }
    engine.sharedMemory.remove(row.id());
    engine.unmount(row);
    starter.endpoints().detach(row);
  }

  private static boolean restarts(Container container, int exitCode) {
    if (container.stopping || container.restarting) {
      return false;
    }
    RestartPolicy policy = container.row().hostConfig().restartPolicy();
    String name = policy == null || policy.name() == null ? "no" : policy.name();
    return switch (name) {
      case "always", "unless-stopped" -> true;
      case "on-failure" ->
          exitCode != 0
              && (policy.maximumRetryCount() == 0 || container.row().state().restartCount() < policy.maximumRetryCount());
      default -> false;
    };
  }

  private void schedule(Container container, Instant startedAt, Instant endedAt) {
    boolean stable = Duration.between(startedAt, endedAt).compareTo(STABLE) > 0;
    Duration pause = stable || container.backOff.isZero() ? FIRST_PAUSE : container.backOff.multipliedBy(2);
    container.backOff = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
    int generation = container.generation;
    timer.schedule(
        () -> Thread.startVirtualThread(() -> startAgain(container, generation)), container.backOff.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** One that was to be removed at its end, which came while no daemon was there to do it. */
  void removeLate(Container container) {
    container.lock.lock();
    try {
      if (engine.table.byId(container.id()) != null && container.row().state().status() == Status.EXITED) {
        removal.removeEnded(container);
      }
    } finally {
      container.lock.unlock();
    }
  }

  /** Unless somebody has stopped, started or removed it meanwhile. */
  void startAgain(Container container, int generation) {
    container.lock.lock();
    try {
      if (container.row().state().status() == Status.RESTARTING && container.generation == generation && !timer.isShutdown()) {
        starter.start(container, container.row().state());
        health.start(container);
      }
    } catch (ProaException e) {
      LOG.error("{} is not started again: {}", container.id(), e.getMessage());
    } finally {
      container.lock.unlock();
    }
  }
}
