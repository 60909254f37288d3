package dev.proa.linux;

import dev.proa.linux.abi.Wait;

/**
 * How a process ended, as in siginfo_t.
 *
 * @param code CLD_EXITED, CLD_KILLED or CLD_DUMPED of {@link Wait}
 * @param status the exit code, or the signal
 */
public record ExitStatus(int code, int status) {

  /** From the status word of wait4(2). */
  public static ExitStatus ofWaitStatus(int word) {
    int signal = word & 0x7f;
    if (signal == 0) {
      return new ExitStatus(Wait.CLD_EXITED, word >> 8 & 0xff);
    }
    return new ExitStatus((word & 0x80) != 0 ? Wait.CLD_DUMPED : Wait.CLD_KILLED, signal);
  }

  public boolean exited() {
    return code == Wait.CLD_EXITED;
  }

  /** The exit code as shells and Docker count it: 128 + signal when killed. */
  public int exitCode() {
    return exited() ? status : 128 + status;
  }

  @Override
  public String toString() {
    return exited() ? "exited with code " + status : "killed by signal " + status + (code == Wait.CLD_DUMPED ? " (core dumped)" : "");
  }
}
