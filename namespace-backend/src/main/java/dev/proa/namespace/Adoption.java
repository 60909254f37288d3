package dev.proa.namespace;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.PidFd;
import dev.proa.namespace.Task.Phase;
import dev.proa.namespace.cgroup.TaskCgroup;
import dev.proa.spawn.Shim;
import dev.proa.spawn.ShimProcess;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds tasks and processes again that another instance has made: of an earlier daemon, or of the version of this backend before this one. */
final class Adoption {
  private final Shim shim;
  private final Map<String, Task> tasks;
  private final Set<String> creating;

  /**
   * For one backend.
   *
   * @param tasks those that it knows, to which the adopted ones come
   * @param creating names of what it is making itself right now: not to be adopted
   */
  Adoption(Shim shim, Map<String, Task> tasks, Set<String> creating) {
    this.shim = shim;
    this.tasks = tasks;
    this.creating = creating;
  }

  /** What the shim has, by name. */
  Map<String, ShimProcess> knownToShim(String what) {
    Map<String, ShimProcess> known = new LinkedHashMap<>();
    try {
      shim.list().forEach(process -> known.put(process.name(), process));
    } catch (IOException e) {
      throw Failures.ofShim(what, e);
    } catch (InterruptedException e) {
      throw Failures.interrupted(what);
    }
    return known;
  }

  /** Takes up a task that another instance has made; null if there is none any more. */
  @Nullable Task adopt(Opened open, String id, Map<String, ShimProcess> known) {
    synchronized (creating) {
      Task here = tasks.get(id);
      if (here != null || creating.contains(id)) {
        return here;
      }
      try {
        TaskRecord record = TaskRecord.read(open.tasks().resolve(id));
        ShimProcess process = known.get(id);
        if (record == null || process == null && !survived(id, record)) {
          return null;
        }
        Phase phase = process == null ? Phase.RUNNING : phaseOf(process);
        Task task = new Task(id, record, new TaskCgroup(open.layout(), record.group()), shim.find(id), phase);
        resume(open, task, process, known);
        return task;
      } catch (NoSuchFileException e) {
        return null;
      } catch (IOException e) {
        throw Failures.ofShim("cannot adopt " + Failures.shortened(id), e);
      } catch (InterruptedException e) {
        throw Failures.interrupted("cannot adopt " + Failures.shortened(id));
      }
    }
  }

  private static Phase phaseOf(ShimProcess process) {
    return switch (process.phase()) {
      case STARTING, WAITING -> Phase.CREATED;
      case RUNNING, EXITED -> Phase.RUNNING;
      case FAILED -> Phase.STOPPED;
    };
  }

  /** Whether it outlived its shim; then the new shim watches it from now on. */
  private boolean survived(String id, TaskRecord record) throws IOException, InterruptedException {
    try (PidFd pidfd = PidFd.open(record.pid())) {
      // Checked after the descriptor was had, so that it is this very process.
      if (TaskRecord.birthOf(record.pid()) != record.birth()) {
        return false;
      }
      shim.adopt(id, record.pid(), pidfd);
      return true;
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ESRCH || e.errno() == Errno.EINVAL) {
        return false;
      }
      throw e;
    }
  }

  private void resume(Opened open, Task task, @Nullable ShimProcess process, Map<String, ShimProcess> known)
      throws IOException, InterruptedException {
    if (task.phase() == Phase.RUNNING) {
      task.started(task.record().created());
      task.paused(task.cgroup().frozen());
    }
    tasks.put(task.id(), task);
    for (ShimProcess exec : known.values()) {
      // Names with a dot are of processes that help to make a task; they go with it.
      if (exec.name().startsWith(task.id() + "/") && !exec.name().startsWith(task.id() + "/.") && exec.phase() != ShimProcess.Phase.FAILED) {
        String execId = exec.name().substring(task.id().length() + 1);
        task.add(new Task.Exec(execId, shim.find(exec.name()), task.record().created()));
        EndWatch.watch(open, task, execId);
      }
    }
    if (task.phase() == Phase.RUNNING) {
      EndWatch.watch(open, task);
    } else if (process != null && process.phase() == ShimProcess.Phase.FAILED) {
      EndWatch.watchUnstarted(open, task);
    }
  }

  /** Takes up a further process that another instance has started; null if there is none any more. */
  Task.@Nullable Exec adoptExec(Opened open, Task task, String execId) {
    synchronized (creating) {
      Task.Exec exec = task.exec(execId);
      if (exec != null || creating.contains(task.id() + "/" + execId)) {
        return exec;
      }
      try {
        exec = new Task.Exec(execId, shim.find(task.id() + "/" + execId), Instant.now());
        task.add(exec);
        EndWatch.watch(open, task, execId);
        return exec;
      } catch (NoSuchFileException e) {
        return null;
      } catch (IOException e) {
        throw Failures.ofShim("cannot adopt a process of " + Failures.shortened(task.id()), e);
      } catch (InterruptedException e) {
        throw Failures.interrupted("cannot adopt a process of " + Failures.shortened(task.id()));
      }
    }
  }
}
