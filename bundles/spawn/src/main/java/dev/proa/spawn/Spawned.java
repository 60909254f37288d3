package dev.proa.spawn;

import dev.proa.linux.PidFd;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A process whose plan was started. Its methods may wait; they are safe on virtual threads and never wait longer than the request's deadline
 * plus the time the plan waits at gates.
 *
 * <p>A failure is told once: the method that throws {@link SpawnException} has also acknowledged the process, nothing of it is left in the shim.
 */
@ProviderType
public interface Spawned extends AutoCloseable {
  String name();

  /**
   * In the shim's (the daemon's) pid namespace. For plans with {@link SpawnPlan.Builder#cloneVisible} that of the process that counts; only at a gate
   * before that step it is the one that will clone it.
   */
  int pid();

  /** Of the same process, owned by this handle. It may be another one after {@link #awaitReady} when there was a gate before a second clone. */
  PidFd pidfd();

  /** Waits until the plan waits at some gate; the gate's step. Returns at once when it does already. */
  int awaitGate() throws SpawnException, java.io.IOException, InterruptedException;

  /** Lets the plan go on from the gate where it waits, or will wait next. */
  void release() throws java.io.IOException;

  /** Waits until the program runs. */
  void awaitReady() throws SpawnException, java.io.IOException, InterruptedException;

  /** Closes {@link #pidfd}; the process is not touched. */
  @Override
  void close();
}
