package dev.proa.spawn;

import static dev.proa.spawn.Arg.flags;
import static dev.proa.spawn.Arg.number;

import dev.proa.linux.Errno;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Memory;
import dev.proa.linux.abi.Prctl;
import dev.proa.linux.abi.Resource;
import dev.proa.linux.abi.Sched;
import dev.proa.linux.abi.Signal;
import dev.proa.linux.abi.Syscall;
import java.nio.charset.StandardCharsets;

/**
 * The first steps of every plan: they reset all that a process has from the JVM that cloned it. The environment is the exec step's, the working
 * directory and the ids are the plan's.
 *
 * @param oomScoreAdj what /proc/self/oom_score_adj becomes
 * @param noFileSoft the soft limit of open files (a JVM raises its own to the hard one); never above the hard limit {@code noFileHard}
 * @param umask usually 022
 */
public record Prologue(int oomScoreAdj, long noFileSoft, long noFileHard, int umask) {
  /** The soft limit that a login, systemd and Docker give. */
  public static final long USUAL_NOFILE = 1024;

  /** linux/keyctl.h. */
  private static final int KEYCTL_JOIN_SESSION_KEYRING = 1;

  private static final int SIGNALS = 64;
  private static final int SIGACTION_SIZE = 32;

  /** oom_score_adj 0, umask 022, 1024 open files up to this host's hard limit. */
  public static Prologue usual(long noFileHard) {
    return new Prologue(0, Math.min(USUAL_NOFILE, noFileHard), noFileHard, 022);
  }

  /** Adds the steps; each says why. */
  public void appendTo(SpawnPlan.Builder plan) {
    // First of all: nothing that this process joins later may look into it.
    plan.call("not dumpable", Syscall.PRCTL, flags("PR_SET_DUMPABLE", Prctl.PR_SET_DUMPABLE), number(0));
    plan.call("name", Syscall.PRCTL, flags("PR_SET_NAME", Prctl.PR_SET_NAME), Arg.string(plan.comm()));
    // execve of the image closed all that was close-on-exec, which is everything the shim has; this is for what an administrator's wrapper left open.
    plan.call("close strangers", Syscall.CLOSE_RANGE, plan.afterSlots(), flags("~0U", 0xffffffffL), number(0));
    // The slots do not outlive the program's exec; the plan's dup3 onto 0, 1 and 2 do.
    plan.call(
        "slots are close-on-exec",
        Syscall.CLOSE_RANGE,
        number(plan.firstSlot()),
        flags("~0U", 0xffffffffL),
        flags("CLOSE_RANGE_CLOEXEC", Memory.CLOSE_RANGE_CLOEXEC));
    // CLONE_CLEAR_SIGHAND keeps SIG_IGN, which nohup and others leave behind. 9, 19, and 32 and 33 of old libcs are EINVAL.
    plan.repeat(
            "signals to their defaults",
            Syscall.RT_SIGACTION,
            1,
            SIGNALS,
            plan.buffer("SIG_DFL", SIGACTION_SIZE),
            Arg.none(),
            number(8))
        .tolerating(Errno.EINVAL);
    plan.call(
        "no signal blocked", Syscall.RT_SIGPROCMASK, flags("SIG_SETMASK", Signal.SIG_SETMASK), plan.buffer("empty set", 8), Arg.none(), number(8));
    plan.call("own session", Syscall.SETSID);
    // A new one without a name, which nobody else can join: keys of the daemon's, or of another container, are not to be found in it (session-keyring(7)).
    plan.call("own session keyring", Syscall.KEYCTL, flags("KEYCTL_JOIN_SESSION_KEYRING", KEYCTL_JOIN_SESSION_KEYRING), Arg.none())
        .tolerating(Errno.ENOSYS);
    plan.call("umask", Syscall.UMASK, Arg.mode(umask));
    scheduling(plan);
    // The JVM raised its soft limit to the hard one at its start.
    plan.call(
        "open files",
        Syscall.PRLIMIT64,
        number(0),
        flags("RLIMIT_NOFILE", Resource.RLIMIT_NOFILE),
        plan.words("rlimit", number(Math.min(noFileSoft, noFileHard)), number(noFileHard)),
        Arg.none());
    // While /proc is still the host's.
    byte[] score = Integer.toString(oomScoreAdj).getBytes(StandardCharsets.US_ASCII);
    Arg file =
        plan.call(
                "oom_score_adj",
                Syscall.OPENAT,
                flags("AT_FDCWD", Fcntl.AT_FDCWD),
                Arg.string("/proc/self/oom_score_adj"),
                flags("O_WRONLY|O_CLOEXEC", Fcntl.O_WRONLY | Fcntl.O_CLOEXEC))
            .result();
    plan.call("oom_score_adj", Syscall.WRITE, file, Arg.string(Integer.toString(oomScoreAdj)), number(score.length));
    plan.call("oom_score_adj", Syscall.CLOSE, file);
    capabilities(plan);
  }

  private static void scheduling(SpawnPlan.Builder plan) {
    plan.call(
        "scheduling policy",
        Syscall.SCHED_SETSCHEDULER,
        number(0),
        flags("SCHED_OTHER", Sched.SCHED_NORMAL),
        plan.buffer("sched_param", 8));
    // A nicer start than the daemon's needs CAP_SYS_NICE; without it the niceness is inherited, as everywhere.
    plan.call("nice", Syscall.SETPRIORITY, flags("PRIO_PROCESS", Resource.PRIO_PROCESS), number(0), number(0))
        .tolerating(Errno.EACCES, Errno.EPERM);
  }

  private static void capabilities(SpawnPlan.Builder plan) {
    plan.call(
        "no ambient capabilities",
        Syscall.PRCTL,
        flags("PR_CAP_AMBIENT", Prctl.PR_CAP_AMBIENT),
        flags("PR_CAP_AMBIENT_CLEAR_ALL", Prctl.PR_CAP_AMBIENT_CLEAR_ALL),
        number(0),
        number(0),
        number(0));
    // capget into the data, the two inheritable words to 0, capset: what is permitted stays for the plan's own calls.
    Arg.Buffer header = plan.buffer("cap header", new byte[] {0x22, 0x05, 0x08, 0x20, 0, 0, 0, 0});
    Arg.Buffer data = plan.buffer("cap data", 24);
    plan.call("capabilities as they are", Syscall.CAPGET, header, data);
    plan.store("nothing inheritable, low", data, 8, number(0));
    plan.store("nothing inheritable, high", data, 20, number(0));
    plan.call("nothing inheritable", Syscall.CAPSET, header, data);
  }
}
