package dev.proa.namespace.plan;

import static dev.proa.spawn.Arg.flags;
import static dev.proa.spawn.Arg.number;

import dev.proa.linux.Errno;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Syscall;
import dev.proa.spawn.Arg;
import dev.proa.spawn.Prologue;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the first process of a task and every exec have in common. */
public final class ProcessSteps {
  /** The name of the steps that enter it; what they report is the user's mistake. */
  public static final String WORKING_DIRECTORY = "working directory";

  private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  private static final int USUAL_UMASK = 022;

  /** linux/resource.h; the numbers are the same on all architectures of ours. */
  private static final Map<String, Integer> LIMITS =
      Map.ofEntries(
          Map.entry("RLIMIT_CPU", 0),
          Map.entry("RLIMIT_FSIZE", 1),
          Map.entry("RLIMIT_DATA", 2),
          Map.entry("RLIMIT_STACK", 3),
          Map.entry("RLIMIT_CORE", 4),
          Map.entry("RLIMIT_RSS", 5),
          Map.entry("RLIMIT_NPROC", 6),
          Map.entry("RLIMIT_NOFILE", 7),
          Map.entry("RLIMIT_MEMLOCK", 8),
          Map.entry("RLIMIT_AS", 9),
          Map.entry("RLIMIT_LOCKS", 10),
          Map.entry("RLIMIT_SIGPENDING", 11),
          Map.entry("RLIMIT_MSGQUEUE", 12),
          Map.entry("RLIMIT_NICE", 13),
          Map.entry("RLIMIT_RTPRIO", 14),
          Map.entry("RLIMIT_RTTIME", 15));

  private final Steps steps;
  private final HostFacts host;

  ProcessSteps(Steps steps, HostFacts host) {
    this.steps = steps;
    this.host = host;
  }

  /** Everything that a process has from the JVM that cloned it goes back to what a program expects. */
  void reset(Spec.Process process) {
    if (process.args().isEmpty()) {
      throw ProaException.invalid("process.args: no command");
    }
    if (process.args().getFirst().isEmpty()) {
      throw ProaException.notFound("exec: \"\": executable file not found in $PATH");
    }
    int score = process.oomScoreAdj() == null ? 0 : process.oomScoreAdj();
    if (score < -1000 || score > 1000) {
      throw ProaException.invalid("process.oomScoreAdj: " + score + " is not -1000 to 1000");
    }
    // Modes of files are the plan's own until the program's umask is set.
    new Prologue(score, Math.min(Prologue.USUAL_NOFILE, host.noFileHard()), host.noFileHard(), 0).appendTo(steps.plan());
  }

  /**
   * The AppArmor profile that the program will get when it is executed, by the visible process too, which inherits this. While the host's
   * /proc is this process's, which no container can have put another file into.
   */
  void apparmor(Spec.Process process) {
    String profile = process.apparmorProfile();
    if (profile != null && !profile.isEmpty() && host.apparmor()) {
      String name = "AppArmor profile " + profile;
      Arg next = steps.openat(name, Steps.AT_FDCWD, "/proc/thread-self/attr/apparmor/exec", flags("O_WRONLY|O_CLOEXEC", Fcntl.O_WRONLY | Fcntl.O_CLOEXEC)).result();
      steps.write(name, next, "exec " + profile);
    }
  }

  /** {@code 0} is whoever writes it. */
  void enterCgroups(List<String> entrances) {
    for (String controller : entrances) {
      steps.write("enter the " + controller + " cgroup", steps.plan().descriptor(Surroundings.cgroupDescriptor(controller)), "0");
    }
  }

  /**
   * As far as the limits may be raised: no further than what is wanted, but for the plan's own descriptors. Whoever is inside a user namespace can only
   * lower them.
   */
  void ceilings(Spec.Process process) {
    for (Spec.Rlimit limit : process.rlimits()) {
      boolean files = limit.type().equals("RLIMIT_NOFILE");
      // −1 is the largest of all.
      long ceiling = files && Long.compareUnsigned(limit.hard(), host.noFileHard()) < 0 ? host.noFileHard() : limit.hard();
      limit("room for the limit " + limit.type(), limit.type(), ceiling, ceiling);
    }
  }

  void limits(Spec.Process process) {
    for (Spec.Rlimit limit : process.rlimits()) {
      limit("limit " + limit.type(), limit.type(), limit.soft(), limit.hard());
    }
  }

  private void limit(String name, String type, long soft, long hard) {
    Integer number = LIMITS.get(type);
    if (number == null) {
      throw ProaException.invalid("process.rlimits: \"" + type + "\" is no limit");
    }
    steps.call(
        name, Syscall.PRLIMIT64, number(0), flags(type, number), steps.plan().words("rlimit", number(soft), number(hard)), Arg.none());
  }

  /**
   * The processors that an exec runs on while it is on the host's account, and those for good (config.md, "execCPUAffinity").
   *
   * @param entered whether the container's groups are entered by now
   */
  void affinity(Spec.Process process, boolean entered) {
    Spec.CpuAffinity wanted = process.execCpuAffinity();
    String list = wanted == null ? null : entered ? wanted.finalCpus() : wanted.initial();
    if (list != null && !list.isEmpty()) {
      Arg.Buffer set = steps.plan().buffer("cpu_set", BitList.parse("process.execCPUAffinity", list));
      steps.call(entered ? "processors" : "processors at first", Syscall.SCHED_SETAFFINITY, number(0), number(set.size()), set);
    }
  }

  /** set_mempolicy(2): of this process, and of all that come of it (config-linux.md, "Memory policy"). */
  void memoryPolicy(Spec.@Nullable MemoryPolicy policy) {
    MemoryPolicySteps.append(steps, policy);
  }

  /** Also the niceness, which only the host's root may lower. */
  void scheduling(Spec.Process process) {
    SchedulingSteps.append(steps, process);
  }

  /** personality(2); the seccomp filter lets only a few of them pass, so it comes before that. */
  void personality(Spec.@Nullable Personality personality) {
    if (personality == null) {
      return;
    }
    if (!personality.flags().isEmpty()) {
      throw ProaException.invalid("linux.personality: there are no flags, and not " + personality.flags());
    }
    long number =
        switch (personality.domain()) {
          case "LINUX" -> 0;
          case "LINUX32" -> 8; // PER_LINUX32 of linux/personality.h
          default -> throw ProaException.invalid("linux.personality: \"" + personality.domain() + "\" is neither LINUX nor LINUX32");
        };
    steps.call("personality", Syscall.PERSONALITY, flags(personality.domain(), number));
  }

  /** chdir to a folder below the root, and proof that it lies there: a descriptor left open must not lead out (CVE-2024-21626). */
  void enterWorkingDirectory(String cwd, Arg root) {
    String path = Tree.tidy(cwd, "process.cwd");
    Arg folder =
        path.equals("/")
            ? null
            : steps.openat2(WORKING_DIRECTORY, root, path.substring(1), Steps.O_PATH_DIRECTORY, Steps.IN_ROOT).result();
    if (folder != null) {
      steps.call(WORKING_DIRECTORY, Syscall.FCHDIR, folder);
    }
    Arg.Buffer name = steps.plan().buffer("name", 4096);
    steps.call("working directory is inside", Syscall.GETCWD, name, number(4096));
    // Of a folder outside the root the kernel says "(unreachable)".
    steps.plan().check("working directory is inside", name.load(0), 0xff, '/', Errno.EPERM);
  }

  void umask(Spec.Process process) {
    Integer umask = process.user().umask();
    steps.call("umask", Syscall.UMASK, Arg.mode(umask == null ? USUAL_UMASK : umask));
  }

  void exec(Spec.Process process) {
    String path = DEFAULT_PATH;
    for (String variable : process.env()) {
      if (variable.startsWith("PATH=")) {
        path = variable.substring("PATH=".length());
      }
    }
    steps.plan().execAlongPath("exec " + process.args().getFirst(), process.args(), process.env(), path);
  }

  SpawnPlan build() {
    return steps.plan().build();
  }
}
