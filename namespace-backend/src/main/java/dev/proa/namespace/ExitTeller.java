package dev.proa.namespace;

import dev.proa.spawn.ProcessExit;
import dev.proa.spawn.Shim;
import dev.proa.spi.isolation.TaskExit;
import dev.proa.spi.isolation.TaskListener;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the engine of ends until it has taken them, and only then has the shim forget them: an end is told at least once whoever crashes. */
public final class ExitTeller implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ExitTeller.class);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  private final Shim shim;
  private final TaskListener listener;
  private final Object closing = new Object();
  private boolean closed;

  public ExitTeller(Shim shim, TaskListener listener) {
    this.shim = shim;
    this.listener = listener;
  }

  public static TaskExit exitOf(String id, @Nullable String execId, ProcessExit exit, boolean oomKilled) {
    return exit.status()
        .map(status -> new TaskExit(id, execId, exit.pid(), status.exitCode(), exit.time(), oomKilled, true))
        .orElseGet(() -> new TaskExit(id, execId, exit.pid(), 255, exit.time(), oomKilled, false));
  }

  /**
   * On a virtual thread: the listener may wait, and may call the backend.
   *
   * @param process the shim's name of it; null when the shim does not know it
   */
  public void tell(TaskExit exit, @Nullable String process, Runnable afterwards) {
    Thread.ofVirtual()
        .name("proa-exit")
        .start(() -> tellHere(exit, process, afterwards));
  }

  /** As {@link #tell}, on this thread. */
  void tellHere(TaskExit exit, @Nullable String process, Runnable afterwards) {
    tellHere(exit, process, exit.pid(), afterwards);
  }

  /**
   * As {@link #tell}, on this thread, of a task that is known by another process than the one that the shim has.
   *
   * @param pid of the shim's process
   */
  public void tellHere(TaskExit exit, @Nullable String process, int pid, Runnable afterwards) {
    if (told(exit)) {
      if (process != null) {
        acknowledge(process, pid);
      }
      afterwards.run();
    }
  }

  private boolean told(TaskExit exit) {
    Duration pause = FIRST_PAUSE;
    while (!isClosed()) {
      try {
        listener.exited(exit);
        return true;
      } catch (RuntimeException e) {
        LOG.warn("the end of {} was not taken, it will be told again: {}", exit.id(), e.toString());
      }
      if (!pause(pause)) {
        return false;
      }
      pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
    }
    return false;
  }

  /** @return false if it was closed meanwhile */
  private boolean pause(Duration time) {
    long deadline = System.nanoTime() + time.toNanos();
    synchronized (closing) {
      try {
        for (long left = time.toMillis(); !closed && left > 0; left = (deadline - System.nanoTime()) / 1_000_000) {
          closing.wait(left);
        }
        return !closed;
      } catch (InterruptedException e) {
        return false;
      }
    }
  }

  /** Has the shim forget a process that has ended; that it is forgotten already is as good. */
  public void acknowledge(String process, int pid) {
    try {
      shim.exit(process); // asks nobody, and says if the listener has had the task deleted and the process forgotten with it
      shim.acknowledge(process, pid);
    } catch (NoSuchFileException e) {
      // Another instance over the same shim was quicker.
    } catch (IllegalStateException e) {
      LOG.debug("{} was acknowledged by another instance and is started again", process);
    } catch (IOException e) {
      LOG.warn("the shim still remembers {}: {}", process, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  public boolean isClosed() {
    synchronized (closing) {
      return closed;
    }
  }

  @Override
  public void close() {
    synchronized (closing) {
      closed = true;
      closing.notifyAll();
    }
  }
}
