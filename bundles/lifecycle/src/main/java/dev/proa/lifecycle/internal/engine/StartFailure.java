package dev.proa.lifecycle.internal.engine;

import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.util.List;
import java.util.Locale;

/**
 * Why a container or an exec did not start, as Docker says it: the exit code that it gets, and the words by which the docker command finds
 * its own exit code ("executable file not found" 127, "permission denied" 126).
 */
record StartFailure(int exitCode, ProaException toClient) {
  static final int NOT_FOUND = 127;
  static final int NOT_EXECUTABLE = 126;
  static final int UNKNOWN = 128;

  /** What the engine finds out before it asks for a task, which says itself what failed. */
  private static final List<String> PLAIN =
      List.of("failed to ", "joining ", "error gathering device ", "invalid device cgroup rule ", "Decoding seccomp profile ", "unable to find ", "could not select device ");

  /** @param what such as {@code failed to create task for container} */
  static StartFailure of(String what, RuntimeException cause) {
    String message = String.valueOf(cause.getMessage());
    String lower = message.toLowerCase(Locale.ROOT);
    ErrorClass errorClass = cause instanceof ProaException known ? known.errorClass() : ErrorClass.INTERNAL;
    boolean plain = PLAIN.stream().anyMatch(message::startsWith);
    String text = plain ? message : what + ": " + message;
    if (plain && (errorClass == ErrorClass.INVALID_ARGUMENT || errorClass == ErrorClass.NOT_FOUND && message.startsWith("joining "))) {
      return new StartFailure(UNKNOWN, new ProaException(ErrorClass.INTERNAL, text, cause));
    }
    if (lower.contains("executable file not found") || lower.contains("no such file or directory")) {
      return new StartFailure(NOT_FOUND, new ProaException(ErrorClass.INVALID_ARGUMENT, text, cause));
    }
    if (lower.contains("permission denied") || lower.contains("is a directory") || lower.contains("exec format error")) {
      return new StartFailure(NOT_EXECUTABLE, new ProaException(ErrorClass.INVALID_ARGUMENT, text, cause));
    }
    if (lower.contains("not a directory")) {
      String hint = ": Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type";
      return new StartFailure(NOT_EXECUTABLE, new ProaException(ErrorClass.INVALID_ARGUMENT, text + hint, cause));
    }
    return new StartFailure(UNKNOWN, new ProaException(errorClass, text, cause));
  }
}
