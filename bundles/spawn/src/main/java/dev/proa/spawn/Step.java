package dev.proa.spawn;

import dev.proa.linux.Errno;
import dev.proa.linux.abi.Syscall;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One step of a plan.
 *
 * @param name what it is for, for people: {@code mount proc}
 * @param kind what is done
 * @param call the system call; for kinds that are more than a call, the one they are made of
 * @param args at most six
 * @param tolerated errnos that are no failure here, at most four
 * @param onSuccess the step that comes next, for CLONE in the parent; always a later one
 * @param otherwise the step that comes next after a tolerated errno, for CLONE in the child; always a later one
 */
public record Step(String name, Kind kind, Syscall call, List<Arg> args, List<Errno> tolerated, int onSuccess, int otherwise) {

  /** What a step does. */
  public enum Kind {
    /** One system call. */
    CALL,
    /** The call again and again, with the first argument counting up to the sixth, that one included. */
    REPEAT,
    /** clone: the parent goes on at {@code onSuccess}, the child at {@code otherwise}. */
    CLONE,
    /** Reads one byte, however long that takes; end of file is ECANCELED. */
    GATE,
    /** Writes the low 32 bits of the second argument to where the first points. */
    STORE,
    /** Fails with the errno in the fourth argument unless (first &amp; second) == third. */
    CHECK,
    /** execve of each path in turn, as execvp does: ENOENT when none is there, EACCES when one was there but may not be run. */
    EXEC,
    /** The call, and on EAGAIN again, at most 128 times in all. */
    AGAIN
  }

  /** How many tolerated errnos an encoded step has room for. */
  public static final int MAX_TOLERATED = 4;

  public Step {
    args = List.copyOf(args);
    tolerated = List.copyOf(tolerated);
    if (args.size() > 6) {
      throw new IllegalArgumentException("step " + Printed.quoted(name) + " has " + args.size() + " arguments; a system call takes six");
    }
    if (tolerated.size() > MAX_TOLERATED) {
      throw new IllegalArgumentException("step " + Printed.quoted(name) + " tolerates " + tolerated.size() + " errnos, at most four can be");
    }
  }

  /** The call with its arguments: {@code fsopen("proc", FSOPEN_CLOEXEC)}. */
  public String callText() {
    return switch (kind) {
      case CALL, CLONE, GATE, EXEC, AGAIN -> call + arguments(args);
      case REPEAT -> call + arguments(args.subList(0, 5)) + " for each first argument up to " + args.get(5);
      case STORE -> "store32" + arguments(args);
      case CHECK -> "check(" + args.get(0) + " & " + args.get(1) + " == " + args.get(2) + ", else " + errno(args.get(3)) + ")";
    };
  }

  private static String errno(Arg arg) {
    return arg instanceof Arg.Number n ? Errno.of((int) n.value()).name() : arg.toString();
  }

  private static String arguments(List<Arg> args) {
    return args.stream().map(Arg::toString).collect(Collectors.joining(", ", "(", ")"));
  }
}
