package dev.proa.namespace.plan;

import static dev.proa.spawn.Arg.flags;
import static dev.proa.spawn.Arg.number;

import dev.proa.linux.abi.Sched;
import dev.proa.linux.abi.Syscall;
import dev.proa.namespace.seccomp.SeccompFilter;
import dev.proa.spawn.Arg;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spi.isolation.ExecSpec;
import dev.proa.spi.oci.Spec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The plan of a further process in a task. What lives in the container is an enemy here: it must not get hold of this process before it has the
 * container's own rights. So it stays in the shim's pid namespace, not dumpable, until it has the final ids, capabilities and filter and no
 * descriptor of the shim's; only then it clones the process that is visible inside.
 */
public final class ExecPlanner {
  /** Descriptor of the task's first process. */
  public static final String INIT = "init";

  /** Descriptor of the task's root, for a task whose root is not its mount namespace's. */
  public static final String ROOT = "root";

  /** Name of the step that fails with ESRCH if the task has ended meanwhile. */
  public static final String ENTER = "enter the namespaces";

  private static final String NAMES = "CLONE_NEWNS|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWNET|CLONE_NEWPID|CLONE_NEWCGROUP";

  private static final long NAMESPACES =
      Sched.CLONE_NEWNS | Sched.CLONE_NEWUTS | Sched.CLONE_NEWIPC | Sched.CLONE_NEWNET | Sched.CLONE_NEWPID | Sched.CLONE_NEWCGROUP;

  private ExecPlanner() {}

  /**
   * What is entered.
   *
   * @param users the ids of the task's user namespace, null if it is in the host's
   * @param ownTime whether the task has a time namespace that is not the host's
   * @param rootApart whether its root is attached nowhere in its mount namespace, so that the plan wants the descriptor {@link #ROOT}
   */
  public record Target(@Nullable IdMap users, boolean ownTime, boolean rootApart) {}

  /**
   * The plan.
   *
   * @param cgroupEntrances as in {@link Surroundings}
   */
  public static SpawnPlan plan(ExecSpec exec, HostFacts host, List<String> cgroupEntrances, @Nullable SeccompFilter filter, Target target) {
    return plan(exec, host, cgroupEntrances, filter, target, 0);
  }

  /** @param preserved how many descriptors besides its standard streams the program gets */
  public static SpawnPlan plan(
      ExecSpec exec, HostFacts host, List<String> cgroupEntrances, @Nullable SeccompFilter filter, Target target, int preserved) {
    IdMap users = target.users();
    Spec.Process wanted = exec.process();
    Steps steps = new Steps(SpawnPlan.preserving("proa: exec", preserved));
    ProcessSteps process = new ProcessSteps(steps, host);
    IdentitySteps identity = new IdentitySteps(steps, host);
    StreamSteps streams = new StreamSteps(steps);
    // Not dumpable first of all, while nothing of the container is near.
    process.reset(wanted);
    process.apparmor(wanted);
    process.affinity(wanted, false);
    process.enterCgroups(cgroupEntrances);
    process.affinity(wanted, true);
    process.scheduling(wanted);
    streams.give(wanted, exec.stdin(), users);
    if (users != null) {
      process.ceilings(wanted);
    }
    enter(steps, host, users != null, target.ownTime());
    if (target.rootApart()) {
      Tree.enter(steps, steps.plan().descriptor(ROOT));
    }
    // Joining the mount namespace made its root this process's root and working directory.
    Arg slave = wanted.terminal() ? streams.terminalOfRunning(wanted) : null;
    process.enterWorkingDirectory(wanted.cwd(), Steps.AT_FDCWD);
    if (slave != null) {
      streams.onto(slave);
    } else {
      streams.pipes(exec.stdin(), null);
    }
    process.limits(wanted);
    process.umask(wanted);
    // All but 0, 1, 2 and the status pipe: /proc/PID/fd of the visible process is open to the container's root.
    steps.call("close what is the shim's", Syscall.CLOSE_RANGE, number(steps.plan().firstSlot() + 1), flags("~0U", 0xffffffffL), number(0));
    identity.become(wanted);
    identity.confine(wanted, filter);
    steps.plan().cloneVisible("become visible", 0);
    // The session of the process that just left ends with it, and a terminal would hang up on everybody in it.
    steps.call("own session", Syscall.SETSID);
    if (slave != null) {
      streams.controlTerminal();
    }
    process.exec(wanted);
    return process.build();
  }

  /** By descriptor, so that it is this task whatever became of its pid; all at once, so that no half of a container is ever joined. */
  static void enter(Steps steps, HostFacts host, boolean ownUsers, boolean ownTime) {
    long all = NAMESPACES | (ownUsers ? Sched.CLONE_NEWUSER : 0) | (ownTime ? Sched.CLONE_NEWTIME : 0);
    String names = NAMES + (ownUsers ? "|CLONE_NEWUSER" : "") + (ownTime ? "|CLONE_NEWTIME" : "");
    steps.call(ENTER, Syscall.SETNS, steps.plan().descriptor(INIT), flags(names, all));
    if (ownUsers) {
      new UserNamespaceSteps(steps, host).becomeRoot();
    }
  }
}
