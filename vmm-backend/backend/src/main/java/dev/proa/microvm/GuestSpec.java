package dev.proa.microvm;

import dev.proa.namespace.plan.MonitorPlanner;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.TaskSpec;
import dev.proa.spi.oci.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a specification means in a guest, and what no guest can do, with the reason. Pure functions. */
final class GuestSpec {
  /** Name of the descriptor of the guest's own network namespace, which is the container's. */
  static final String NETWORK = "/proc/1/ns/net";

  /** What the monitor needs of the host's memory beside the guest's: a JVM. */
  private static final long MONITOR_MIB = 192;

  /** What a guest's kernel and agent need beside the container. */
  private static final long GUEST_MIB = 96;

  private static final long SMALLEST_MIB = 128;
  private static final long MIB = 1 << 20;

  private GuestSpec() {}

  /** Refuses, with the reason, what cannot work behind a kernel of its own. */
  static void check(TaskSpec task) {
    Spec spec = task.spec();
    require("network", spec, "--network host: a microVM has a network stack of its own and cannot use the host's");
    require("pid", spec, "--pid host: a microVM's kernel knows its own processes only");
    require("ipc", spec, "--ipc host: a microVM's kernel has no memory in common with the host's");
    require("uts", spec, "--uts host: a microVM has a host name of its own");
    for (Spec.Namespace namespace : spec.linux().namespaces()) {
      if (namespace.path() != null && !namespace.path().isEmpty()) {
        throw ProaException.invalid(
            "linux.namespaces: a microVM cannot join the " + namespace.type() + " namespace " + namespace.path() + ", which is another kernel's");
      }
      if (namespace.type().equals("user")) {
        throw ProaException.invalid("linux.namespaces: a microVM takes no user namespace: its users are no users of the host's anyway; start it with --userns=host");
      }
    }
    if (spec.hooks() != null) {
      throw ProaException.notImplemented("hooks: they run in namespaces of the host, and a microVM's are not there");
    }
    if (task.rootfs().size() > 1) {
      throw ProaException.notImplemented("rootfs: a microVM's root is one mount, not " + task.rootfs().size());
    }
    for (Spec.Mount mount : spec.mounts()) {
      if (mount.destination().equals("/proc") && MonitorPlanner.isBind(mount)) {
        throw ProaException.invalid("mount /proc: the host's /proc says nothing about a microVM");
      }
    }
  }

  private static void require(String type, Spec spec, String sentence) {
    if (spec.linux().namespaces().stream().noneMatch(namespace -> namespace.type().equals(type))) {
      throw ProaException.invalid(sentence);
    }
  }

  /**
   * The same task as the guest's planner is to see it: its files are below {@code share}, its network is the guest's.
   *
   * @param share where the monitor's share is mounted in the guest
   */
  static TaskSpec inGuest(TaskSpec task, String share) {
    Spec spec = task.spec();
    List<Spec.Mount> mounts = new ArrayList<>();
    for (int i = 0; i < spec.mounts().size(); i++) {
      Spec.Mount mount = spec.mounts().get(i);
      mounts.add(
          MonitorPlanner.isBind(mount)
              ? new Spec.Mount(mount.destination(), mount.type(), share + "/" + MonitorPlanner.shareOf(i), withoutPropagation(mount.options()))
              : mount);
    }
    List<Spec.Namespace> namespaces = new ArrayList<>();
    for (Spec.Namespace namespace : spec.linux().namespaces()) {
      namespaces.add(namespace.type().equals("network") ? new Spec.Namespace("network", NETWORK) : namespace);
    }
    Spec.Process process = spec.process();
    Spec.Process plain =
        new Spec.Process(
            process.terminal(), process.consoleSize(), process.user(), process.args(), process.env(), process.cwd(), process.capabilities(), process.rlimits(),
            process.noNewPrivileges(), null, process.oomScoreAdj(), process.selinuxLabel(), process.scheduler(), process.ioPriority(), null);
    Spec.Linux linux = spec.linux();
    Spec.Linux inside =
        new Spec.Linux(
            namespaces, List.of(), List.of(), List.of(), null, Spec.Resources.none(), null, linux.seccomp(), linux.sysctl(), linux.maskedPaths(),
            linux.readonlyPaths(), linux.mountLabel(), linux.timeOffsets(), linux.personality(), linux.memoryPolicy());
    Spec.Root root = new Spec.Root(share + "/" + MonitorPlanner.ROOT, spec.root().readonly());
    return new TaskSpec(
        task.id(),
        new Spec(spec.ociVersion(), plain, root, spec.hostname(), spec.domainname(), mounts, null, inside, spec.annotations()),
        List.of(),
        task.stdin());
  }

  private static final Set<String> PROPAGATION =
      Set.of("shared", "rshared", "slave", "rslave", "private", "rprivate", "unbindable", "runbindable", "idmap", "ridmap");

  /** Between kernels nothing propagates. */
  private static List<String> withoutPropagation(List<String> options) {
    return options.stream().filter(option -> !PROPAGATION.contains(option)).toList();
  }

  /** Size of the guest. */
  record Size(int memoryMib, int vcpus) {}

  /**
   * A container that asks for a limit gets a guest that has it; one that asks for none gets half of the host's memory, at most 2 GiB, of which the host gives
   * only what the guest touches, and one processor.
   */
  static Size sizeOf(Spec.Resources resources, long hostMemoryBytes, int hostCpus) {
    Spec.Memory memory = resources.memory();
    long limit = memory == null || memory.limit() == null || memory.limit() <= 0 ? -1 : memory.limit();
    long mib = limit < 0 ? Math.min(2048, hostMemoryBytes / MIB / 2) : limit / MIB + GUEST_MIB;
    Spec.Cpu cpu = resources.cpu();
    long vcpus = 1;
    if (cpu != null && cpu.quota() != null && cpu.quota() > 0) {
      vcpus = (cpu.quota() + periodOf(cpu) - 1) / periodOf(cpu);
    }
    return new Size((int) Math.clamp(mib, SMALLEST_MIB, 1 << 20), Math.clamp(vcpus, 1, Math.min(64, hostCpus)));
  }

  private static long periodOf(Spec.Cpu cpu) {
    return cpu.period() == null || cpu.period() <= 0 ? 100_000 : cpu.period();
  }

  /** The quota for the guest's control group too: programs read it there to know how many threads they should have. */
  static String cpuMax(Spec.@Nullable Cpu cpu) {
    return cpu == null || cpu.quota() == null || cpu.quota() <= 0 ? "max" : cpu.quota() + " " + periodOf(cpu);
  }

  /** The limits of the monitor's control group: what the container may have and what the monitor needs. Processes are counted by the guest. */
  static Spec.Resources ofMonitor(Spec.Resources wanted, Size size) {
    Spec.Memory memory = wanted.memory();
    Spec.Memory whole =
        memory == null || memory.limit() == null || memory.limit() <= 0
            ? null
            : new Spec.Memory((size.memoryMib() + MONITOR_MIB) * MIB, null, null, null, null, null);
    return new Spec.Resources(wanted.devices(), whole, wanted.cpu(), null, wanted.blockIO(), wanted.hugepageLimits(), wanted.unified());
  }
}
