package dev.proa.namespace;

import dev.proa.linux.PidFd;
import dev.proa.namespace.cgroup.TaskCgroup;
import dev.proa.spawn.Spawned;
import dev.proa.spi.isolation.TaskState;
import dev.proa.spi.oci.Spec;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** One task as this instance of the backend knows it. Its monitor guards the phase; what waits never holds it. */
final class Task {
  /** How far its first process has come. */
  enum Phase {
    /** It waits at its gate. */
    CREATED,
    /** Somebody lets it go, or kills it, right now. */
    LEAVING,
    RUNNING,
    STOPPED
  }

  private final String id;
  private final TaskRecord record;
  private final TaskCgroup cgroup;
  private final Spawned process;
  private final Map<String, Exec> execs = new ConcurrentHashMap<>();
  private Phase phase;
  private boolean paused;
  private boolean endedPaused;
  private boolean outOfMemoryTold;
  private @Nullable Instant startedAt;
  private @Nullable Spec specification;

  /** A further process that runs. */
  record Exec(String execId, Spawned process, Instant startedAt) {}

  Task(String id, TaskRecord record, TaskCgroup cgroup, Spawned process, Phase phase) {
    this.id = id;
    this.record = record;
    this.cgroup = cgroup;
    this.process = process;
    this.phase = phase;
  }

  String id() {
    return id;
  }

  /** What it was made of, for its later hooks; unknown to a daemon that adopted it. */
  synchronized @Nullable Spec specification() {
    return specification;
  }

  synchronized void specification(Spec spec) {
    specification = spec;
  }

  TaskRecord record() {
    return record;
  }

  TaskCgroup cgroup() {
    return cgroup;
  }

  Spawned process() {
    return process;
  }

  PidFd pidfd() {
    return process.pidfd();
  }

  synchronized Phase phase() {
    return phase;
  }

  /** @return whether it was in {@code from} */
  synchronized boolean advance(Phase from, Phase to) {
    if (phase != from) {
      return false;
    }
    phase = to;
    return true;
  }

  synchronized void started(Instant time) {
    phase = Phase.RUNNING;
    startedAt = time;
  }

  synchronized void stopped() {
    phase = Phase.STOPPED;
    endedPaused = paused || endedPaused;
    paused = false;
  }

  /** Whether it has ended without being resumed first. */
  synchronized boolean endedPaused() {
    return endedPaused;
  }

  synchronized boolean paused() {
    return paused;
  }

  synchronized void paused(boolean value) {
    paused = value;
  }

  /** @return whether it had been told before */
  synchronized boolean outOfMemoryTold() {
    boolean before = outOfMemoryTold;
    outOfMemoryTold = true;
    return before;
  }

  void add(Exec exec) {
    execs.put(exec.execId(), exec);
  }

  @Nullable Exec exec(String execId) {
    return execs.get(execId);
  }

  void forget(String execId) {
    Exec exec = execs.remove(execId);
    if (exec != null) {
      exec.process().close();
    }
  }

  Collection<String> execIds() {
    return execs.keySet();
  }

  synchronized TaskState state() {
    TaskState.Status status =
        switch (phase) {
          case CREATED, LEAVING -> TaskState.Status.CREATED;
          case RUNNING -> paused ? TaskState.Status.PAUSED : TaskState.Status.RUNNING;
          case STOPPED -> TaskState.Status.STOPPED;
        };
    boolean alive = status != TaskState.Status.STOPPED;
    return new TaskState(
        id, null, status, alive ? record.pid() : 0, startedAt, alive ? "/proc/" + record.pid() + "/ns/net" : null);
  }

  TaskState state(Exec exec) {
    return new TaskState(
        id,
        exec.execId(),
        paused() ? TaskState.Status.PAUSED : TaskState.Status.RUNNING,
        exec.process().pid(),
        exec.startedAt(),
        "/proc/" + exec.process().pid() + "/ns/net");
  }

  /** Lets go of the descriptors; the processes are not touched. */
  void close() {
    process.close();
    execs.values().forEach(exec -> exec.process().close());
  }
}
