package dev.proa.namespace;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.abi.Signal;
import dev.proa.namespace.cgroup.TaskCgroup;
import dev.proa.spawn.Shim;
import dev.proa.spawn.ShimProcess;
import dev.proa.spawn.SpawnException;
import dev.proa.spawn.Spawned;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends what is left of a task, and has the shim forget it. */
public final class TaskEnds {
  private static final Logger LOG = LoggerFactory.getLogger(TaskEnds.class);

  /** What a process may take to die of SIGKILL. */
  public static final Duration DEATH_TIME = Duration.ofSeconds(10);

  private final Shim shim;

  public TaskEnds(Shim shim) {
    this.shim = shim;
  }

  public void acknowledgeIfEnded(ExitTeller teller, String name) {
    try {
      if (shim.exit(name).isDone()) {
        teller.acknowledge(name, 0);
      }
    } catch (NoSuchFileException forgotten) {
      // The engine has taken its end.
    } catch (IOException e) {
      throw Failures.ofShim("cannot delete " + Failures.shortened(name), e);
    } catch (InterruptedException e) {
      throw Failures.interrupted("cannot delete " + Failures.shortened(name));
    }
  }

  /** Kills every process that the shim knows of the task, waits for its end and has it forgotten. */
  public void endAll(String id, TaskCgroup cgroup) {
    String what = "cannot delete " + Failures.shortened(id);
    try {
      for (ShimProcess process : shim.list()) {
        if (process.name().equals(id) || process.name().startsWith(id + "/")) {
          end(process.name(), cgroup);
        }
      }
    } catch (IOException e) {
      throw Failures.ofShim(what, e);
    } catch (InterruptedException e) {
      throw Failures.interrupted(what);
    } catch (TimeoutException e) {
      throw ProaException.unavailable(what + ": it did not end within " + DEATH_TIME.toSeconds() + " s after SIGKILL", e);
    }
  }

  private void end(String name, TaskCgroup cgroup) throws IOException, InterruptedException, TimeoutException {
    try (Spawned process = shim.find(name)) {
      try {
        process.pidfd().signal(Signal.SIGKILL);
      } catch (ErrnoException e) {
        if (e.errno() != Errno.ESRCH) {
          throw e;
        }
      }
      if (cgroup.frozen()) {
        cgroup.freeze(false);
      }
      process.awaitReady();
      shim.exit(name).get(DEATH_TIME.toMillis(), TimeUnit.MILLISECONDS);
      shim.acknowledge(name);
    } catch (SpawnException | NoSuchFileException e) {
      LOG.debug("{} ended before its program ran, or is forgotten already", name);
    } catch (ExecutionException e) {
      throw new IOException(String.valueOf(e.getMessage()), e);
    }
  }
}
