package dev.proa.namespace;

import dev.proa.linux.abi.Signal;
import dev.proa.spawn.ProcessExit;
import dev.proa.spawn.SpawnException;
import dev.proa.spawn.SpawnFailure;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.TaskExit;
import java.io.IOException;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hears of the ends of processes and of want of memory, and has the engine told of them. */
final class EndWatch {
  private static final Logger LOG = LoggerFactory.getLogger(EndWatch.class);
  private static final int EXIT_UNKNOWN = 255;

  private EndWatch() {}

  /** Reports the end of the first process, and hears of want of memory until then. */
  static void watch(Opened open, Task task) {
    try {
      if (task.record().memoryLimited()) {
        open.oom().add(task.id(), task.cgroup());
      }
      open.exits().watch(task.id(), exit -> ended(open, task, exit));
    } catch (IOException | InterruptedException e) {
      LOG.warn("the end of {} will be told late: {}", Failures.shortened(task.id()), e.getMessage());
    }
  }

  private static void onVirtualThread(Runnable work) {
    Thread.ofVirtual().name("proa-task").start(work);
  }

  private static void ended(Opened open, Task task, ProcessExit exit) {
    if (open.teller().isClosed()) {
      return;
    }
    boolean oomKilled = false;
    try {
      if (!task.record().ownPids()) {
        // Nobody took the others along.
        task.cgroup().signalAll(Signal.SIGKILL);
      }
      oomKilled = task.cgroup().oomKills() > 0;
    } catch (ProaException e) {
      LOG.warn("after the end of {}: {}", Failures.shortened(task.id()), e.getMessage());
    }
    task.stopped();
    open.oom().remove(task.id());
    if (oomKilled && !task.outOfMemoryTold()) {
      // The end was quicker than the watch.
      try {
        open.listener().outOfMemory(task.id());
      } catch (RuntimeException e) {
        LOG.warn("that {} ran out of memory was not taken: {}", Failures.shortened(task.id()), e.toString());
      }
    }
    open.teller().tellHere(ExitTeller.exitOf(task.id(), null, exit, oomKilled), task.id(), () -> {});
  }

  /** Reports the end of a further process. */
  static void watch(Opened open, Task task, String execId) throws IOException, InterruptedException {
    String name = task.id() + "/" + execId;
    open.exits().watch(
        name,
        exit -> {
          if (!open.teller().isClosed()) {
            boolean killed = exit.status().map(status -> status.exitCode() == 128 + Signal.SIGKILL).orElse(false);
            boolean oomKilled = killed && task.cgroup().oomKills() > 0;
            open.teller().tellHere(ExitTeller.exitOf(task.id(), execId, exit, oomKilled), name, () -> task.forget(execId));
          }
        });
  }

  /** Reports the end of a task that was killed before its start: it has one all the same. */
  static void watchUnstarted(Opened open, Task task) {
    onVirtualThread(() -> killedBeforeItsStart(open, task));
  }

  private static void killedBeforeItsStart(Opened open, Task task) {
    try {
      task.process().awaitReady();
    } catch (SpawnException e) {
      task.stopped();
      int code = e.failure() instanceof SpawnFailure.Ended ended ? ended.status().exitCode() : EXIT_UNKNOWN;
      open.teller().tell(
          new TaskExit(task.id(), null, task.record().pid(), code, Instant.now(), false, code != EXIT_UNKNOWN), task.id(), () -> {});
    } catch (IOException e) {
      LOG.warn("the end of {} will be told late: {}", Failures.shortened(task.id()), e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Reports the end of a task of which nothing is left. */
  static void tellUnknown(Opened open, String id) {
    open.teller().tell(new TaskExit(id, null, 0, EXIT_UNKNOWN, Instant.now(), false, false), null, () -> {});
  }
}
