package dev.proa.namespace.plan;

import static dev.proa.spawn.Arg.flags;
import static dev.proa.spawn.Arg.number;

import dev.proa.linux.abi.Syscall;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/** How the kernel's schedulers of processors and of disks treat the process (config.md, "Linux Process"). */
final class SchedulingSteps {
  /** struct sched_attr of linux/sched/types.h, first version. */
  private static final int SCHED_ATTR = 48;

  private static final Map<String, Integer> POLICIES =
      Map.of("SCHED_OTHER", 0, "SCHED_FIFO", 1, "SCHED_RR", 2, "SCHED_BATCH", 3, "SCHED_ISO", 4, "SCHED_IDLE", 5, "SCHED_DEADLINE", 6);

  /** linux/sched.h. */
  private static final Map<String, Integer> FLAGS =
      Map.of(
          "SCHED_FLAG_RESET_ON_FORK", 1,
          "SCHED_FLAG_RECLAIM", 2,
          "SCHED_FLAG_DL_OVERRUN", 4,
          "SCHED_FLAG_KEEP_POLICY", 8,
          "SCHED_FLAG_KEEP_PARAMS", 16,
          "SCHED_FLAG_UTIL_CLAMP_MIN", 32,
          "SCHED_FLAG_UTIL_CLAMP_MAX", 64);

  /** linux/ioprio.h. */
  private static final Map<String, Integer> CLASSES = Map.of("IOPRIO_CLASS_RT", 1, "IOPRIO_CLASS_BE", 2, "IOPRIO_CLASS_IDLE", 3);

  private static final int IOPRIO_CLASS_SHIFT = 13;
  private static final int IOPRIO_WHO_PROCESS = 1;

  private SchedulingSteps() {}

  static void append(Steps steps, Spec.Process process) {
    Spec.Scheduler scheduler = process.scheduler();
    if (scheduler != null) {
      scheduler(steps, scheduler);
    }
    Spec.IoPriority priority = process.ioPriority();
    if (priority != null) {
      ioPriority(steps, priority);
    }
  }

  private static void scheduler(Steps steps, Spec.Scheduler wanted) {
    Integer policy = POLICIES.get(wanted.policy());
    if (policy == null) {
      throw ProaException.invalid("process.scheduler: \"" + wanted.policy() + "\" is no policy");
    }
    long flags = 0;
    for (String name : wanted.flags()) {
      Integer flag = FLAGS.get(name);
      if (flag == null) {
        throw ProaException.invalid("process.scheduler: \"" + name + "\" is no flag");
      }
      flags |= flag;
    }
    ByteBuffer attr = ByteBuffer.allocate(SCHED_ATTR).order(ByteOrder.LITTLE_ENDIAN);
    attr.putInt(SCHED_ATTR).putInt(policy).putLong(flags).putInt(wanted.nice()).putInt(wanted.priority());
    attr.putLong(wanted.runtime()).putLong(wanted.deadline()).putLong(wanted.period());
    steps.call("scheduler " + wanted.policy(), Syscall.SCHED_SETATTR, number(0), steps.plan().buffer("sched_attr", attr.array()), number(0));
  }

  private static void ioPriority(Steps steps, Spec.IoPriority wanted) {
    Integer type = CLASSES.get(wanted.ioClass());
    if (type == null) {
      throw ProaException.invalid("process.ioPriority: \"" + wanted.ioClass() + "\" is no class");
    }
    if (wanted.priority() < 0 || wanted.priority() > 7) {
      throw ProaException.invalid("process.ioPriority: priority " + wanted.priority() + " is not 0 to 7");
    }
    steps.call(
        "priority of input and output",
        Syscall.IOPRIO_SET,
        flags("IOPRIO_WHO_PROCESS", IOPRIO_WHO_PROCESS),
        number(0),
        flags(wanted.ioClass() + "|" + wanted.priority(), (long) type << IOPRIO_CLASS_SHIFT | wanted.priority()));
  }
}
