package dev.proa.namespace.seccomp;

import dev.proa.spi.ProaException;
import org.jspecify.annotations.Nullable;

/** Return values of filters (linux/seccomp.h, SECCOMP_RET_*). */
final class Verdict {
  static final int KILL_PROCESS = 0x80000000;
  static final int KILL_THREAD = 0x00000000;
  static final int TRAP = 0x00030000;
  static final int ERRNO = 0x00050000;
  static final int TRACE = 0x7ff00000;
  static final int LOG = 0x7ffc0000;
  static final int ALLOW = 0x7fff0000;

  static final int EPERM = 1;
  static final int ENOSYS = 38;

  /** The kernel caps errno values at MAX_ERRNO. */
  private static final int MAX_ERRNO = 4095;

  private Verdict() {}

  /** @param data errno for SCMP_ACT_ERRNO and the message for SCMP_ACT_TRACE; null is EPERM, as runc has it */
  static int of(String action, @Nullable Integer data) {
    int value = data == null ? EPERM : data;
    if (value < 0 || value > MAX_ERRNO) {
      throw ProaException.invalid("linux.seccomp: errnoRet " + value + " is not 0 to " + MAX_ERRNO);
    }
    return switch (action) {
      case "SCMP_ACT_ALLOW" -> ALLOW;
      case "SCMP_ACT_ERRNO" -> ERRNO | value;
      case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD" -> KILL_THREAD;
      case "SCMP_ACT_KILL_PROCESS" -> KILL_PROCESS;
      case "SCMP_ACT_LOG" -> LOG;
      case "SCMP_ACT_TRACE" -> TRACE | value;
      case "SCMP_ACT_TRAP" -> TRAP;
      case "SCMP_ACT_NOTIFY" -> throw ProaException.notImplemented("linux.seccomp: the action SCMP_ACT_NOTIFY");
      default -> throw ProaException.invalid("linux.seccomp: \"" + action + "\" is no action");
    };
  }
}
