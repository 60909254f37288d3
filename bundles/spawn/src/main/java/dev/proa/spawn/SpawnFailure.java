package dev.proa.spawn;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.ExitStatus;
import java.time.Duration;

/** Why a plan did not get as far as running its program. {@code toString} is the sentence for people. */
public sealed interface SpawnFailure {

  /** A step failed: {@code step 14 "mount proc": fsmount(#12, FSMOUNT_CLOEXEC, 0) EPERM: operation not permitted}. */
  record StepFailed(int step, String name, String call, int number) implements SpawnFailure {
    public Errno errno() {
      return Errno.of(number);
    }

    @Override
    public String toString() {
      return "step " + step + " " + Printed.quoted(name) + ": " + call + " " + ErrnoException.describe(number);
    }
  }

  /**
   * The program could not be executed. ENOENT (and ENOTDIR) make Docker's 127, everything else 126.
   *
   * @param path the candidate that gave the errno; with ENOENT the last one tried
   */
  record ExecFailed(int step, String path, int number) implements SpawnFailure {
    public Errno errno() {
      return Errno.of(number);
    }

    /** 127 or 126, as Docker and every shell count it. */
    public int exitCode() {
      return errno() == Errno.ENOENT || errno() == Errno.ENOTDIR ? 127 : 126;
    }

    @Override
    public String toString() {
      return "exec " + Printed.quoted(path) + ": " + ErrnoException.describe(number);
    }
  }

  /** The process ended before its program ran, and no step said why: killed from outside, or out of memory. */
  record Ended(ExitStatus status) implements SpawnFailure {
    @Override
    public String toString() {
      return "the process " + status + " before its program ran";
    }
  }

  /** The plan took longer than it may and was killed. {@code state} is what /proc said about it: {@code T (stopped)}. */
  record DeadlinePassed(Duration deadline, String state) implements SpawnFailure {
    @Override
    public String toString() {
      return "not done after " + deadline.toMillis() + " ms, in state " + state + "; killed";
    }
  }

  /** The shim could not even clone: clone3 or execveat of the image failed, or a pipe could not be made. */
  record CloneFailed(String call, int number) implements SpawnFailure {
    public Errno errno() {
      return Errno.of(number);
    }

    @Override
    public String toString() {
      return call + " " + ErrnoException.describe(number);
    }
  }
}
