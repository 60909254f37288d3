package dev.proa.spawn;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Waits for the ends of processes on behalf of somebody who may go before they do, such as a plugin that is replaced: once this is closed the shim keeps
 * nothing of his, neither objects nor, by them, classes.
 */
public final class ExitWatches implements AutoCloseable {
  private final Shim shim;
  private final Set<CompletableFuture<ProcessExit>> waiting = new HashSet<>();
  private boolean closed;

  public ExitWatches(Shim shim) {
    this.shim = shim;
  }

  /** Has it told, on a thread of its own, when the process ends or if it has ended; not told when its program never ran or the shim is lost for good. */
  public void watch(String process, Consumer<ProcessExit> told) throws IOException, InterruptedException {
    CompletableFuture<ProcessExit> exit = shim.exit(process);
    exit.thenAcceptAsync(told, work -> Thread.ofVirtual().name("proa-exit").start(work));
    boolean late;
    synchronized (this) {
      late = closed || !waiting.add(exit);
    }
    if (late) {
      exit.cancel(false);
    } else {
      exit.whenComplete((how, failure) -> forget(exit));
    }
  }

  private synchronized void forget(CompletableFuture<ProcessExit> exit) {
    waiting.remove(exit);
  }

  /** Nothing is told any more. */
  @Override
  public void close() {
    List<CompletableFuture<ProcessExit>> left;
    synchronized (this) {
      closed = true;
      left = List.copyOf(waiting);
    }
    left.forEach(exit -> exit.cancel(false));
  }
}
