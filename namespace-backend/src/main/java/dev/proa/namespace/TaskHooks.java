package dev.proa.namespace;

import dev.proa.linux.Fd;
import dev.proa.namespace.Task.Phase;
import dev.proa.namespace.plan.ExecPlanner;
import dev.proa.namespace.plan.Surroundings;
import dev.proa.namespace.seccomp.SeccompFilter;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.ExecSpec;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The hooks of a task besides those of its creation (config.md, "POSIX-platform Hooks"). */
final class TaskHooks {
  private TaskHooks() {}

  /** In the container, as its process, which waits at its gate meanwhile. */
  static void startContainer(Opened open, Task task) throws IOException {
    Spec spec = task.specification();
    if (spec == null || spec.hooks() == null || spec.hooks().startContainer().isEmpty()) {
      return;
    }
    Map<String, Fd> descriptors = new LinkedHashMap<>();
    try {
      Map<String, Fd> entrances = task.cgroup().openEntrances();
      entrances.forEach((controller, fd) -> descriptors.put(Surroundings.cgroupDescriptor(controller), fd));
      descriptors.put(ExecPlanner.INIT, task.pidfd().duplicate());
      TaskRecord record = task.record();
      record.openRoot(descriptors);
      SeccompFilter filter = open.filters().load(record.filter());
      open.hooks()
          .each(
              "startContainer",
              spec.hooks().startContainer(),
              ociState(open, task, spec, "created"),
              descriptors,
              hook -> {
                List<String> args = new ArrayList<>(hook.args().isEmpty() ? List.of(hook.path()) : hook.args());
                args.set(0, hook.path());
                ExecSpec inside = new ExecSpec(task.id(), "hook", spec.process().running(args, hook.env()), true, false);
                return ExecPlanner.plan(inside, open.host(), List.copyOf(entrances.keySet()), filter, record.target());
              });
    } catch (ProaException e) {
      task.advance(Phase.LEAVING, Phase.CREATED);
      throw e;
    } finally {
      descriptors.values().forEach(Fd::close);
    }
  }

  private static OciState ociState(Opened open, Task task, Spec spec, String status) {
    int pid = status.equals("stopped") ? 0 : task.record().pid();
    return new OciState(task.id(), status, pid, open.tasks().resolve(task.id()).toString(), spec.annotations());
  }

  /** Those behind a start or a removal; their failures are only told. */
  static void afterwards(Opened open, Task task, String kind, Function<Spec.Hooks, List<Spec.Hook>> which, String status) {
    Spec spec = task.specification();
    if (spec != null && spec.hooks() != null) {
      open.hooks().afterwards(kind, which.apply(spec.hooks()), ociState(open, task, spec, status));
    }
  }
}
