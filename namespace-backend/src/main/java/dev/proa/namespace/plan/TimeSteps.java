package dev.proa.namespace.plan;

import static dev.proa.spawn.Arg.flags;

import dev.proa.linux.abi.Sched;
import dev.proa.linux.abi.Syscall;
import dev.proa.spawn.Arg;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.util.Map;
import java.util.TreeMap;

/** A time namespace of the container's own (time_namespaces(7)): it has to be there before the process that will live in it. */
final class TimeSteps {
  private static final String NAME = "time namespace";

  private final Steps steps;
  private final Map<String, Spec.TimeOffset> offsets;
  private final Arg file;

  /** Opens the file while this process may: the root of a user namespace would not be its owner. */
  TimeSteps(Steps steps, Map<String, Spec.TimeOffset> offsets) {
    this.steps = steps;
    this.offsets = new TreeMap<>(offsets);
    this.file = steps.openat(NAME, Steps.AT_FDCWD, "/proc/self/timens_offsets", Steps.O_WRONLY).result();
  }

  /** For the next child of this process. */
  void unshare() {
    steps.call(NAME, Syscall.UNSHARE, flags("CLONE_NEWTIME", Sched.CLONE_NEWTIME));
    offsets.forEach(
        (clock, offset) -> {
          if (!clock.equals("monotonic") && !clock.equals("boottime")) {
            throw ProaException.invalid("linux.timeOffsets: \"" + clock + "\" is neither monotonic nor boottime");
          }
          steps.write(NAME + ": " + clock, file, clock + " " + offset.secs() + " " + offset.nanosecs() + "\n");
        });
  }
}
