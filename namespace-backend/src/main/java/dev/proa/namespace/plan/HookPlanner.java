package dev.proa.namespace.plan;

import static dev.proa.spawn.Arg.flags;
import static dev.proa.spawn.Arg.number;

import dev.proa.linux.Errno;
import dev.proa.linux.abi.Syscall;
import dev.proa.spawn.Arg;
import dev.proa.spawn.Prologue;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;

/** The plans of hooks that run with the runtime's rights (config.md, "POSIX-platform Hooks"). */
public final class HookPlanner {
  private HookPlanner() {}

  /** In the runtime's own namespaces: prestart, createRuntime, poststart, poststop. */
  public static SpawnPlan runtime(Spec.Hook hook, HostFacts host) {
    Steps steps = start(hook, host);
    streams(steps);
    return exec(steps, hook);
  }

  /**
   * In the namespaces of a container that has not pivoted yet, so that the program is found among the host's files: createContainer.
   *
   * @param users as for {@link ExecPlanner#plan}
   * @param bundle the hook's working folder, as crun has it; whoever may not enter it starts in "/"
   */
  public static SpawnPlan container(Spec.Hook hook, HostFacts host, boolean users, boolean ownTime, String bundle) {
    Steps steps = start(hook, host);
    streams(steps);
    ExecPlanner.enter(steps, host, users, ownTime);
    steps.call("enter the bundle", Syscall.CHDIR, Arg.string(bundle)).tolerating(Errno.EACCES, Errno.ENOENT);
    // What the shim gave is not the container's to find.
    steps.call("close what is the shim's", Syscall.CLOSE_RANGE, number(steps.plan().firstSlot() + 1), flags("~0U", 0xffffffffL), number(0));
    steps.plan().cloneVisible("enter the pid namespace", 0);
    steps.call("own session", Syscall.SETSID);
    return exec(steps, hook);
  }

  private static Steps start(Spec.Hook hook, HostFacts host) {
    if (!hook.path().startsWith("/")) {
      throw ProaException.invalid("hooks: the path \"" + hook.path() + "\" is not absolute");
    }
    Steps steps = new Steps(SpawnPlan.builder("proa: hook"));
    Prologue.usual(host.noFileHard()).appendTo(steps.plan());
    return steps;
  }

  private static void streams(Steps steps) {
    steps.dup3("standard input", steps.plan().descriptor(SpawnPlan.STDIN), 0);
    steps.dup3("standard output", steps.plan().descriptor(SpawnPlan.STDOUT), 1);
    steps.dup3("standard error", steps.plan().descriptor(SpawnPlan.STDERR), 2);
  }

  private static SpawnPlan exec(Steps steps, Spec.Hook hook) {
    steps
        .plan()
        .exec("hook " + hook.path(), java.util.List.of(hook.path()), hook.args().isEmpty() ? java.util.List.of(hook.path()) : hook.args(), hook.env());
    return steps.plan().build();
  }
}
