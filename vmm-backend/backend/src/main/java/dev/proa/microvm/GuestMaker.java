package dev.proa.microvm;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.FaultPoints;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Stat;
import dev.proa.linux.netlink.Links;
import dev.proa.linux.netlink.NetworkNamespace;
import dev.proa.microvm.agent.GuestRun;
import dev.proa.namespace.Failures;
import dev.proa.namespace.HostProbe;
import dev.proa.namespace.cgroup.TaskCgroup;
import dev.proa.namespace.plan.MonitorPlanner;
import dev.proa.namespace.plan.Surroundings;
import dev.proa.namespace.plan.TaskPlanner;
import dev.proa.namespace.seccomp.SeccompAssembler;
import dev.proa.namespace.seccomp.SeccompFilter;
import dev.proa.spawn.Shim;
import dev.proa.spawn.SpawnException;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spawn.SpawnRequest;
import dev.proa.spawn.Spawned;
import dev.proa.spawn.Stdio;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.TaskSpec;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * From a specification to a monitor that waits for its guest, and a relay that waits for the guest's first process. The guest boots when the task is
 * started: only then its network is there. What the process is to be is planned here all the same, so that a specification that cannot be met is told at once.
 */
final class GuestMaker {
  /** The shim keeps the end over which the relay gets its connection, by the task's id and this. */
  static final String BRINGER = "/.bringer";

  /** Folder in the task's where the monitor's root is put together, in the monitor's own mount namespace. */
  static final String ATTACHMENT = "root";

  /** Folders of the guest's that the plan uses as those of the daemon's on a host. */
  static final String GUEST_ATTACHMENT = "/run/proa/root";

  static final String GUEST_SCRATCH = "/run/proa/scratch";

  private static final String MONITOR = "/.vmm";

  private final Shim shim;
  private final Hypervisor hypervisor;
  private final MicroVmBackend.Opened open;

  GuestMaker(Shim shim, Hypervisor hypervisor, MicroVmBackend.Opened open) {
    this.shim = shim;
    this.hypervisor = hypervisor;
    this.open = open;
  }

  /** A file in the task's folder that is there if the process has a terminal. */
  static String terminalOf(@Nullable String execId) {
    return execId == null ? "terminal" : "terminal-" + execId;
  }

  GuestTask make(TaskSpec task, Path folder, TaskCgroup cgroup) {
    String what = "cannot create " + Failures.shortened(task.id());
    Spec spec = task.spec();
    GuestSpec.Size size =
        GuestSpec.sizeOf(spec.linux().resources(), HostCheck.memoryBytes(), Runtime.getRuntime().availableProcessors());
    try {
      Spec.Seccomp profile = spec.linux().seccomp();
      SeccompFilter filter = profile == null ? null : new SeccompAssembler().assemble(profile);
      KeptPlan.write(folder, firstProcess(task, filter));
      if (spec.process().terminal()) {
        Files.writeString(folder.resolve(terminalOf(null)), "");
      }
      cgroup.create(GuestSpec.ofMonitor(spec.linux().resources(), size));
      FaultPoints.reach("task.cgroup-made");
      int monitor = monitor(task, folder, cgroup);
      FaultPoints.reach("task.spawned");
      GuestRecord record =
          new GuestRecord(
              cgroup.group(),
              monitor,
              open.filters().save(filter),
              spec.linux().namespaces().stream().anyMatch(namespace -> namespace.type().equals("time")),
              size,
              memoryLimit(spec),
              spec.linux().resources().pidsLimit() == null ? 0 : Math.max(0, spec.linux().resources().pidsLimit()),
              GuestSpec.cpuMax(spec.linux().resources().cpu()),
              spec.process().args().getFirst(),
              spec.process().cwd(),
              false,
              Instant.now());
      record.write(folder);
      FaultPoints.reach("task.recorded");
      boolean stdin = task.stdin() || spec.process().terminal();
      try (Relays.Waiting relay = open.relays().spawn(task.id(), stdin, folder.resolve(Relays.NOTE))) {
        shim.park(task.id() + BRINGER, List.of(relay.bringer()));
        return new GuestTask(task.id(), record, cgroup, relay.process(), GuestTask.Phase.CREATED);
      }
    } catch (SpawnException e) {
      throw ProaException.internal(what + ": " + e.failure(), e);
    } catch (IOException e) {
      throw Failures.ofShim(what, e);
    } catch (InterruptedException e) {
      throw Failures.interrupted(what);
    }
  }

  private static long memoryLimit(Spec spec) {
    Spec.Memory memory = spec.linux().resources().memory();
    return memory == null || memory.limit() == null ? 0 : Math.max(0, memory.limit());
  }

  private GuestRun firstProcess(TaskSpec task, @Nullable SeccompFilter filter) throws IOException {
    TaskSpec inside = GuestSpec.inGuest(task, hypervisor.share());
    Map<String, Boolean> directories = new LinkedHashMap<>();
    for (int i = 0; i < task.spec().mounts().size(); i++) {
      Spec.Mount mount = task.spec().mounts().get(i);
      if (MonitorPlanner.isBind(mount)) {
        directories.put(hypervisor.share() + "/" + MonitorPlanner.shareOf(i), isDirectory(mount.source()));
      }
    }
    Surroundings surroundings =
        new Surroundings(GUEST_ATTACHMENT, GUEST_SCRATCH, path -> Boolean.TRUE.equals(directories.get(path)), List.of(), Map.of());
    SpawnPlan plan = TaskPlanner.plan(inside, hypervisor.guestFacts(), surroundings, filter);
    return new GuestRun(
        "", true, task.spec().process().terminal(), task.stdin() || task.spec().process().terminal(), plan, hypervisor.group(),
        Map.of(Surroundings.namespaceDescriptor("network"), new GuestRun.Slot.File(GuestSpec.NETWORK)));
  }

  /** @return its pid */
  private int monitor(TaskSpec task, Path folder, TaskCgroup cgroup) throws IOException, SpawnException, InterruptedException {
    Path attachment = Files.createDirectory(folder.resolve(ATTACHMENT));
    Files.createDirectory(folder.resolve(GuestNames.FOLDER));
    Map<String, Fd> given = new LinkedHashMap<>();
    Hypervisor.Prepared prepared = hypervisor.prepare(folder);
    try (Fd unified = cgroup.openUnified()) {
      given.putAll(prepared.given());
      Map<String, Fd> entrances = cgroup.openEntrances();
      entrances.forEach((controller, fd) -> given.put(Surroundings.cgroupDescriptor(controller), fd));
      Surroundings surroundings =
          new Surroundings(attachment.toString(), "", GuestMaker::isDirectory, List.copyOf(entrances.keySet()), Map.of());
      SpawnPlan plan = MonitorPlanner.plan(task, prepared.monitor(), HostProbe.facts(shim.pid()), surroundings);
      String name = task.id() + MONITOR;
      if (!prepared.control().isEmpty()) {
        shim.park(name, prepared.control());
      }
      try (Spawned process = shim.spawn(new SpawnRequest(name, plan, given, Stdio.OUTPUT, unified, SpawnRequest.DEFAULT_DEADLINE))) {
        process.awaitReady();
        loopbackUp(process.pid());
        return process.pid();
      }
    } finally {
      Fd.closeAll(given.values());
      Fd.closeAll(prepared.control());
    }
  }

  /** The engine's resolver listens there. */
  private static void loopbackUp(int monitor) throws IOException {
    NetworkNamespace.in(
        "/proc/" + monitor + "/ns/net",
        () -> {
          try (Links links = Links.open()) {
            links.up("lo");
            return true;
          }
        });
  }

  static boolean isDirectory(String path) {
    try {
      return (Fs.statx(Fd.cwd(), path, 0).mode() & Stat.S_IFMT) == Stat.S_IFDIR;
    } catch (ErrnoException e) {
      throw e.errno() == Errno.ENOENT
          ? ProaException.invalid("invalid mount config for type \"bind\": bind source path does not exist: " + path)
          : ProaException.invalid("mount of " + path + ": " + e.getMessage());
    }
  }
}
