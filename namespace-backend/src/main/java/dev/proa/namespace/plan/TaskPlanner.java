package dev.proa.namespace.plan;

import static dev.proa.namespace.plan.Steps.AT_FDCWD;
import static dev.proa.spawn.Arg.flags;
import static dev.proa.spawn.Arg.number;

import dev.proa.linux.Errno;
import dev.proa.linux.abi.Mount;
import dev.proa.linux.abi.Sched;
import dev.proa.linux.abi.Socket;
import dev.proa.linux.abi.Stat;
import dev.proa.linux.abi.Syscall;
import dev.proa.namespace.seccomp.SeccompFilter;
import dev.proa.spawn.Arg;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.TaskSpec;
import dev.proa.spi.oci.Spec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The plan of a task's first process. A pure function; the order is the one that runc and youki arrived at, each part with its reason. */
public final class TaskPlanner {
  /** The gate at which the plan waits for the hooks that come before pivot_root. */
  private static final String HOOKS = "wait for hooks";

  /** SIOCSIFFLAGS of linux/sockios.h, IFF_UP and IFF_RUNNING of linux/if.h, struct ifreq: a name of 16 bytes, then the flags. */
  private static final int SIOCSIFFLAGS = 0x8914;

  private static final int IFF_UP_RUNNING = 0x41;
  private static final int MARKER_MODE = 0755;
  private static final int IFREQ = 40;
  private static final int IFNAMSIZ = 16;

  /** Settings of the IPC namespace; what else is below kernel and fs is the host's. */
  private static final Set<String> IPC_SETTINGS =
      Set.of(
          "kernel.msgmax",
          "kernel.msgmnb",
          "kernel.msgmni",
          "kernel.sem",
          "kernel.shmall",
          "kernel.shmmax",
          "kernel.shmmni",
          "kernel.shm_rmid_forced");

  private final TaskSpec task;
  private final Spec spec;
  private final HostFacts host;
  private final Surroundings surroundings;
  private final @Nullable SeccompFilter filter;
  private final Namespaces namespaces;
  private final Steps steps;
  private final ProcessSteps process;
  private final IdentitySteps identity;
  private final StreamSteps streams;
  private final UserNamespaceSteps users;
  private Stage stage;

  private TaskPlanner(TaskSpec task, HostFacts host, Surroundings surroundings, @Nullable SeccompFilter filter) {
    this.task = task;
    this.spec = task.spec();
    this.host = host;
    this.surroundings = surroundings;
    this.filter = filter;
    this.namespaces = new Namespaces(spec.linux().namespaces());
    this.steps = new Steps(SpawnPlan.preserving("proa: init", surroundings.preserved()));
    this.process = new ProcessSteps(steps, host);
    this.identity = new IdentitySteps(steps, host);
    this.streams = new StreamSteps(steps);
    this.users = new UserNamespaceSteps(steps, host);
    this.stage = Stage.ofDaemon(surroundings);
  }

  /**
   * The plan. It waits at a gate before it confines itself for good and executes the program.
   *
   * @throws ProaException {@code INVALID_ARGUMENT} for a specification that contradicts itself, {@code NOT_IMPLEMENTED} for what is not
   *     there yet, both naming the field
   */
  public static SpawnPlan plan(TaskSpec task, HostFacts host, Surroundings surroundings, @Nullable SeccompFilter filter) {
    return new TaskPlanner(task, host, surroundings, filter).plan();
  }

  private SpawnPlan plan() {
    refuseWhatIsNotThere();
    boolean inside = surroundings.users() != null;
    steps.plan().cloneFlags(firstCloneFlags());
    // Before anything is joined: nobody there may look into a process that is still the shim's child. And before the groups: a process that has a
    // real-time policy from the daemon's starter may enter no cpu group of v1 (kernel/sched/rt.c, sched_rt_can_attach).
    process.reset(spec.process());
    if (namespaces.isJoined("pid")) {
      // The container's /proc will not know this process, only the one that it clones.
      process.apparmor(spec.process());
    }
    // Early, so that whatever this process does is on the task's account.
    process.enterCgroups(surroundings.cgroupEntrances());
    joinNamespaces();
    process.scheduling(spec.process());
    streams.give(spec.process(), task.stdin(), surroundings.users());
    TimeSteps time = namespaces.isNew("time") ? new TimeSteps(steps, spec.linux().timeOffsets()) : null;
    Tree tree = inside ? filesOfUserNamespace(time) : files(time);
    Arg console = terminal(tree);
    // A working directory that is missing is made, as Docker does; the root may be read-only a moment later.
    tree.folder("make the working directory", Tree.tidy(spec.process().cwd(), "process.cwd"));
    for (String marker : task.markers()) {
      steps.mknodat("make /" + marker, tree.root(), marker, Stat.S_IFREG | MARKER_MODE, 0).tolerating(Errno.EEXIST);
    }
    kernel(tree);
    if (waitsForHooks(spec)) {
      // They see the container's mounts at their places below the host's tree (config.md, "createContainer Hooks").
      steps.plan().gate(HOOKS);
    }
    process.enterWorkingDirectory(spec.process().cwd(), enterRoot(tree));
    standardStreams(tree, console);
    process.limits(spec.process());
    process.personality(spec.linux().personality());
    process.memoryPolicy(spec.linux().memoryPolicy());
    process.umask(spec.process());
    // From here on nothing is possible that the container itself could not do.
    identity.become(spec.process());
    if (namespaces.isJoined("pid")) {
      // Whoever lives in that namespace sees the next process, so it has to be harmless before it is born.
      identity.confine(spec.process(), filter);
      steps.plan().cloneVisible("enter the pid namespace", 0);
      // The session of the process that just left ends with it, and a terminal would hang up on everybody in it.
      steps.call("own session", Syscall.SETSID);
      if (spec.process().terminal()) {
        streams.controlTerminal();
      }
      steps.plan().gate("wait for start");
    } else {
      steps.plan().gate("wait for start");
      identity.confine(spec.process(), filter);
    }
    process.exec(spec.process());
    return process.build();
  }

  /**
   * Makes the tree "/" of this process. Only now, as everything before still needed the host's tree for its sources.
   *
   * @return the root
   */
  private Arg enterRoot(Tree tree) {
    String propagation = spec.linux().rootfsPropagation();
    if (namespaces.isNew("mount")) {
      tree.pivot(propagation);
      readonlyRoot(tree);
      return tree.root();
    }
    readonlyRoot(tree);
    return tree.leaveFor(steps.plan().descriptor(Surroundings.namespaceDescriptor("mount")), propagation);
  }

  private void readonlyRoot(Tree tree) {
    if (spec.root().readonly()) {
      // After the last file that had to be made in it.
      steps.mountSetattr("read-only root", tree.root(), false, Mount.MOUNT_ATTR_RDONLY, 0, 0);
    }
  }

  /** In a user namespace the first process only prepares, in a mount namespace of its own. */
  private long firstCloneFlags() {
    if (surroundings.users() != null) {
      return Sched.CLONE_NEWNS;
    }
    // Who unshares a time namespace stays outside of it himself, and the first process of a pid namespace has to be inside.
    return namespaces.isNew("time") ? namespaces.cloneFlags() & ~Sched.CLONE_NEWPID : namespaces.cloneFlags();
  }

  /** The child that will be in the new time namespace, and in the new pid namespace. */
  private void enterTime(@Nullable TimeSteps time) {
    if (time == null) {
      return;
    }
    time.unshare();
    if (!namespaces.isJoined("pid")) {
      steps.plan().cloneVisible("enter the time namespace", namespaces.cloneFlags() & Sched.CLONE_NEWPID);
      steps.call("own session", Syscall.SETSID);
    }
  }

  /** Whether a proc file system can be mounted for another pid namespace than one's own. Otherwise a process of the plan's has to enter it for that. */
  public static boolean takesPidNamespace(HostFacts host) {
    return host.kernelIs(6, 17);
  }

  /** Whether the plan has a gate of its own for the hooks that come before pivot_root. */
  public static boolean waitsForHooks(Spec spec) {
    Spec.Hooks hooks = spec.hooks();
    return hooks != null && !(hooks.prestart().isEmpty() && hooks.createRuntime().isEmpty() && hooks.createContainer().isEmpty());
  }

  private void refuseWhatIsNotThere() {
    boolean own = namespaces.isOwn("user");
    if (own != (surroundings.users() != null)) {
      throw ProaException.invalid(
          "linux.namespaces: " + (own ? "a user namespace needs uidMappings and gidMappings" : "uidMappings without a user namespace"));
    }
    if (!spec.linux().timeOffsets().isEmpty() && !namespaces.isNew("time")) {
      throw ProaException.invalid("linux.timeOffsets: they need a new time namespace");
    }
    String selinux = spec.process().selinuxLabel();
    if (selinux != null && !selinux.isEmpty()) {
      throw ProaException.notImplemented("process.selinuxLabel: SELinux");
    }
    String label = spec.linux().mountLabel();
    if (label != null && !label.isEmpty()) {
      throw ProaException.notImplemented("linux.mountLabel: SELinux");
    }
  }

  private void joinNamespaces() {
    for (Spec.Namespace namespace : namespaces.joined()) {
      String type = namespace.type();
      steps.call(
          "enter the " + type + " namespace",
          Syscall.SETNS,
          steps.plan().descriptor(Surroundings.namespaceDescriptor(type)),
          flags(Namespaces.flagName(type), Namespaces.flag(type)));
    }
    if (namespaces.isNew("cgroup") && surroundings.users() == null) {
      ownCgroupNamespace();
    }
  }

  /** Its root is the group that the process is in by now. */
  private void ownCgroupNamespace() {
    steps.call("own cgroup namespace", Syscall.UNSHARE, flags("CLONE_NEWCGROUP", Sched.CLONE_NEWCGROUP));
  }

  /** All that is mounted below the root, the storage driver's first. */
  private List<Spec.Mount> mounts() {
    List<Spec.Mount> mounts = new ArrayList<>();
    for (dev.proa.spi.Mount mount : RootSteps.rest(task)) {
      mounts.add(new Spec.Mount(mount.target(), mount.type(), mount.source(), mount.options()));
    }
    mounts.addAll(spec.mounts());
    return mounts;
  }

  private MountSteps mountSteps() {
    Arg.Descriptor pidNamespace = namespaces.isJoined("pid") ? steps.plan().descriptor(Surroundings.namespaceDescriptor("pid")) : null;
    return new MountSteps(steps, surroundings, pidNamespace, takesPidNamespace(host), users, surroundings.users() != null);
  }

  /** The container's tree of files, still below the host's. */
  private Tree files(@Nullable TimeSteps time) {
    List<Spec.Mount> mounts = mounts();
    MountSteps mountSteps = mountSteps();
    mountSteps.cloneShared(mounts);
    MountSteps.isolate(steps);
    // Before /proc is mounted, which is of the pid namespace of whoever mounts it.
    enterTime(time);
    stage = Stage.ofDaemon(surroundings);
    Tree tree = new RootSteps(steps, host, null).mount(task, surroundings.attachment());
    links(tree);
    mountSteps.mountAll(tree, mounts);
    new DeviceSteps(steps).make(tree, spec);
    return tree;
  }

  /** Before anything is mounted, so that none of them gets into a volume. */
  private void links(Tree tree) {
    task.links()
        .forEach(
            (path, target) -> {
              String tidy = Tree.tidy(path, "links");
              int slash = tidy.lastIndexOf('/');
              Arg folder = tree.folder("link " + tidy, slash == 0 ? "/" : tidy.substring(0, slash));
              steps.symlinkat("link " + tidy, target, folder, tidy.substring(slash + 1)).tolerating(Errno.EEXIST);
            });
  }

  /** The same in two parts: what takes the host's rights, then, inside the namespaces, what is to be the container's own. */
  private Tree filesOfUserNamespace(@Nullable TimeSteps time) {
    IdMap map = java.util.Objects.requireNonNull(surroundings.users());
    List<Spec.Mount> mounts = mounts();
    MountSteps mountSteps = mountSteps();
    DeviceSteps devices = new DeviceSteps(steps);
    process.ceilings(spec.process());
    mountSteps.cloneShared(mounts);
    MountSteps.isolate(steps);
    // Before the layers' folder is covered with an idmapped view of itself: binds from there are to be what they are.
    mountSteps.prepare(mounts);
    Arg root = new RootSteps(steps, host, map).prepare(task, surroundings.attachment());
    // Last of what is attached here, as it covers the folder of the daemon's.
    stage = Stage.own(steps, surroundings.attachment());
    devices.prepare(spec, stage.directory(), map);
    users.enter();
    long flags = namespaces.cloneFlags();
    if (time != null) {
      time.unshare();
    }
    if (namespaces.isJoined("pid")) {
      steps.call("own namespaces", Syscall.UNSHARE, flags(flagNames(flags), flags));
    } else {
      steps.plan().cloneVisible("enter the namespaces", flags);
      steps.call("own session", Syscall.SETSID);
    }
    if (namespaces.isNew("cgroup")) {
      ownCgroupNamespace();
    }
    // A mount namespace of another user namespace is a slave already; it must not be left to that.
    MountSteps.isolate(steps);
    steps.moveMount("mount the root", root, AT_FDCWD, stage.root());
    Tree tree = new Tree(steps, root);
    links(tree);
    mountSteps.mountAll(tree, mounts);
    devices.make(tree, spec);
    return tree;
  }

  private static String flagNames(long flags) {
    return java.util.stream.Stream.of("mount", "network", "ipc", "uts", "cgroup", "pid")
        .filter(type -> (flags & Namespaces.flag(type)) != 0)
        .map(Namespaces::flagName)
        .collect(java.util.stream.Collectors.joining("|"));
  }

  /** @return the terminal's slave, null if none is wanted */
  private @Nullable Arg terminal(Tree tree) {
    if (!spec.process().terminal()) {
      return null;
    }
    Arg devpts = tree.ownMount("/dev/pts", "devpts");
    if (devpts == null) {
      throw ProaException.invalid("process.terminal: a terminal needs a devpts at /dev/pts among the mounts");
    }
    Arg slave = streams.terminal(spec.process(), devpts);
    Arg dev = tree.ownMount("/dev", "tmpfs");
    if (dev != null) {
      streams.console(slave, dev);
    }
    return slave;
  }

  /** The kernel's settings, and what of its files the container may not see or change. */
  private void kernel(Tree tree) {
    KernelFiles files = new KernelFiles(steps, tree);
    checkSettings();
    // Before /proc/sys is made read-only.
    files.settings(spec.linux().sysctl());
    if (namespaces.isNew("uts")) {
      name("host name", Syscall.SETHOSTNAME, spec.hostname());
      name("domain name", Syscall.SETDOMAINNAME, spec.domainname());
    }
    if (namespaces.isNew("network")) {
      loopback();
    }
    String profile = spec.process().apparmorProfile();
    if (profile != null && !profile.isEmpty() && !profile.equals("unconfined")) {
      if (!host.apparmor()) {
        throw ProaException.failedPrecondition("process.apparmorProfile: this host has no AppArmor");
      }
      if (!namespaces.isJoined("pid")) {
        files.apparmor(profile);
      }
    }
    files.readonly(spec.linux().readonlyPaths());
    files.mask(spec.linux().maskedPaths(), stage.scratch());
  }

  private void checkSettings() {
    for (String key : spec.linux().sysctl().keySet()) {
      String name = key.replace('/', '.');
      boolean own =
          IPC_SETTINGS.contains(name) || name.startsWith("fs.mqueue.")
              ? namespaces.isOwn("ipc")
              : name.startsWith("net.")
                  ? namespaces.isOwn("network")
                  : name.equals("kernel.domainname") && namespaces.isOwn("uts");
      if (!own) {
        throw ProaException.invalid("sysctl \"" + key + "\" is not in a separate kernel namespace");
      }
    }
  }

  private void name(String what, Syscall call, @Nullable String name) {
    if (name != null && !name.isEmpty()) {
      steps.call(what, call, Arg.string(name), number(name.getBytes(StandardCharsets.UTF_8).length));
    }
  }

  /** A new network namespace has a loopback interface that is down. */
  private void loopback() {
    ByteBuffer ifreq = ByteBuffer.allocate(IFREQ).order(ByteOrder.LITTLE_ENDIAN).put("lo".getBytes(StandardCharsets.US_ASCII));
    ifreq.putShort(IFNAMSIZ, (short) IFF_UP_RUNNING);
    Arg socket =
        steps
            .call(
                "loopback up",
                Syscall.SOCKET,
                flags("AF_INET", Socket.AF_INET),
                flags("SOCK_DGRAM|SOCK_CLOEXEC", Socket.SOCK_DGRAM | Socket.SOCK_CLOEXEC),
                number(0))
            .result();
    steps.call("loopback up", Syscall.IOCTL, socket, flags("SIOCSIFFLAGS", SIOCSIFFLAGS), steps.plan().buffer("ifreq", ifreq.array()));
  }

  private void standardStreams(Tree tree, @Nullable Arg console) {
    if (console != null) {
      streams.onto(console);
      if (!namespaces.isJoined("pid")) {
        streams.controlTerminal();
      }
      return;
    }
    Arg dev = tree.ownMount("/dev", "tmpfs");
    // The container's own null device: the shim's one is the host's.
    Arg none = null;
    if (dev != null && !task.stdin()) {
      // In a user namespace the node is a mount of its own.
      Arg how = surroundings.users() == null ? Steps.ON_MOUNT : Steps.IN_ROOT;
      none = steps.openat2("open /dev/null", dev, "null", Steps.O_RDONLY, how).result();
    }
    streams.pipes(task.stdin(), none);
  }

  /** The names of namespaces that the plan wants descriptors of, with the paths to open. Without a mount namespace the runtime's own is kept. */
  public static Map<String, String> namespacePaths(Spec spec) {
    Map<String, String> paths = new java.util.LinkedHashMap<>();
    for (Spec.Namespace namespace : spec.linux().namespaces()) {
      if (namespace.path() != null && !namespace.path().isEmpty()) {
        paths.put(namespace.type(), namespace.path());
      }
    }
    if (spec.linux().namespaces().stream().noneMatch(namespace -> namespace.type().equals("mount"))) {
      paths.put("mount", "/proc/self/ns/mnt");
    }
    return paths;
  }
}
