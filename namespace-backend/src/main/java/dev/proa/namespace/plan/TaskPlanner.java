package dev.proa.namespace.plan;

import static dev.proa.spawn.Arg.flags;
import static dev.proa.spawn.Arg.number;

import dev.proa.linux.abi.Mount;
import dev.proa.linux.abi.Sched;
import dev.proa.linux.abi.Socket;
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
  /** SIOCSIFFLAGS of linux/sockios.h, IFF_UP and IFF_RUNNING of linux/if.h, struct ifreq: a name of 16 bytes, then the flags. */
  private static final int SIOCSIFFLAGS = 0x8914;

  private static final int IFF_UP_RUNNING = 0x41;
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

  private TaskPlanner(TaskSpec task, HostFacts host, Surroundings surroundings, @Nullable SeccompFilter filter) {
    this.task = task;
    this.spec = task.spec();
    this.host = host;
    this.surroundings = surroundings;
    this.filter = filter;
    this.namespaces = new Namespaces(spec.linux().namespaces());
    this.steps = new Steps(SpawnPlan.builder("proa: init"));
    this.process = new ProcessSteps(steps, host);
    this.identity = new IdentitySteps(steps, host);
    this.streams = new StreamSteps(steps);
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
    steps.plan().cloneFlags(namespaces.cloneFlags());
    // First the group, so that whatever this process does is on the task's account.
    process.enterCgroups(surroundings.cgroupEntrances());
    // Before anything is joined: nobody there may look into a process that is still the shim's child.
    process.reset(spec.process());
    joinNamespaces();
    Tree tree = files();
    Arg console = terminal(tree);
    // A working directory that is missing is made, as Docker does; the root may be read-only a moment later.
    tree.folder("make the working directory", Tree.tidy(spec.process().cwd(), "process.cwd"));
    kernel(tree);
    // Only now, as everything above still needed the host's tree for its sources.
    tree.pivot();
    process.enterWorkingDirectory(spec.process().cwd(), tree.root());
    standardStreams(tree, console);
    process.limits(spec.process());
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

  private void refuseWhatIsNotThere() {
    Spec.Hooks hooks = spec.hooks();
    if (hooks != null
        && !(hooks.prestart().isEmpty()
            && hooks.createRuntime().isEmpty()
            && hooks.createContainer().isEmpty()
            && hooks.startContainer().isEmpty()
            && hooks.poststart().isEmpty()
            && hooks.poststop().isEmpty())) {
      throw ProaException.notImplemented("hooks");
    }
    if (!spec.linux().uidMappings().isEmpty() || !spec.linux().gidMappings().isEmpty()) {
      throw ProaException.notImplemented("linux.uidMappings: user namespaces");
    }
    String label = spec.linux().mountLabel();
    if (label != null && !label.isEmpty()) {
      throw ProaException.notImplemented("linux.mountLabel: SELinux");
    }
    if (namespaces.isJoined("pid") && !host.kernelIs(6, 17) && spec.mounts().stream().anyMatch(mount -> mount.type().equals("proc"))) {
      throw ProaException.notImplemented("linux.namespaces: a /proc for the pid namespace of another container needs Linux 6.17");
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
    if (namespaces.isNew("cgroup")) {
      // Its root is the group that the process is in by now.
      steps.call("own cgroup namespace", Syscall.UNSHARE, flags("CLONE_NEWCGROUP", Sched.CLONE_NEWCGROUP));
    }
  }

  /** The container's tree of files, still below the host's. */
  private Tree files() {
    List<Spec.Mount> mounts = new ArrayList<>();
    for (dev.proa.spi.Mount mount : RootSteps.rest(task)) {
      mounts.add(new Spec.Mount(mount.target(), mount.type(), mount.source(), mount.options()));
    }
    mounts.addAll(spec.mounts());
    Arg pidNamespace = namespaces.isJoined("pid") ? steps.plan().descriptor(Surroundings.namespaceDescriptor("pid")) : null;
    MountSteps mountSteps = new MountSteps(steps, surroundings.isDirectory(), surroundings.cgroupFolders(), pidNamespace);
    mountSteps.cloneShared(mounts);
    MountSteps.isolate(steps);
    Tree tree = new RootSteps(steps, host).mount(task, surroundings.attachment());
    mountSteps.mountAll(tree, mounts);
    new DeviceSteps(steps).make(tree, spec);
    return tree;
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
      files.apparmor(profile);
    }
    files.readonly(spec.linux().readonlyPaths());
    files.mask(spec.linux().maskedPaths(), surroundings.scratch());
    if (spec.root().readonly()) {
      // After the last file that had to be made in it.
      steps.mountSetattr("read-only root", tree.root(), false, Mount.MOUNT_ATTR_RDONLY, 0, 0);
    }
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
    boolean own = dev != null && !task.stdin();
    // The container's own null device: the shim's one is the host's.
    Arg none =
        own && dev != null ? steps.openat2("open /dev/null", dev, "null", Steps.O_RDONLY, Steps.ON_MOUNT).result() : null;
    streams.pipes(spec.process(), task.stdin(), none);
  }

  /** The names of namespaces that the plan wants descriptors of, with the paths to open. */
  public static Map<String, String> namespacePaths(Spec spec) {
    Map<String, String> paths = new java.util.LinkedHashMap<>();
    for (Spec.Namespace namespace : spec.linux().namespaces()) {
      if (namespace.path() != null && !namespace.path().isEmpty()) {
        paths.put(namespace.type(), namespace.path());
      }
    }
    return paths;
  }
}
