package dev.proa.microvm;

import dev.proa.linux.FaultPoints;
import dev.proa.linux.Fd;
import dev.proa.microvm.agent.Agent;
import dev.proa.microvm.agent.GuestProcess;
import dev.proa.microvm.agent.GuestProcess.Phase;
import dev.proa.microvm.agent.GuestRun;
import dev.proa.namespace.plan.ExecPlanner;
import dev.proa.namespace.seccomp.SeccompFilter;
import dev.proa.spawn.SpawnException;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spawn.Spawned;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.ExecSpec;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Starts a further process in a guest. */
final class GuestExec {
  private static final Duration PLAN_TIME = Duration.ofSeconds(30);

  private final Hypervisor hypervisor;
  private final MicroVmBackend.Opened open;

  GuestExec(Hypervisor hypervisor, MicroVmBackend.Opened open) {
    this.hypervisor = hypervisor;
    this.open = open;
  }

  /** @return the host's end of it, once it is the user's program */
  Spawned run(ExecSpec exec, GuestTask task, Agent agent, String name) throws IOException, InterruptedException {
    Spec.Process wanted = exec.process();
    Spec.Process process =
        new Spec.Process(
            wanted.terminal(), wanted.consoleSize(), wanted.user(), wanted.args(), wanted.env(), wanted.cwd(), wanted.capabilities(), wanted.rlimits(),
            wanted.noNewPrivileges(), null, wanted.oomScoreAdj(), wanted.selinuxLabel(), wanted.scheduler(), wanted.ioPriority(),
            wanted.execCpuAffinity());
    boolean stdin = exec.stdin() || wanted.terminal();
    SeccompFilter filter = exec.privileged() ? null : open.filters().load(task.record().filter());
    ExecSpec inside = new ExecSpec(exec.id(), exec.execId(), process, exec.stdin(), exec.privileged());
    SpawnPlan plan = ExecPlanner.plan(inside, hypervisor.guestFacts(), List.of(), filter, new ExecPlanner.Target(null, task.record().ownTime(), false));
    GuestRun run =
        new GuestRun(exec.execId(), false, wanted.terminal(), stdin, plan, hypervisor.group(), Map.of(ExecPlanner.INIT, new GuestRun.Slot.Process("")));
    if (wanted.terminal()) {
      Files.writeString(open.tasks().resolve(exec.id()).resolve(GuestMaker.terminalOf(exec.execId())), "");
    }
    Relays.Waiting relay;
    try {
      relay = open.relays().spawn(name, stdin, null);
    } catch (SpawnException e) {
      throw ProaException.internal("cannot exec in " + exec.id() + ": " + e.failure(), e);
    }
    boolean kept = false;
    try (relay) {
      FaultPoints.reach("exec.spawned");
      try (Fd connection = agent.run(run)) {
        GuestProcess started = agent.awaitOther(exec.execId(), Set.of(Phase.STARTING), PLAN_TIME);
        if (started.phase() == Phase.FAILED) {
          throw KeptPlan.failure(exec.id(), process, plan, started);
        }
        // Only now: once the relay has told its end the agent forgets a process.
        Relays.bring(relay.bringer(), connection);
      }
      kept = true;
      return relay.process();
    } finally {
      if (!kept) {
        relay.process().close();
        open.relays().discard(name);
      }
    }
  }
}
