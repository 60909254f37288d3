package dev.proa.spawn;

import dev.proa.linux.Fd;
import dev.proa.linux.PidFd;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The daemon's end of the shim: the one small JVM that is the parent of every container's processes and outlives the daemon. It keeps what it started,
 * also while no daemon is connected, and what a daemon parks with it. Thread-safe; calls of many threads are under way at the same time.
 *
 * <p>Every method throws {@link IOException} when the shim is gone ({@link #lost()} is complete then).
 */
@ProviderType
public interface Shim extends Spawner {

  /** Takes a process up again that an earlier daemon spawned, in whatever phase it is. The plan is for messages only. */
  Spawned find(String name) throws IOException, InterruptedException;

  /** Everything the shim knows. */
  List<ShimProcess> list() throws IOException, InterruptedException;

  /**
   * Has {@code listener} told of every exit that is not acknowledged yet and of every later one, in the order in which the shim saw them, one at a
   * time, on a thread of this client. An exit may be told twice (after a reconnect).
   */
  void onExit(Consumer<ProcessExit> listener);

  /** Has the shim watch a process that is not its child, a survivor of a lost shim; it may have ended and be reaped by now. */
  void adopt(String name, int pid, PidFd pidfd) throws IOException, InterruptedException;

  /** Keeps descriptors (at most 64) by a name until {@link #unpark}; parking again under the name replaces them. */
  void park(String name, List<? extends Fd> descriptors) throws IOException, InterruptedException;

  /** New descriptors of what is parked under the name; empty when nothing is. */
  List<Fd> fetch(String name) throws IOException, InterruptedException;

  /** The names of what is parked. */
  List<String> parked() throws IOException, InterruptedException;

  void unpark(String name) throws IOException, InterruptedException;

  /** Asks the shim to end; refused (false) while it has processes that run or are not acknowledged, or parked descriptors. */
  boolean shutdown() throws IOException, InterruptedException;

  /** The shim's pid, from SO_PEERCRED. */
  @Override
  int pid();

  /** Complete, with the reason, when the connection is gone for good. */
  CompletableFuture<String> lost();

  /** Whether nothing has been lost yet. */
  default Optional<String> lostReason() {
    return lost().isDone() ? Optional.of(lost().join()) : Optional.empty();
  }

  /** Gives up the lease; the shim and its processes go on. */
  @Override
  void close();
}
