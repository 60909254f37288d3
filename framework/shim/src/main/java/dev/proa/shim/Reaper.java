package dev.proa.shim;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.ExitStatus;
import dev.proa.linux.PidFd;
import dev.proa.linux.abi.Poll;
import dev.proa.linux.abi.Wait;
import java.util.Optional;

/**
 * Reaps a child once it has ended. Whoever traces it hears of its end first (kernel/exit.c, wait_consider_task): until the tracer lets go, which may be a
 * process of a container that means no good, the pidfd is ready and waitid(2) has nothing. A process that is left so would keep its pid namespace for ever.
 */
final class Reaper {
  private static final long FIRST_RETRY_NANOS = 1_000_000;
  private static final long LONGEST_RETRY_NANOS = 250_000_000;

  private Reaper() {}

  /** What is done when it is reaped. */
  interface Reaped {
    void with(ExitStatus how) throws ErrnoException;
  }

  static void reap(Loop loop, ShimLog log, PidFd process, Reaped then) throws ErrnoException {
    Loop.Watch[] watch = new Loop.Watch[1];
    watch[0] =
        loop.watch(
            process,
            Poll.EPOLLIN,
            _ -> {
              watch[0].close();
              attempt(loop, log, process, then, FIRST_RETRY_NANOS);
            });
  }

  private static void attempt(Loop loop, ShimLog log, PidFd process, Reaped then, long retryNanos) throws ErrnoException {
    Optional<ExitStatus> how = process.waitid(Wait.WNOHANG);
    if (how.isPresent()) {
      then.with(how.get());
      return;
    }
    loop.after(
        retryNanos,
        () -> {
          try {
            attempt(loop, log, process, then, Math.min(2 * retryNanos, LONGEST_RETRY_NANOS));
          } catch (ErrnoException e) {
            log.error("cannot reap a process", e);
          }
        });
  }
}
