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
 * The daemon's end of the shim: the one small JVM that is the parent of every container's processes and outlives the daemon. Thread-safe;
 * calls of many threads are under way at the same time.
 *
 * <p>A process is known by its name from {@link #spawn} until {@link #acknowledge}. Until then the shim keeps its exit status, its ends of the
 * standard streams and its pty master, also while no daemon is connected.
 *
 * <p>Every method throws {@link IOException} when the shim is gone ({@link #lost()} is complete then), {@link java.nio.file.NoSuchFileException}
 * for a name it does not know, {@link java.nio.file.FileAlreadyExistsException} for a name in use.
 */
@ProviderType
public interface Shim extends AutoCloseable {

  /**
   * Starts a plan. Returns as soon as the process is there and its pid known; the plan may still be running, or waiting at a gate.
   *
   * @throws SpawnException when it failed before that
   */
  Spawned spawn(SpawnRequest request) throws SpawnException, IOException, InterruptedException;

  /** Takes a process up again that an earlier daemon spawned, in whatever phase it is. The plan is for messages only. */
  Spawned find(String name) throws IOException, InterruptedException;

  /** Everything the shim knows. */
  List<ShimProcess> list() throws IOException, InterruptedException;

  /** The daemon's ends of the standard streams. */
  Streams streams(String name) throws IOException, InterruptedException;

  /** The shim closes its copy of the write end of standard input; the process sees end of file once the daemon's copies are closed too. */
  void closeStdin(String name) throws IOException, InterruptedException;

  /** A new descriptor of the process. */
  PidFd pidfd(String name) throws IOException, InterruptedException;

  /** Forgets a process that has ended, with its streams. Fails with {@link IllegalStateException} while it runs. */
  default void acknowledge(String name) throws IOException, InterruptedException {
    acknowledge(name, 0);
  }

  /**
   * The same, if the process with that name is the one with that pid: two who take the same end may acknowledge it both, and the later one must not hit
   * the next process of the name.
   *
   * @param pid 0 for any
   */
  void acknowledge(String name, int pid) throws IOException, InterruptedException;

  /**
   * Complete when the process has ended; it says so also when that was before the call or under an earlier daemon. Fails with
   * {@link SpawnException} when the program never ran, and with {@link IOException} when the shim is lost.
   */
  CompletableFuture<ProcessExit> exit(String name) throws IOException, InterruptedException;

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
