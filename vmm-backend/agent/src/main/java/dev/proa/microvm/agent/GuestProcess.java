package dev.proa.microvm.agent;

import dev.proa.linux.ExitStatus;
import java.nio.ByteBuffer;
import java.time.Instant;

/**
 * A process as the agent knows it.
 *
 * @param step of the plan, where it waits or has failed; 65535 when it failed before its first step
 * @param number the errno of the failure
 * @param detail as in {@link dev.proa.spawn.StatusRecord}
 * @param pid in the guest's first pid namespace
 * @param status of wait(2), once it has ended
 */
public record GuestProcess(Phase phase, int step, int number, int detail, int pid, int status, Instant ended) {
  static final int SIZE = 32;

  /** As the phases of {@link dev.proa.spawn.ShimProcess}. */
  public enum Phase {
    /** Its plan runs. */
    STARTING,
    /** Its plan waits at a gate. */
    WAITING,
    /** Its program runs. */
    RUNNING,
    /** Its program ran and has ended. */
    EXITED,
    /** It ended before its program ran. */
    FAILED;

    int code() {
      return ordinal() + 1;
    }
  }

  static GuestProcess decode(ByteBuffer from) throws java.io.IOException {
    int phase = from.getInt();
    if (phase < 1 || phase > Phase.values().length) {
      throw new java.io.IOException("the agent speaks of a phase " + phase);
    }
    int step = from.getInt();
    int number = from.getInt();
    int detail = from.getInt();
    int pid = from.getInt();
    int status = from.getInt();
    long nanos = from.getLong();
    return new GuestProcess(Phase.values()[phase - 1], step, number, detail, pid, status, Instant.ofEpochSecond(0, nanos));
  }

  /** How it ended. */
  public ExitStatus exitStatus() {
    return ExitStatus.ofWaitStatus(status);
  }
}
