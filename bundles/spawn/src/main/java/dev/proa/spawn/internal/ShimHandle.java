package dev.proa.spawn.internal;

import dev.proa.linux.PidFd;
import dev.proa.spawn.ShimProcess;
import dev.proa.spawn.SpawnException;
import dev.proa.spawn.Spawned;
import dev.proa.spawn.internal.Wire.Snapshot;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ExecutionException;

/** A process, as the one who spawned it sees it. */
final class ShimHandle implements Spawned {
  private final ShimClient client;
  private final String name;
  private final Tracked tracked;
  private int pidOfPidfd;
  private PidFd pidfd;
  private boolean closed;

  ShimHandle(ShimClient client, String name, Tracked tracked, int pid, PidFd pidfd) {
    this.client = client;
    this.name = name;
    this.tracked = tracked;
    this.pidOfPidfd = pid;
    this.pidfd = pidfd;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int pid() {
    return tracked.latest().process().pid();
  }

  @Override
  public synchronized PidFd pidfd() {
    return pidfd;
  }

  /** After a second clone behind a gate another process is the one that counts. */
  private synchronized void follow(int pid) throws IOException, InterruptedException {
    if (pid != pidOfPidfd && !closed) {
      PidFd later = client.pidfd(name);
      pidfd.close();
      pidfd = later;
      pidOfPidfd = pid;
      tracked.keep(later.duplicate());
    }
  }

  @Override
  public int awaitGate() throws SpawnException, IOException, InterruptedException {
    Snapshot snapshot = await(Set.of(ShimProcess.Phase.WAITING, ShimProcess.Phase.RUNNING, ShimProcess.Phase.EXITED));
    if (snapshot.process().phase() != ShimProcess.Phase.WAITING) {
      throw new IllegalStateException(name + " has passed its last gate");
    }
    return snapshot.process().gate();
  }

  @Override
  public void release() throws IOException {
    try {
      client.release(name);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new java.io.InterruptedIOException("interrupted while releasing " + name);
    }
  }

  @Override
  public void awaitReady() throws SpawnException, IOException, InterruptedException {
    await(Set.of(ShimProcess.Phase.RUNNING, ShimProcess.Phase.EXITED));
  }

  private Snapshot await(Set<ShimProcess.Phase> wanted) throws SpawnException, IOException, InterruptedException {
    try {
      Snapshot snapshot = tracked.latest();
      while (!wanted.contains(snapshot.process().phase())) {
        if (snapshot.process().phase() == ShimProcess.Phase.FAILED) {
          SpawnException failure = tracked.exception();
          client.acknowledge(name);
          throw failure;
        }
        snapshot = tracked.after(snapshot).get();
      }
      follow(snapshot.process().pid());
      return snapshot;
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e.getCause());
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    pidfd.close();
  }
}
