package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.containers.Containers.WaitCondition;
import dev.proa.lifecycle.containers.Containers.WaitResult;
import dev.proa.lifecycle.internal.logs.ContainerLog;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.streams.ProcessStreams;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A container in memory: its row, and what belongs to the process that it has or will have next. The row is replaced under the lock and
 * read without it.
 */
final class Container {
  /** Held for each step that changes the container, never while waiting for its end. */
  final ReentrantLock lock = new ReentrantLock();

  /** Ids of execs that were made for it and not forgotten yet. */
  final Set<String> execs = new ConcurrentSkipListSet<>();

  private final String id;
  private volatile ContainerRow row;
  private final List<Waiter> waiters = new ArrayList<>();

  /** The streams of the process it has, or of the next one: clients attach before the start. */
  volatile ProcessStreams streams;

  /** Null with log driver none. */
  volatile @Nullable ContainerLog log;

  /** Grows with each start, so that a late message about an earlier process is known as such. */
  int generation;

  /** A stop or kill by a user is under way: the restart policy does not apply to the end that follows. */
  volatile boolean stopping;

  /** Set while a stop for a restart is under way: the container is not removed by itself at that end. */
  volatile boolean restarting;

  /** The pause before the next start by the policy, doubled each time. */
  Duration backOff = Duration.ZERO;

  volatile @Nullable HealthMonitor health;

  private record Waiter(WaitCondition condition, CompletableFuture<WaitResult> future) {}

  Container(ContainerRow row, ProcessStreams streams, @Nullable ContainerLog log) {
    this.id = row.id();
    this.row = row;
    this.streams = streams;
    this.log = log;
  }

  String id() {
    return id;
  }

  ContainerRow row() {
    return row;
  }

  void row(ContainerRow other) {
    row = other;
  }

  /** Registers a wait; the caller has looked at the state under {@link #lock}. */
  CompletableFuture<WaitResult> await(WaitCondition condition) {
    CompletableFuture<WaitResult> future = new CompletableFuture<>();
    synchronized (waiters) {
      waiters.removeIf(waiter -> waiter.future().isDone());
      waiters.add(new Waiter(condition, future));
    }
    return future;
  }

  /** Its process has ended. */
  void ended(int exitCode) {
    complete(List.of(WaitCondition.NOT_RUNNING, WaitCondition.NEXT_EXIT), new WaitResult(exitCode, null));
  }

  void removed(int exitCode, @Nullable String error) {
    complete(List.of(WaitCondition.values()), new WaitResult(exitCode, error));
  }

  private void complete(List<WaitCondition> conditions, WaitResult result) {
    List<Waiter> done = new ArrayList<>();
    synchronized (waiters) {
      waiters.removeIf(
          waiter -> {
            boolean ends = conditions.contains(waiter.condition());
            if (ends) {
              done.add(waiter);
            }
            return ends;
          });
    }
    // Outside the lock: what depends on the future runs here.
    done.forEach(waiter -> waiter.future().complete(result));
  }
}
