package dev.proa.namespace.plan;

import static dev.proa.namespace.plan.Steps.AT_FDCWD;

import dev.proa.linux.abi.Mount;
import dev.proa.linux.abi.Sched;
import dev.proa.linux.abi.Stat;
import dev.proa.linux.abi.Syscall;
import dev.proa.spawn.Arg;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spi.isolation.TaskSpec;
import dev.proa.spi.oci.Spec;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The plan of a process that runs a task's machine: a virtual machine monitor. It gets namespaces of its own and a root of its own with nothing in it but
 * what it is told to have, and in that the task's own files, for the machine: below {@link #SHARE} the task's root as {@code root} and what is bound into it as
 * {@code m0}, {@code m1}, …, by the place in the specification's mounts.
 */
public final class MonitorPlanner {
  /** Where the task's files are in the monitor's root. */
  public static final String SHARE = "/share";

  /** The task's root below {@link #SHARE}. */
  public static final String ROOT = "root";

  private static final int FOLDER = 0755;

  private final Steps steps;
  private final Monitor monitor;
  private final Set<String> folders = new LinkedHashSet<>();

  /**
   * What the monitor is.
   *
   * @param process its program, ids and capabilities
   * @param hostPaths files and folders of the host that it has read-only at the same place; a link is copied as it is
   * @param writable such as it has with their rights, by their place in its root
   * @param devices device nodes of the host that it has
   * @param descriptors the numbers at which the program finds what the plan is given by name; each above all slots
   */
  public record Monitor(
      Spec.Process process, List<HostPath> hostPaths, Map<String, String> writable, List<String> devices, Map<String, Integer> descriptors) {
    public Monitor {
      hostPaths = List.copyOf(hostPaths);
      writable = Map.copyOf(writable);
      devices = List.copyOf(devices);
      descriptors = Map.copyOf(descriptors);
    }
  }

  /**
   * A path of the host, absolute.
   *
   * @param link what it leads to if it is a link, empty otherwise
   */
  public record HostPath(String path, boolean directory, String link) {}

  private MonitorPlanner(Steps steps, Monitor monitor) {
    this.steps = steps;
    this.monitor = monitor;
  }

  /** Where a bind of the specification is below {@link #SHARE}. */
  public static String shareOf(int mount) {
    return "m" + mount;
  }

  /** Whether a mount of the specification is a bind, so that its files come from the host. */
  public static boolean isBind(Spec.Mount mount) {
    return MountOptions.parse(mount.destination(), mount.type(), mount.options()).bind();
  }

  /**
   * The plan.
   *
   * @param task of which the root and the binds are mounted
   * @param surroundings its attachment is where the monitor's root is put together
   */
  public static SpawnPlan plan(TaskSpec task, Monitor monitor, HostFacts host, Surroundings surroundings) {
    Steps steps = new Steps(
        SpawnPlan.builder("proa: vmm")
            .cloneFlags(Sched.CLONE_NEWNS | Sched.CLONE_NEWPID | Sched.CLONE_NEWNET | Sched.CLONE_NEWIPC | Sched.CLONE_NEWUTS));
    ProcessSteps process = new ProcessSteps(steps, host);
    process.reset(monitor.process());
    process.enterCgroups(surroundings.cgroupEntrances());
    MountSteps.isolate(steps);
    new MonitorPlanner(steps, monitor).root(task, host, surroundings);
    new StreamSteps(steps).pipes(true, null);
    monitor.descriptors().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(descriptor -> steps.dup3("hand over " + descriptor.getKey(), steps.plan().descriptor(descriptor.getKey()), descriptor.getValue()));
    process.limits(monitor.process());
    process.umask(monitor.process());
    IdentitySteps identity = new IdentitySteps(steps, host);
    identity.become(monitor.process());
    identity.confine(monitor.process(), null);
    process.exec(monitor.process());
    return process.build();
  }

  private void root(TaskSpec task, HostFacts host, Surroundings surroundings) {
    String name = "make the monitor's root";
    String place = surroundings.attachment();
    Arg context = steps.fsopen(name, "tmpfs");
    steps.fsconfigString(name, context, "source", "tmpfs");
    steps.fsconfigString(name, context, "mode", "755");
    steps.fsconfigString(name, context, "size", "1m");
    steps.fsconfigCreate(name, context);
    Arg root = steps.fsmount(name, context, Mount.MOUNT_ATTR_NOSUID);
    steps.moveMount(name, root, AT_FDCWD, place);
    shares(task, host, surroundings, root, place);
    for (HostPath path : monitor.hostPaths()) {
      String step = "show " + path.path();
      if (path.link().isEmpty()) {
        Arg copy = copy(step, path.path(), true);
        steps.mountSetattr(step, copy, true, Mount.MOUNT_ATTR_RDONLY | Mount.MOUNT_ATTR_NOSUID | Mount.MOUNT_ATTR_NODEV, 0, Mount.MS_PRIVATE);
        steps.moveMount(step, copy, root, make(root, path.path(), path.directory()));
      } else {
        foldersOf(root, path.path());
        steps.symlinkat(step, path.link(), root, path.path().substring(1));
      }
    }
    monitor.writable().entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(entry -> writable(root, entry.getKey(), entry.getValue()));
    for (String device : monitor.devices()) {
      String step = "show " + device;
      Arg copy = copy(step, device, false);
      steps.mountSetattr(step, copy, false, Mount.MOUNT_ATTR_NOSUID | Mount.MOUNT_ATTR_NOEXEC, 0, Mount.MS_PRIVATE);
      steps.moveMount(step, copy, root, make(root, device, false));
    }
    make(root, "/tmp", true);
    Arg proc = steps.fsopen("mount proc", "proc");
    steps.fsconfigCreate("mount proc", proc);
    Arg mounted = steps.fsmount("mount proc", proc, Mount.MOUNT_ATTR_NOSUID | Mount.MOUNT_ATTR_NODEV | Mount.MOUNT_ATTR_NOEXEC);
    steps.moveMount("mount proc", mounted, root, make(root, "/proc", true));
    new Tree(steps, root).pivot(null);
  }

  private void shares(TaskSpec task, HostFacts host, Surroundings surroundings, Arg root, String place) {
    make(root, SHARE + "/" + ROOT, true);
    new RootSteps(steps, host, null).mount(task, place + SHARE + "/" + ROOT);
    MountSteps binds = new MountSteps(steps, surroundings, null, false, new UserNamespaceSteps(steps, host), false);
    List<Spec.Mount> mounts = task.spec().mounts();
    for (int i = 0; i < mounts.size(); i++) {
      Spec.Mount mount = mounts.get(i);
      if (isBind(mount)) {
        String path = Tree.tidy(mount.destination(), "mounts");
        Arg made = binds.bind(path, mount, MountOptions.parse(path, mount.type(), mount.options()), null);
        steps.moveMount("share " + mount.source(), made, root, make(root, SHARE + "/" + shareOf(i), surroundings.isDirectory().test(mount.source())));
      }
    }
  }

  private void writable(Arg root, String place, String source) {
    String step = "give " + source;
    Arg copy = copy(step, source, false);
    steps.mountSetattr(step, copy, false, Mount.MOUNT_ATTR_NOSUID | Mount.MOUNT_ATTR_NODEV | Mount.MOUNT_ATTR_NOEXEC, 0, Mount.MS_PRIVATE);
    steps.moveMount(step, copy, root, make(root, place, true));
  }

  private Arg copy(String step, String path, boolean recursive) {
    return steps.cloneTree(step, AT_FDCWD, path, recursive).result();
  }

  /** A place for a mount. Nobody else can have changed this root, so paths in it are as good as descriptors. @return relative to the root */
  private String make(Arg root, String path, boolean directory) {
    foldersOf(root, path);
    String relative = path.substring(1);
    if (!directory) {
      steps.mknodat("place for " + path, root, relative, Stat.S_IFREG | 0600, 0);
    } else if (folders.add(path)) {
      steps.call("place for " + path, Syscall.MKDIRAT, root, Arg.string(relative), Arg.mode(FOLDER));
    }
    return relative;
  }

  private void foldersOf(Arg root, String path) {
    for (int slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
      String folder = path.substring(0, slash);
      if (folders.add(folder)) {
        steps.call("place for " + folder, Syscall.MKDIRAT, root, Arg.string(folder.substring(1)), Arg.mode(FOLDER));
      }
    }
  }
}
