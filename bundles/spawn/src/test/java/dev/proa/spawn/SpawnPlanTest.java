package dev.proa.spawn;

import static dev.proa.spawn.Arg.flags;
import static dev.proa.spawn.Arg.none;
import static dev.proa.spawn.Arg.number;
import static dev.proa.spawn.Arg.string;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.linux.Errno;
import dev.proa.linux.abi.Mount;
import dev.proa.linux.abi.Sched;
import dev.proa.linux.abi.Syscall;
import java.util.List;
import org.junit.jupiter.api.Test;

class SpawnPlanTest {

  @Test
  void aPlanPrintsAsANumberedListOfCalls() {
    SpawnPlan.Builder plan = SpawnPlan.builder("web").cloneFlags(Sched.CLONE_NEWNS | Sched.CLONE_NEWPID);
    Arg context = plan.call("mount proc", Syscall.FSOPEN, string("proc"), flags("FSOPEN_CLOEXEC", Mount.FSOPEN_CLOEXEC)).result();
    Arg mount = plan.call("mount proc", Syscall.FSMOUNT, context, flags("FSMOUNT_CLOEXEC", Mount.FSMOUNT_CLOEXEC), number(0)).result();
    SpawnPlan.Label absent = plan.label();
    plan.call(
            "mask kcore",
            Syscall.OPENAT2,
            plan.descriptor("rootfs"),
            string("proc/kcore"),
            plan.words("open_how", flags("O_PATH", 0x200000), number(0), flags("RESOLVE_IN_ROOT", 0x10)),
            number(24))
        .tolerating(Errno.ENOENT)
        .otherwise(absent);
    plan.call("mask kcore", Syscall.CLOSE, mount);
    plan.mark(absent);
    plan.repeat("signals", Syscall.RT_SIGACTION, 1, 64, plan.buffer("SIG_DFL", 32), none(), number(8)).tolerating(Errno.EINVAL);
    plan.gate("start");
    plan.exec("run", List.of("/bin/sh"), List.of("sh", "-c", "echo \"hi\"\n"), List.of("A=b"));
    assertThat(plan.build())
        .hasToString(
            """
            plan "web" clone3(CLONE_NEWPID|CLONE_NEWNS) descriptors 3=<status>, 4=<rootfs>, 5=<gate>
            0 "mount proc" fsopen("proc", FSOPEN_CLOEXEC)
            1 "mount proc" fsmount(#0, FSMOUNT_CLOEXEC, 0)
            2 "mask kcore" openat2(<rootfs>, "proc/kcore", &open_how{24; 0: O_PATH, 8: 0, 16: RESOLVE_IN_ROOT}, 24) tolerates ENOENT and goes to 4
            3 "mask kcore" close(#1)
            4 "signals" rt_sigaction(1, &SIG_DFL{32}, NULL, 8, 0) for each first argument up to 64 tolerates EINVAL
            5 "start: say so" write(<status>, &WAITING{16; 04000000050000000000000000000000}, 16)
            6 "start" read(<gate>, &byte{8}, 1)
            7 "ready" write(<status>, &READY{16; 01000000070000000000000000000000}, 16)
            8 "run" execve(["/bin/sh"], ["sh", "-c", "echo \\"hi\\"\\n"], ["A=b"])
            """);
  }

  @Test
  void aCloneStepLeadsTheChildPastWhatTheParentDoes() {
    SpawnPlan.Builder plan = SpawnPlan.builder("exec");
    plan.cloneVisible("clone", Sched.CLONE_NEWPID);
    plan.exec("run", List.of("/bin/true"), List.of("true"), List.of());
    SpawnPlan built = plan.build();
    assertThat(built.clonesAgain()).isTrue();
    assertThat(built.steps().getFirst().otherwise()).isEqualTo(4);
    assertThat(built.line(0)).endsWith("child goes on at 4").contains("CLONE_NEWPID|CLONE_PARENT");
    assertThat(built.line(3)).isEqualTo("3 \"clone: leave\" exit_group(0)");
  }

  @Test
  void mistakesAreToldWhenThePlanIsBuilt() {
    SpawnPlan.Builder plan = SpawnPlan.builder("wrong");
    assertThatThrownBy(plan::build).hasMessage("a plan ends with exec");
    assertThatThrownBy(() -> plan.cloneFlags(Sched.CLONE_VM)).hasMessageContaining("CLONE_VM");
    assertThatThrownBy(() -> plan.cloneFlags(Sched.CLONE_NEWUSER)).hasMessageContaining("unshare");
    assertThatThrownBy(() -> plan.call("later", Syscall.CLOSE, new Arg.Result(7))).hasMessageContaining("which comes later");
    assertThatThrownBy(() -> Arg.string("a\0b")).hasMessageContaining("NUL");
    assertThatThrownBy(() -> plan.exec("run", List.of(), List.of(), List.of())).hasMessage("nothing to execute");
    assertThatThrownBy(() -> plan.call("many", Syscall.CLOSE).tolerating(Errno.EPERM, Errno.EACCES, Errno.EINVAL, Errno.ENOENT, Errno.EBUSY).index())
        .hasMessageContaining("at most four");
    SpawnPlan.Label never = plan.label();
    plan.call("jump", Syscall.GETPID).then(never);
    plan.exec("run", List.of("/bin/true"), List.of("true"), List.of());
    assertThatThrownBy(plan::build).hasMessageContaining("never marked");
  }

  @Test
  void aPlanTakesABoundedNumberOfDescriptors() {
    SpawnPlan.Builder plan = SpawnPlan.builder("many");
    for (int i = 1; i < SpawnPlan.MAX_DESCRIPTORS; i++) {
      assertThat(plan.descriptor("d" + i).slot()).isEqualTo(SpawnPlan.FIRST_SLOT + i);
    }
    assertThat(plan.descriptor("d1").slot()).isEqualTo(SpawnPlan.FIRST_SLOT + 1);
    assertThatThrownBy(() -> plan.descriptor("more")).hasMessageContaining("at most 240");
  }

  @Test
  void thePathIsSearchedAsExecvpDoes() {
    assertThat(SpawnPlan.Builder.alongPath("ls", "/usr/bin:/bin/::/bin")).containsExactly("/usr/bin/ls", "/bin/ls", "./ls");
    assertThat(SpawnPlan.Builder.alongPath("./ls", "/usr/bin")).containsExactly("./ls");
  }

  @Test
  void plansWithTheSameStepsAreEqual() {
    assertThat(plan("a")).isEqualTo(plan("a")).hasSameHashCodeAs(plan("a")).isNotEqualTo(plan("b"));
  }

  private static SpawnPlan plan(String hostname) {
    SpawnPlan.Builder plan = SpawnPlan.builder("x");
    plan.call("hostname", Syscall.SETHOSTNAME, string(hostname), number(hostname.length()));
    plan.exec("run", List.of("/bin/true"), List.of("true"), List.of());
    return plan.build();
  }
}
