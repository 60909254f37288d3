package dev.proa.launcher;

import org.jspecify.annotations.Nullable;

/** Why the daemon does not start, in one sentence for the operator, and the exit status that goes with it. */
final class StartFailure extends Exception {
  private static final long serialVersionUID = 1L;

  /** The daemon could not start. */
  static final int FAILED = 1;

  /** The command line is wrong. */
  static final int USAGE = 125;

  private final int status;

  private StartFailure(int status, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.status = status;
  }

  static StartFailure failed(String message) {
    return new StartFailure(FAILED, message, null);
  }

  static StartFailure failed(String message, Throwable cause) {
    return new StartFailure(FAILED, message, cause);
  }

  static StartFailure usage(String message) {
    return new StartFailure(USAGE, message + "\nSee 'proad --help'", null);
  }

  int status() {
    return status;
  }
}
