package dev.proa.linux.netlink;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Processes;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Sched;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Work in another network namespace: sockets keep the namespace in which they were made, so a thread goes there, makes them and is gone. Each
 * piece of work has a thread of its own, which ends with it: none that is in a strange namespace is ever used for anything else.
 */
public final class NetworkNamespace {
  private NetworkNamespace() {}

  /** What is done there; it must not start threads nor wait for others. */
  @FunctionalInterface
  public interface Work<R> {
    R run() throws IOException;
  }

  /**
   * Does something in the namespace of that path, such as {@code /proc/PID/ns/net}.
   *
   * @throws ErrnoException also when there is no such namespace any more (ENOENT, ESRCH)
   */
  public static <R> R in(String path, Work<R> work) throws IOException {
    try (Fd namespace = open(path)) {
      return in(namespace, work);
    }
  }

  /** A handle of the namespace of that path. */
  public static Fd open(String path) throws ErrnoException {
    return Fs.open(path, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC);
  }

  public static <R> R in(Fd namespace, Work<R> work) throws IOException {
    CompletableFuture<R> result = new CompletableFuture<>();
    // A platform thread: what setns changes is the kernel's thread.
    Thread.ofPlatform()
        .daemon()
        .name("netns")
        .start(
            () -> {
              try {
                Processes.setns(namespace, Sched.CLONE_NEWNET);
                result.complete(work.run());
              } catch (Throwable e) {
                result.completeExceptionally(e);
              }
            });
    try {
      return result.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while working in a network namespace", e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException failure -> throw failure;
        case RuntimeException failure -> throw failure;
        case Error failure -> throw failure;
        default -> throw new IOException(e.getCause());
      }
    }
  }
}
