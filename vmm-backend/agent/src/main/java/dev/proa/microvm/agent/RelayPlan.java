package dev.proa.microvm.agent;

import static dev.proa.spawn.Arg.flags;
import static dev.proa.spawn.Arg.number;

import dev.proa.linux.abi.Capability;
import dev.proa.linux.abi.Prctl;
import dev.proa.linux.abi.Sched;
import dev.proa.linux.abi.Syscall;
import dev.proa.spawn.Arg;
import dev.proa.spawn.Prologue;
import dev.proa.spawn.SpawnPlan;
import java.util.ArrayList;
import java.util.List;

/**
 * The host's end of one process of a guest: {@code proa-agent relay}, which pumps between the shim's pipes and a connection to the agent. It needs its
 * descriptors and nothing else, and has nothing else: no capabilities, no network, no privileges to gain, an id that owns nothing.
 */
public final class RelayPlan {
  /** The descriptor over which the connection comes, with one byte, by SCM_RIGHTS. */
  public static final String BRINGER = "bringer";

  /** The descriptor of the agent's executable: the relay's id may not enter the folder that it lies in. */
  public static final String BINARY = "binary";

  /** The descriptor of a file for what the agent says about the end. */
  public static final String NOTE = "note";

  /** What is written there: wait status, kills for want of memory, nanoseconds since 1970; u32, u32, u64. */
  public static final int NOTE_SIZE = 16;

  /** Above all slots, and known to the relay. */
  private static final int BRINGER_NUMBER = 250;

  private static final int NOTE_NUMBER = 251;
  private static final int NOBODY = 65534;

  private RelayPlan() {}

  /**
   * The plan.
   *
   * @param stdin whether standard input is pumped
   * @param note whether {@link #NOTE} is given
   */
  public static SpawnPlan of(boolean stdin, boolean note, long noFileHard) {
    SpawnPlan.Builder plan = SpawnPlan.builder("proa: relay").cloneFlags(Sched.CLONE_NEWNET | Sched.CLONE_NEWIPC | Sched.CLONE_NEWUTS);
    Prologue.usual(noFileHard).appendTo(plan);
    dup(plan, "standard input", plan.descriptor(SpawnPlan.STDIN), 0);
    dup(plan, "standard output", plan.descriptor(SpawnPlan.STDOUT), 1);
    dup(plan, "standard error", plan.descriptor(SpawnPlan.STDERR), 2);
    dup(plan, "where the connection comes from", plan.descriptor(BRINGER), BRINGER_NUMBER);
    if (note) {
      dup(plan, "what is said about the end", plan.descriptor(NOTE), NOTE_NUMBER);
    }
    plan.call("supplementary groups", Syscall.SETGROUPS, number(0), plan.buffer("none", 8));
    Arg nobody = number(NOBODY);
    plan.call("group id", Syscall.SETRESGID, nobody, nobody, nobody);
    plan.call("user id", Syscall.SETRESUID, nobody, nobody, nobody);
    plan.call("no new privileges", Syscall.PRCTL, flags("PR_SET_NO_NEW_PRIVS", Prctl.PR_SET_NO_NEW_PRIVS), number(1), number(0), number(0), number(0));
    plan.call("capabilities", Syscall.CAPSET, plan.buffer("header", header()), plan.buffer("none", 24));
    int binary = plan.descriptor(BINARY).slot();
    List<String> arguments = new ArrayList<>(List.of("proa-relay", "relay"));
    if (stdin) {
      arguments.add("stdin");
    }
    plan.exec("exec the relay", List.of("/proc/self/fd/" + binary), arguments, List.of());
    return plan.build();
  }

  private static byte[] header() {
    return java.nio.ByteBuffer.allocate(8).order(java.nio.ByteOrder.LITTLE_ENDIAN).putInt(Capability._LINUX_CAPABILITY_VERSION_3).array();
  }

  private static void dup(SpawnPlan.Builder plan, String name, Arg from, int to) {
    plan.call(name, Syscall.DUP3, from, number(to), number(0));
  }
}
