package dev.proa.microvm;

import dev.proa.linux.FaultPoints;
import dev.proa.linux.Fd;
import dev.proa.linux.abi.Signal;
import dev.proa.microvm.agent.Agent;
import dev.proa.microvm.agent.GuestProcess;
import dev.proa.microvm.agent.GuestProcess.Phase;
import dev.proa.namespace.Failures;
import dev.proa.spawn.Shim;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Boots a task's guest and lets the container's first process go. */
final class GuestStarter {
  private static final Duration PLAN_TIME = Duration.ofSeconds(30);

  private static final Logger LOG = LoggerFactory.getLogger(GuestStarter.class);

  private final Shim shim;
  private final Hypervisor hypervisor;
  private final Duration bootTime;

  GuestStarter(Shim shim, Hypervisor hypervisor, Duration bootTime) {
    this.shim = shim;
    this.hypervisor = hypervisor;
    this.bootTime = bootTime;
  }

  /** Returns once the process is the user's program; after a failure the guest is gone, and the task has still to be deleted. */
  void start(GuestTask task, Path folder) {
    String what = "cannot start " + Failures.shortened(task.id());
    List<Fd> control = List.of();
    List<Fd> bringer = List.of();
    try {
      control = shim.fetch(task.id() + "/.vmm");
      bringer = shim.fetch(task.id() + GuestMaker.BRINGER);
      start(task, folder, control, bringer);
      shim.unpark(task.id() + GuestMaker.BRINGER);
    } catch (IOException e) {
      String autopsy = hypervisor.autopsy(control);
      end(task);
      throw ProaException.internal(what + ": " + e.getMessage() + (autopsy.isEmpty() ? "" : "; " + autopsy), e);
    } catch (InterruptedException e) {
      end(task);
      throw Failures.interrupted(what);
    } catch (RuntimeException e) {
      end(task);
      throw e;
    } finally {
      Fd.closeAll(control);
      Fd.closeAll(bringer);
    }
  }

  private static void end(GuestTask task) {
    task.cgroup().signalAll(Signal.SIGKILL);
  }

  private void start(GuestTask task, Path folder, List<Fd> control, List<Fd> bringer) throws IOException, InterruptedException {
    Path monitor = Path.of("/proc/" + task.record().monitorPid());
    BootTimes times = new BootTimes();
    GuestBoot boot = hypervisor.boot(control, task.record().monitorPid(), task.record().size(), bootTime);
    times.reached(boot.restored() ? "restored" : "vcpus run");
    FaultPoints.reach("guest.booting");
    Agent agent = new Agent(folder.resolve(Hypervisor.AGENT));
    try {
      agent.awaitUp(bootTime, () -> Files.exists(monitor));
      times.reached("agent answers");
      hypervisor.settle(control, agent, boot);
    } catch (IOException e) {
      hypervisor.unfit(boot);
      throw e;
    }
    task.serveNames(folder);
    agent.makeFolder(GuestMaker.GUEST_ATTACHMENT);
    agent.makeFolder(GuestMaker.GUEST_SCRATCH);
    if (!hypervisor.group().isEmpty()) {
      agent.makeFolder(hypervisor.group());
      limits(agent, hypervisor.group(), task.record());
    }
    times.reached("share and network are there");
    try (Fd connection = agent.run(KeptPlan.request(folder), KeptPlan.image(folder))) {
      GuestProcess process = agent.awaitOther("", Set.of(Phase.STARTING), PLAN_TIME);
      if (process.phase() == Phase.WAITING) {
        agent.release("");
        process = agent.awaitOther("", Set.of(Phase.STARTING, Phase.WAITING), PLAN_TIME);
      }
      if (process.phase() == Phase.FAILED) {
        throw KeptPlan.failure(task.id(), task.record(), folder, process);
      }
      // Only now, as the guest powers off when the relay has what it waits for.
      Relays.bring(bringer.getFirst(), connection);
    }
    times.reached("program runs");
    LOG.debug("start of {}: {}", Failures.shortened(task.id()), times);
    FaultPoints.reach("task.released");
  }

  /** In the guest's control group of the container; 0 is no limit. */
  static void limits(Agent agent, String group, GuestRecord record) throws IOException {
    limit(agent, group + "/memory.max", record.memoryLimit());
    limit(agent, group + "/pids.max", record.pidsLimit());
    agent.writeFile(group + "/cpu.max", record.cpuMax().getBytes(StandardCharsets.US_ASCII), 0);
  }

  private static void limit(Agent agent, String file, long value) throws IOException {
    agent.writeFile(file, (value == 0 ? "max" : Long.toString(value)).getBytes(StandardCharsets.US_ASCII), 0);
  }
}
