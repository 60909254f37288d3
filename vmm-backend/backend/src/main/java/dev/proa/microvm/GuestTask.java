package dev.proa.microvm;

import dev.proa.namespace.cgroup.TaskCgroup;
import dev.proa.spawn.Spawned;
import dev.proa.spi.isolation.TaskState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** One task as this instance of the backend knows it. Its monitor guards the phase; what waits never holds it. */
final class GuestTask {
  enum Phase {
    CREATED,
    /** Somebody starts it, or kills it, right now. */
    LEAVING,
    RUNNING,
    STOPPED
  }

  private final String id;
  private volatile GuestRecord record;
  private final TaskCgroup cgroup;
  private final Spawned relay;
  private final Map<String, Exec> execs = new ConcurrentHashMap<>();
  private Phase phase;
  private boolean paused;
  private @Nullable GuestNames names;
  private @Nullable Instant startedAt;

  /** A further process: the host's end of it. */
  record Exec(String execId, Spawned relay, Instant startedAt) {}

  GuestTask(String id, GuestRecord record, TaskCgroup cgroup, Spawned relay, Phase phase) {
    this.id = id;
    this.record = record;
    this.cgroup = cgroup;
    this.relay = relay;
    this.phase = phase;
  }

  String id() {
    return id;
  }

  GuestRecord record() {
    return record;
  }

  void record(GuestRecord newer) {
    record = newer;
  }

  TaskCgroup cgroup() {
    return cgroup;
  }

  Spawned relay() {
    return relay;
  }

  synchronized Phase phase() {
    return phase;
  }

  synchronized boolean advance(Phase from, Phase to) {
    if (phase != from) {
      return false;
    }
    phase = to;
    return true;
  }

  synchronized void started(Instant time) {
    if (phase != Phase.STOPPED) {
      phase = Phase.RUNNING;
    }
    startedAt = time;
  }

  synchronized void stopped() {
    phase = Phase.STOPPED;
    paused = false;
    closeNames();
  }

  /** From now on the guest's questions for names are answered, by this instance alone. */
  synchronized void serveNames(Path folder) throws IOException {
    closeNames();
    names = GuestNames.serve(folder, record.monitorPid());
  }

  private synchronized void closeNames() {
    if (names != null) {
      names.close();
      names = null;
    }
  }

  synchronized boolean paused() {
    return paused;
  }

  synchronized void paused(boolean value) {
    paused = value;
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
      exec.relay().close();
    }
  }

  Set<String> execIds() {
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
    int pid = record.monitorPid();
    return new TaskState(id, null, status, alive ? pid : 0, startedAt, alive ? "/proc/" + pid + "/ns/net" : null);
  }

  TaskState state(Exec exec) {
    return new TaskState(
        id,
        exec.execId(),
        paused() ? TaskState.Status.PAUSED : TaskState.Status.RUNNING,
        exec.relay().pid(),
        exec.startedAt(),
        "/proc/" + record.monitorPid() + "/ns/net");
  }

  void close() {
    closeNames();
    relay.close();
    execs.values().forEach(exec -> exec.relay().close());
  }
}
