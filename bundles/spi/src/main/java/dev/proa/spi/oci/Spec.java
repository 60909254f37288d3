package dev.proa.spi.oci;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An OCI runtime configuration (runtime-spec config.md). Names are the specification's; lists and maps are never null and are
 * unmodifiable; what the specification calls optional is {@code @Nullable} or empty.
 */
public record Spec(
    String ociVersion,
    Process process,
    Root root,
    @Nullable String hostname,
    @Nullable String domainname,
    List<Mount> mounts,
    @Nullable Hooks hooks,
    Linux linux,
    Map<String, String> annotations) {

  public Spec {
    mounts = List.copyOf(mounts);
    annotations = Map.copyOf(annotations);
  }

  public Spec withLinux(Linux other) {
    return new Spec(ociVersion, process, root, hostname, domainname, mounts, hooks, other, annotations);
  }

  public Spec withProcess(Process other) {
    return new Spec(ociVersion, other, root, hostname, domainname, mounts, hooks, linux, annotations);
  }

  /** config.md "Root". */
  public record Root(String path, boolean readonly) {}

  /**
   * config.md "Mounts": destination is absolute inside the container; options as in mount(8) plus the specification's own. The mappings are for the
   * options {@code idmap} and {@code ridmap}; empty means those of the container's user namespace.
   */
  public record Mount(
      String destination, String type, String source, List<String> options, List<IdMapping> uidMappings, List<IdMapping> gidMappings) {
    public Mount {
      options = List.copyOf(options);
      uidMappings = List.copyOf(uidMappings);
      gidMappings = List.copyOf(gidMappings);
    }

    public Mount(String destination, String type, String source, List<String> options) {
      this(destination, type, source, options, List.of(), List.of());
    }
  }

  /** config.md "Process". {@code args} is argv, its first element looked up along PATH of {@code env}. */
  public record Process(
      boolean terminal,
      @Nullable ConsoleSize consoleSize,
      User user,
      List<String> args,
      List<String> env,
      String cwd,
      Capabilities capabilities,
      List<Rlimit> rlimits,
      boolean noNewPrivileges,
      @Nullable String apparmorProfile,
      @Nullable Integer oomScoreAdj,
      @Nullable String selinuxLabel,
      @Nullable Scheduler scheduler,
      @Nullable IoPriority ioPriority,
      @Nullable CpuAffinity execCpuAffinity) {
    public Process {
      args = List.copyOf(args);
      env = List.copyOf(env);
      rlimits = List.copyOf(rlimits);
    }

    public Process(
        boolean terminal,
        @Nullable ConsoleSize consoleSize,
        User user,
        List<String> args,
        List<String> env,
        String cwd,
        Capabilities capabilities,
        List<Rlimit> rlimits,
        boolean noNewPrivileges,
        @Nullable String apparmorProfile,
        @Nullable Integer oomScoreAdj) {
      this(
          terminal,
          consoleSize,
          user,
          args,
          env,
          cwd,
          capabilities,
          rlimits,
          noNewPrivileges,
          apparmorProfile,
          oomScoreAdj,
          null,
          null,
          null,
          null);
    }

    /** As version 1.1 of this package had it. */
    public Process(
        boolean terminal,
        @Nullable ConsoleSize consoleSize,
        User user,
        List<String> args,
        List<String> env,
        String cwd,
        Capabilities capabilities,
        List<Rlimit> rlimits,
        boolean noNewPrivileges,
        @Nullable String apparmorProfile,
        @Nullable Integer oomScoreAdj,
        @Nullable String selinuxLabel,
        @Nullable Scheduler scheduler,
        @Nullable IoPriority ioPriority) {
      this(
          terminal,
          consoleSize,
          user,
          args,
          env,
          cwd,
          capabilities,
          rlimits,
          noNewPrivileges,
          apparmorProfile,
          oomScoreAdj,
          selinuxLabel,
          scheduler,
          ioPriority,
          null);
    }

    /** The same with other variables and capabilities. */
    public Process with(List<String> otherEnv, Capabilities others) {
      return new Process(
          terminal,
          consoleSize,
          user,
          args,
          otherEnv,
          cwd,
          others,
          rlimits,
          noNewPrivileges,
          apparmorProfile,
          oomScoreAdj,
          selinuxLabel,
          scheduler,
          ioPriority,
          execCpuAffinity);
    }

    /** The same confinement around another program that has no terminal. */
    public Process running(List<String> otherArgs, List<String> otherEnv) {
      return new Process(
          false,
          null,
          user,
          otherArgs,
          otherEnv,
          cwd,
          capabilities,
          rlimits,
          noNewPrivileges,
          apparmorProfile,
          oomScoreAdj,
          selinuxLabel,
          scheduler,
          ioPriority,
          execCpuAffinity);
    }
  }

  /** Processors as lists such as {@code 0-3,7}, of processes that are executed later; {@code finalCpus} is the member {@code final}. */
  public record CpuAffinity(@Nullable String initial, @Nullable String finalCpus) {}

  /**
   * config.md "Linux Process": sched_setattr(2). {@code policy} such as {@code SCHED_OTHER}, {@code flags} such as {@code SCHED_FLAG_RESET_ON_FORK};
   * the times are of SCHED_DEADLINE, in nanoseconds.
   */
  public record Scheduler(String policy, int nice, int priority, List<String> flags, long runtime, long deadline, long period) {
    public Scheduler {
      flags = List.copyOf(flags);
    }
  }

  /** ioprio_set(2): {@code ioClass} such as {@code IOPRIO_CLASS_BE}, {@code priority} 0 to 7. */
  public record IoPriority(String ioClass, int priority) {}

  /** Characters. */
  public record ConsoleSize(int height, int width) {}

  /** Numeric ids inside the container. {@code umask} null leaves 0022. */
  public record User(int uid, int gid, @Nullable Integer umask, List<Integer> additionalGids) {
    public User {
      additionalGids = List.copyOf(additionalGids);
    }
  }

  /** Sets of names such as {@code CAP_CHOWN} (capabilities(7)). */
  public record Capabilities(
      List<String> bounding, List<String> effective, List<String> inheritable, List<String> permitted, List<String> ambient) {
    public Capabilities {
      bounding = List.copyOf(bounding);
      effective = List.copyOf(effective);
      inheritable = List.copyOf(inheritable);
      permitted = List.copyOf(permitted);
      ambient = List.copyOf(ambient);
    }
  }

  /** {@code type} such as {@code RLIMIT_NOFILE}; −1 is infinity. */
  public record Rlimit(String type, long soft, long hard) {}

  /** config.md "POSIX-platform Hooks". */
  public record Hooks(
      List<Hook> prestart,
      List<Hook> createRuntime,
      List<Hook> createContainer,
      List<Hook> startContainer,
      List<Hook> poststart,
      List<Hook> poststop) {
    public Hooks {
      prestart = List.copyOf(prestart);
      createRuntime = List.copyOf(createRuntime);
      createContainer = List.copyOf(createContainer);
      startContainer = List.copyOf(startContainer);
      poststart = List.copyOf(poststart);
      poststop = List.copyOf(poststop);
    }
  }

  /** {@code timeoutSeconds} null waits without end. */
  public record Hook(String path, List<String> args, List<String> env, @Nullable Integer timeoutSeconds) {
    public Hook {
      args = List.copyOf(args);
      env = List.copyOf(env);
    }
  }

  /** config-linux.md. {@code cgroupsPath} is relative to the backend's own parent group unless absolute. */
  public record Linux(
      List<Namespace> namespaces,
      List<IdMapping> uidMappings,
      List<IdMapping> gidMappings,
      List<Device> devices,
      @Nullable String cgroupsPath,
      Resources resources,
      @Nullable String rootfsPropagation,
      @Nullable Seccomp seccomp,
      Map<String, String> sysctl,
      List<String> maskedPaths,
      List<String> readonlyPaths,
      @Nullable String mountLabel,
      Map<String, TimeOffset> timeOffsets,
      @Nullable Personality personality,
      @Nullable MemoryPolicy memoryPolicy) {
    public Linux {
      timeOffsets = Map.copyOf(timeOffsets);
      namespaces = List.copyOf(namespaces);
      uidMappings = List.copyOf(uidMappings);
      gidMappings = List.copyOf(gidMappings);
      devices = List.copyOf(devices);
      sysctl = Map.copyOf(sysctl);
      maskedPaths = List.copyOf(maskedPaths);
      readonlyPaths = List.copyOf(readonlyPaths);
    }

    public Linux(
        List<Namespace> namespaces,
        List<IdMapping> uidMappings,
        List<IdMapping> gidMappings,
        List<Device> devices,
        @Nullable String cgroupsPath,
        Resources resources,
        @Nullable String rootfsPropagation,
        @Nullable Seccomp seccomp,
        Map<String, String> sysctl,
        List<String> maskedPaths,
        List<String> readonlyPaths,
        @Nullable String mountLabel) {
      this(
          namespaces,
          uidMappings,
          gidMappings,
          devices,
          cgroupsPath,
          resources,
          rootfsPropagation,
          seccomp,
          sysctl,
          maskedPaths,
          readonlyPaths,
          mountLabel,
          Map.of(),
          null,
          null);
    }

    /** As version 1.1 of this package had it. */
    public Linux(
        List<Namespace> namespaces,
        List<IdMapping> uidMappings,
        List<IdMapping> gidMappings,
        List<Device> devices,
        @Nullable String cgroupsPath,
        Resources resources,
        @Nullable String rootfsPropagation,
        @Nullable Seccomp seccomp,
        Map<String, String> sysctl,
        List<String> maskedPaths,
        List<String> readonlyPaths,
        @Nullable String mountLabel,
        Map<String, TimeOffset> timeOffsets,
        @Nullable Personality personality) {
      this(
          namespaces,
          uidMappings,
          gidMappings,
          devices,
          cgroupsPath,
          resources,
          rootfsPropagation,
          seccomp,
          sysctl,
          maskedPaths,
          readonlyPaths,
          mountLabel,
          timeOffsets,
          personality,
          null);
    }

    /** The same with other namespaces and mappings. */
    public Linux with(List<Namespace> others, List<IdMapping> uids, List<IdMapping> gids) {
      return new Linux(
          others,
          uids,
          gids,
          devices,
          cgroupsPath,
          resources,
          rootfsPropagation,
          seccomp,
          sysctl,
          maskedPaths,
          readonlyPaths,
          mountLabel,
          timeOffsets,
          personality,
          memoryPolicy);
    }
  }

  /** set_mempolicy(2): {@code mode} such as {@code MPOL_BIND}, {@code nodes} a list such as {@code 0-3}, {@code flags} such as {@code MPOL_F_STATIC_NODES}. */
  public record MemoryPolicy(String mode, @Nullable String nodes, List<String> flags) {
    public MemoryPolicy {
      flags = List.copyOf(flags);
    }
  }

  /** What a time namespace's clock is ahead of the host's: {@code monotonic} or {@code boottime}. */
  public record TimeOffset(long secs, long nanosecs) {}

  /** personality(2): {@code domain} is {@code LINUX} or {@code LINUX32}. */
  public record Personality(String domain, List<String> flags) {
    public Personality {
      flags = List.copyOf(flags);
    }
  }

  /** {@code type}: pid, network, mount, ipc, uts, user, cgroup, time. A null path makes a new one; an absent type keeps the runtime's. */
  public record Namespace(String type, @Nullable String path) {}

  /** {@code size} ids from {@code containerID} inside are those from {@code hostID} outside. */
  public record IdMapping(long containerID, long hostID, long size) {}

  /** A node to make in the container: {@code type} one of c, b, u, p. */
  public record Device(String path, String type, long major, long minor, int fileMode, int uid, int gid) {}

  /** config-linux.md "Control groups". Null or empty: not limited. Numbers in the specification's units. */
  public record Resources(
      List<DeviceRule> devices,
      @Nullable Memory memory,
      @Nullable Cpu cpu,
      @Nullable Long pidsLimit,
      @Nullable BlockIO blockIO,
      List<HugepageLimit> hugepageLimits,
      Map<String, String> unified) {
    public Resources {
      devices = List.copyOf(devices);
      hugepageLimits = List.copyOf(hugepageLimits);
      unified = Map.copyOf(unified);
    }

    public static Resources none() {
      return new Resources(List.of(), null, null, null, null, List.of(), Map.of());
    }
  }

  /** {@code type} a, c or b; a null number is a wildcard; {@code access} of r, w, m. */
  public record DeviceRule(boolean allow, String type, @Nullable Long major, @Nullable Long minor, String access) {}

  /** Bytes; {@code swap} is memory plus swap, −1 unlimited; {@code checkBeforeUpdate} refuses a limit below what is in use. */
  public record Memory(
      @Nullable Long limit,
      @Nullable Long reservation,
      @Nullable Long swap,
      @Nullable Long kernel,
      @Nullable Long swappiness,
      @Nullable Boolean disableOOMKiller,
      boolean checkBeforeUpdate) {
    public Memory(
        @Nullable Long limit,
        @Nullable Long reservation,
        @Nullable Long swap,
        @Nullable Long kernel,
        @Nullable Long swappiness,
        @Nullable Boolean disableOOMKiller) {
      this(limit, reservation, swap, kernel, swappiness, disableOOMKiller, false);
    }
  }

  /** {@code quota}, {@code period} and {@code burst} in microseconds; {@code cpus} and {@code mems} as lists such as {@code 0-2,7}. */
  public record Cpu(
      @Nullable Long shares,
      @Nullable Long quota,
      @Nullable Long period,
      @Nullable Long realtimeRuntime,
      @Nullable Long realtimePeriod,
      @Nullable String cpus,
      @Nullable String mems,
      @Nullable Long burst,
      @Nullable Long idle) {
    public Cpu(
        @Nullable Long shares,
        @Nullable Long quota,
        @Nullable Long period,
        @Nullable Long realtimeRuntime,
        @Nullable Long realtimePeriod,
        @Nullable String cpus,
        @Nullable String mems) {
      this(shares, quota, period, realtimeRuntime, realtimePeriod, cpus, mems, null, null);
    }
  }

  public record BlockIO(
      @Nullable Integer weight,
      List<WeightDevice> weightDevice,
      List<ThrottleDevice> throttleReadBpsDevice,
      List<ThrottleDevice> throttleWriteBpsDevice,
      List<ThrottleDevice> throttleReadIOPSDevice,
      List<ThrottleDevice> throttleWriteIOPSDevice) {
    public BlockIO {
      weightDevice = List.copyOf(weightDevice);
      throttleReadBpsDevice = List.copyOf(throttleReadBpsDevice);
      throttleWriteBpsDevice = List.copyOf(throttleWriteBpsDevice);
      throttleReadIOPSDevice = List.copyOf(throttleReadIOPSDevice);
      throttleWriteIOPSDevice = List.copyOf(throttleWriteIOPSDevice);
    }
  }

  public record WeightDevice(long major, long minor, int weight) {}

  public record ThrottleDevice(long major, long minor, long rate) {}

  public record HugepageLimit(String pageSize, long limit) {}

  /** config-linux.md "Seccomp". Action and operator names are libseccomp's: {@code SCMP_ACT_ERRNO}, {@code SCMP_CMP_EQ}. */
  public record Seccomp(
      String defaultAction, @Nullable Integer defaultErrnoRet, List<String> architectures, List<String> flags, List<SeccompSyscall> syscalls) {
    public Seccomp {
      architectures = List.copyOf(architectures);
      flags = List.copyOf(flags);
      syscalls = List.copyOf(syscalls);
    }
  }

  public record SeccompSyscall(List<String> names, String action, @Nullable Integer errnoRet, List<SeccompArg> args) {
    public SeccompSyscall {
      names = List.copyOf(names);
      args = List.copyOf(args);
    }
  }

  /** {@code valueTwo} is the second value of {@code SCMP_CMP_MASKED_EQ}. */
  public record SeccompArg(int index, long value, long valueTwo, String op) {}
}
