package dev.proa.namespace;

import dev.proa.linux.Errno;
import dev.proa.namespace.plan.ExecPlanner;
import dev.proa.namespace.plan.ProcessSteps;
import dev.proa.spawn.SpawnException;
import dev.proa.spawn.SpawnFailure;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;

/** What the shim and its plans say, in the engine's classes; for a program that cannot be executed in runc's words, on which clients match. */
public final class Failures {
  /** Enough of an id for people. */
  private static final int SHORT_ID = 12;

  private Failures() {}

  public static ProaException ofSpawn(String id, Spec.Process process, SpawnException e) {
    String start = "cannot start " + shortened(id) + ": ";
    return switch (e.failure()) {
      case SpawnFailure.ExecFailed failed -> ofExec(process.args().getFirst(), failed, e);
      case SpawnFailure.StepFailed failed
          when failed.name().equals(ProcessSteps.WORKING_DIRECTORY) ->
          new ProaException(
              classOf(failed.errno()),
              "chdir to cwd (\"" + process.cwd() + "\") set in config.json failed: " + failed.errno().text(),
              e);
      case SpawnFailure.StepFailed failed when failed.name().equals(ExecPlanner.ENTER) && failed.errno() == Errno.ESRCH ->
          new ProaException(ErrorClass.CONFLICT, "cannot exec in " + shortened(id) + ": it is not running", e);
      case SpawnFailure.StepFailed failed -> ProaException.internal(start + failed, e);
      case SpawnFailure.Ended ended -> ProaException.internal(start + ended, e);
      case SpawnFailure.DeadlinePassed passed -> ProaException.internal(start + passed, e);
      case SpawnFailure.CloneFailed failed -> ProaException.internal(start + failed, e);
    };
  }

  /** The failure of a task that was adopted between create and start. */
  static ProaException ofStart(String id, TaskRecord record, SpawnException e) {
    return switch (e.failure()) {
      case SpawnFailure.ExecFailed failed -> ofExec(record.program(), failed, e);
      case SpawnFailure.StepFailed failed when failed.step() == record.execStep() ->
          ofExec(record.program(), new SpawnFailure.ExecFailed(failed.step(), record.program(), failed.number()), e);
      default -> ProaException.internal("cannot start " + shortened(id) + ": " + e.failure(), e);
    };
  }

  private static ProaException ofExec(String program, SpawnFailure.ExecFailed failed, SpawnException e) {
    String quoted = "exec: \"" + program + "\": ";
    if (failed.errno() == Errno.EACCES && !program.contains("/")) {
      // What lies in PATH and may not be run is passed over, so in the end nothing was found; Docker says so too.
      return new ProaException(ErrorClass.NOT_FOUND, quoted + "executable file not found in $PATH", e);
    }
    String text =
        switch (failed.errno()) {
          case ENOENT, ENOTDIR ->
              program.contains("/") ? quoted + "stat " + program + ": " + failed.errno().text() : quoted + "executable file not found in $PATH";
          default -> quoted + failed.errno().text();
        };
    return new ProaException(classOf(failed.errno()), text, e);
  }

  private static ErrorClass classOf(Errno errno) {
    return switch (errno) {
      case ENOENT, ENOTDIR -> ErrorClass.NOT_FOUND;
      case EACCES, EPERM, EISDIR -> ErrorClass.PERMISSION_DENIED;
      case ENOEXEC, E2BIG, ELOOP, ENAMETOOLONG, EINVAL -> ErrorClass.INVALID_ARGUMENT;
      default -> ErrorClass.INTERNAL;
    };
  }

  /** A call to the shim that failed. */
  public static ProaException ofShim(String what, IOException e) {
    return switch (e) {
      case NoSuchFileException unknown -> ProaException.notFound(what + ": no such process");
      case FileAlreadyExistsException exists -> ProaException.alreadyExists(what + ": exists already");
      default -> ProaException.unavailable(what + ": " + e.getMessage(), e);
    };
  }

  public static ProaException interrupted(String what) {
    Thread.currentThread().interrupt();
    return ProaException.unavailable(what + ": interrupted", null);
  }

  public static String shortened(String id) {
    return id.length() > SHORT_ID ? id.substring(0, SHORT_ID) : id;
  }
}
