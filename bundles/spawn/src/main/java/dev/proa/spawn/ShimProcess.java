package dev.proa.spawn;

import java.util.Optional;

/**
 * What the shim knows about one process.
 *
 * @param gate the step at which a WAITING plan waits, -1 otherwise
 * @param exit there once it has ended
 */
public record ShimProcess(String name, int pid, Phase phase, int gate, Stdio stdio, Optional<ProcessExit> exit) {

  /** How far it has come. */
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
    FAILED
  }
}
