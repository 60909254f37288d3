package dev.proa.spawn;

import dev.proa.linux.PidFd;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Starts plans, gives the streams of what it started and tells how that ended. A {@link Shim} does so for processes that outlive the caller, a
 * {@link DirectSpawner} for a caller that is itself their parent.
 *
 * <p>A process is known by its name from {@link #spawn} until {@link #acknowledge}. Until then its exit status and the caller's ends of its streams are
 * kept.
 *
 * <p>Every method throws {@link java.nio.file.NoSuchFileException} for a name that is not known, {@link java.nio.file.FileAlreadyExistsException} for a
 * name in use.
 */
@ProviderType
public interface Spawner extends AutoCloseable {

  /**
   * Starts a plan. Returns as soon as the process is there and its pid known; the plan may still be running, or waiting at a gate.
   *
   * @throws SpawnException when it failed before that
   */
  Spawned spawn(SpawnRequest request) throws SpawnException, IOException, InterruptedException;

  /** The caller's ends of the standard streams. */
  Streams streams(String name) throws IOException, InterruptedException;

  /** Closes the spawner's copy of the write end of standard input; the process sees end of file once the caller's copies are closed too. */
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
   * Complete when the process has ended; it says so also when that was before the call. Fails with {@link SpawnException} when the program never ran, and
   * with {@link IOException} when its parent is lost.
   */
  CompletableFuture<ProcessExit> exit(String name) throws IOException, InterruptedException;

  /** The parent of what is started. */
  int pid();

  /** Lets go of what is held here; the processes go on. */
  @Override
  void close();
}
