package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.containers.Containers.StopOptions;
import dev.proa.lifecycle.containers.Containers.WaitCondition;
import dev.proa.lifecycle.containers.Containers.WaitResult;
import dev.proa.lifecycle.internal.create.Signals;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.Status;
import dev.proa.linux.FaultPoints;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Signals containers and waits for their ends. */
final class Stopper {
  private static final int SIGTERM = 15;
  private static final int SIGKILL = 9;
  private static final int DEFAULT_SECONDS = 10;

  /** After SIGKILL; beyond it a process hangs in the kernel. */
  private static final Duration KILLED = Duration.ofSeconds(30);

  private final Engine engine;

  Stopper(Engine engine) {
    this.engine = engine;
  }

  /** Returns once the container has no process any more. @param forRestart it will be started again at once */
  void stop(Container container, StopOptions options, boolean forRestart) {
    ContainerRow row = container.row();
    int signal = signal(row, options.signal());
    CompletableFuture<WaitResult> end;
    container.lock.lock();
    try {
      Status status = container.row().state().status();
      if (status == Status.RESTARTING) {
        cancelRestart(container);
        return;
      }
      if (!status.hasProcess()) {
        throw ProaException.notModified("container " + row.name() + " is not running");
      }
      container.stopping = true;
      container.restarting = forRestart;
      end = container.await(WaitCondition.NOT_RUNNING);
    } finally {
      container.lock.unlock();
    }
    int seconds = seconds(row, options.timeoutSeconds());
    send(container, signal);
    FaultPoints.reach("stop.signalled");
    if (!await(end, seconds < 0 ? null : Duration.ofSeconds(seconds))) {
      send(container, SIGKILL);
      if (!await(end, KILLED)) {
        throw ProaException.internal("cannot stop container: " + row.name() + ": tried to kill container, but did not receive an exit event", null);
      }
    }
    engine.publish(container.row(), "stop", Map.of());
  }

  private void cancelRestart(Container container) {
    ContainerRow row = container.row();
    container.stopping = true;
    engine.table.update(container, row.with(row.state().with(Status.EXITED).stopped(true)));
    container.ended(row.state().exitCode());
  }

  private static int signal(ContainerRow row, @Nullable String wished) {
    if (wished != null && !wished.isEmpty()) {
      return Signals.parse(wished);
    }
    String configured = row.config().stopSignal();
    return configured == null || configured.isEmpty() ? SIGTERM : Signals.parse(configured);
  }

  private static int seconds(ContainerRow row, @Nullable Integer wished) {
    if (wished != null) {
      return wished;
    }
    Integer configured = row.config().stopTimeout();
    return configured == null ? DEFAULT_SECONDS : configured;
  }

  private static boolean await(CompletableFuture<WaitResult> end, @Nullable Duration patience) {
    try {
      if (patience == null) {
        end.get();
      } else {
        end.get(patience.toNanos(), TimeUnit.NANOSECONDS);
      }
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ProaException.unavailable("interrupted while waiting for a container to end", e);
    } catch (ExecutionException e) {
      throw ProaException.internal("waiting for a container failed: " + e.getMessage(), e);
    }
  }

  /** Kills it and waits for its end, whatever the restart policy says. */
  void killAndWait(Container container) {
    CompletableFuture<WaitResult> end;
    container.lock.lock();
    try {
      Status status = container.row().state().status();
      if (status == Status.RESTARTING) {
        cancelRestart(container);
        return;
      }
      if (!status.hasProcess()) {
        return;
      }
      container.stopping = true;
      end = container.await(WaitCondition.NOT_RUNNING);
    } finally {
      container.lock.unlock();
    }
    send(container, SIGKILL);
    if (!await(end, KILLED)) {
      throw ProaException.internal("cannot kill container " + container.row().name() + ": it did not end after SIGKILL", null);
    }
  }

  /** {@code docker kill}. SIGKILL returns once the container has ended, for clients remove it next. */
  void kill(Container container, String ref, @Nullable String wished) {
    int signal;
    try {
      signal = wished == null || wished.isEmpty() ? SIGKILL : Signals.parse(wished);
    } catch (ProaException e) {
      throw ProaException.invalid("cannot kill container: " + ref + ": " + e.getMessage());
    }
    CompletableFuture<WaitResult> end;
    container.lock.lock();
    try {
      ContainerRow row = container.row();
      if (row.state().status() == Status.RESTARTING) {
        cancelRestart(container);
        return;
      }
      if (!row.state().status().hasProcess()) {
        throw ProaException.conflict("cannot kill container: " + ref + ": container " + container.id() + " is not running");
      }
      String stopSignal = row.config().stopSignal();
      boolean ends = signal == SIGKILL || stopSignal == null || stopSignal.isEmpty() || Signals.parse(stopSignal) == signal;
      if (ends) {
        container.stopping = true;
      }
      end = container.await(WaitCondition.NOT_RUNNING);
    } finally {
      container.lock.unlock();
    }
    send(container, signal);
    if (signal == SIGKILL && !await(end, KILLED)) {
      throw ProaException.internal("cannot kill container: " + ref + ": tried to kill container, but did not receive an exit event", null);
    }
    end.cancel(false);
  }

  /** A frozen process hears nothing: it is let go after the signal. */
  private void send(Container container, int signal) {
    ContainerRow row = container.row();
    try {
      engine.isolate(row, backend -> backend.kill(row.id(), null, signal, false));
    } catch (ProaException e) {
      if (e.is(ErrorClass.NOT_FOUND)) {
        // It has ended by itself, and that will be told.
        return;
      }
      throw e;
    }
    engine.publish(row, "kill", Map.of("signal", Integer.toString(signal)));
    if (container.stopping) {
      letGo(container);
    }
  }

  private void letGo(Container container) {
    container.lock.lock();
    try {
      ContainerRow row = container.row();
      if (row.state().status() == Status.PAUSED) {
        thaw(row);
        engine.table.update(container, row.with(row.state().with(Status.RUNNING)));
        engine.publish(row, "unpause", Map.of());
      }
    } finally {
      container.lock.unlock();
    }
  }

  /** With control groups v2 SIGKILL ends a frozen process too: it may be gone by now, and that will be told. */
  private void thaw(ContainerRow row) {
    try {
      engine.isolate(row, backend -> backend.resume(row.id()));
    } catch (ProaException e) {
      if (!e.is(ErrorClass.NOT_FOUND) && !e.is(ErrorClass.CONFLICT)) {
        throw e;
      }
    }
  }
}
