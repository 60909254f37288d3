package dev.proa.spawn.internal;

import dev.proa.linux.Fd;
import dev.proa.linux.PidFd;
import dev.proa.spawn.ProcessExit;
import dev.proa.spawn.ShimProcess;
import dev.proa.spawn.SpawnException;
import dev.proa.spawn.Streams;
import dev.proa.spawn.internal.Wire.Snapshot;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The latest that is known about a process, and who waits for more. */
final class Tracked {
  private Snapshot latest;
  private CompletableFuture<Snapshot> next = new CompletableFuture<>();
  private final CompletableFuture<ProcessExit> exit = new CompletableFuture<>();

  /** Copies of {@link #exit}, kept apart from it: one that is cancelled goes, where a stage of the future itself would stay until that is complete. */
  private final Set<CompletableFuture<ProcessExit>> waiting = new HashSet<>();

  private final Planned planned;
  private @Nullable PidFd kept;
  private @Nullable Streams streams;
  private boolean closed;

  Tracked(Snapshot first, Planned planned) {
    latest = first;
    this.planned = planned;
    completeExit();
  }

  synchronized void update(Snapshot snapshot) {
    latest = snapshot;
    next.complete(snapshot);
    next = new CompletableFuture<>();
    completeExit();
  }

  /** How it ended; fails with {@link SpawnException} when its program never ran. Who does not wait any more cancels it. */
  CompletableFuture<ProcessExit> exit() {
    CompletableFuture<ProcessExit> copy = new CompletableFuture<>();
    synchronized (this) {
      if (exit.isDone()) {
        return exit.copy();
      }
      waiting.add(copy);
    }
    copy.whenComplete((how, failure) -> forget(copy));
    return copy;
  }

  private synchronized void forget(CompletableFuture<ProcessExit> copy) {
    waiting.remove(copy);
  }

  /** Keeps a descriptor of the process, for the day when the shim is lost. */
  synchronized void keep(@Nullable PidFd pidfd) {
    if (kept != null) {
      kept.close();
    }
    kept = pidfd;
  }

  /** Keeps the streams that came along with the process, for the first who asks. */
  synchronized void keep(Streams brought) {
    if (closed) {
      brought.close();
    } else {
      streams = brought;
    }
  }

  /** Null if none came along, or somebody has them. */
  synchronized @Nullable Streams takeStreams() {
    Streams taken = streams;
    streams = null;
    return taken;
  }

  synchronized void closeStdin() {
    if (streams != null) {
      streams.stdin().ifPresent(Fd::close);
      streams = new Streams(Optional.empty(), streams.stdout(), streams.stderr(), streams.terminal());
    }
  }

  /** Nobody will ask for it any more. */
  synchronized void close() {
    closed = true;
    keep((PidFd) null);
    Streams left = takeStreams();
    if (left != null) {
      left.close();
    }
  }

  /** Gives away what {@link #keep} kept. */
  synchronized @Nullable PidFd takeKept() {
    PidFd taken = kept;
    kept = null;
    return taken;
  }

  synchronized Snapshot latest() {
    return latest;
  }

  /** Completes when something newer than {@code seen} is known. */
  synchronized CompletableFuture<Snapshot> after(Snapshot seen) {
    return latest == seen ? next : CompletableFuture.completedFuture(latest);
  }

  synchronized void fail(IOException reason) {
    next.completeExceptionally(reason);
    endExceptionally(reason);
  }

  private void endExceptionally(Throwable reason) {
    exit.completeExceptionally(reason);
    List.copyOf(waiting).forEach(copy -> copy.completeExceptionally(reason));
  }

  private void completeExit() {
    if (latest.process().phase() == ShimProcess.Phase.EXITED) {
      ProcessExit how = latest.process().exit().orElseThrow();
      exit.complete(how);
      List.copyOf(waiting).forEach(copy -> copy.complete(how));
    } else if (latest.process().phase() == ShimProcess.Phase.FAILED) {
      endExceptionally(exception());
    }
  }

  /** Why it FAILED. */
  SpawnException exception() {
    return new SpawnException(latest().process().name(), planned.words(latest().failure().orElseThrow()));
  }
}
