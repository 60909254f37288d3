package dev.proa.namespace.seccomp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.lifecycle.confinement.DefaultConfinement;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SeccompAssemblerTest {
  private static final int EPERM = Verdict.ERRNO | 1;
  private static final int ENOSYS = Verdict.ERRNO | 38;
  private static final int X86_64 = SyscallAbi.X86_64.auditArch();
  private static final int I386 = SyscallAbi.I386.auditArch();

  private final SeccompAssembler assembler = new SeccompAssembler(SyscallAbi.X86_64);

  @Test
  void theDefaultFilterJudgesEveryCallAsTheProfileSays() {
    List<String> capabilities = DefaultConfinement.capabilities(List.of(), List.of(), false).bounding();
    Spec.Seccomp profile = DefaultConfinement.seccomp(capabilities);
    SeccompFilter filter = assembler.assemble(profile);
    BpfInterpreter kernel = new BpfInterpreter(filter);
    for (SyscallAbi abi : List.of(SyscallAbi.X86_64, SyscallAbi.I386)) {
      for (int number = 0; number < 600; number++) {
        for (long argument : new long[] {0, 8, 38, 39, 40, 41, 46, 0x10000000L, 0xffffffffL, 0x100000026L, -1}) {
          assertThat(kernel.verdict(abi.auditArch(), number, argument))
              .as("%s %d(%x)", abi, number, argument)
              .isEqualTo(Model.verdict(profile, abi, number, argument));
        }
      }
    }
    assertThat(filter.length()).isLessThan(700);
  }

  @Test
  void theDefaultFilterKeepsNamespacesAndKernelCryptographyShut() {
    BpfInterpreter kernel = defaultFilter();
    assertThat(call(kernel, "read")).isEqualTo(Verdict.ALLOW);
    assertThat(call(kernel, "mount")).isEqualTo(EPERM);
    assertThat(call(kernel, "io_uring_setup")).isEqualTo(EPERM);
    assertThat(call(kernel, "clone3")).isEqualTo(ENOSYS);
    assertThat(call(kernel, "clone", 0x11)).isEqualTo(Verdict.ALLOW);
    assertThat(call(kernel, "clone", 0x10000011)).isEqualTo(EPERM);
    assertThat(call(kernel, "socket", 2)).isEqualTo(Verdict.ALLOW);
    assertThat(call(kernel, "socket", 38)).as("AF_ALG").isEqualTo(EPERM);
    assertThat(call(kernel, "socket", 0x100000026L)).as("AF_ALG with a bit that the kernel ignores").isEqualTo(EPERM);
    assertThat(call(kernel, "socket", 40)).as("AF_VSOCK").isEqualTo(EPERM);
    assertThat(call(kernel, "personality", 0x20008)).isEqualTo(Verdict.ALLOW);
    assertThat(call(kernel, "personality", 0x40000)).as("ADDR_NO_RANDOMIZE").isEqualTo(EPERM);
  }

  @Test
  void foreignArchitecturesKillAndX32IsMissing() {
    BpfInterpreter kernel = defaultFilter();
    assertThat(kernel.verdict(SyscallAbi.AARCH64.auditArch(), 0)).isEqualTo(Verdict.KILL_PROCESS);
    assertThat(kernel.verdict(X86_64, 0x40000000)).isEqualTo(ENOSYS);
    assertThat(kernel.verdict(X86_64, -1)).isEqualTo(ENOSYS);
    assertThat(kernel.verdict(I386, SyscallAbi.I386.number("read"))).isEqualTo(Verdict.ALLOW);
    BpfInterpreter only64 =
        new BpfInterpreter(assembler.assemble(new Spec.Seccomp("SCMP_ACT_ALLOW", null, List.of(), List.of(), List.of())));
    assertThat(only64.verdict(I386, 3)).isEqualTo(Verdict.KILL_PROCESS);
    assertThat(only64.verdict(X86_64, 9999)).isEqualTo(Verdict.ALLOW);
  }

  @Test
  void callsNewerThanTheProfileAreMissingAndNotForbidden() {
    assertThat(defaultFilter().verdict(X86_64, 500)).isEqualTo(ENOSYS);
  }

  @Test
  void everyActionHasItsVerdict() {
    Spec.Seccomp profile =
        profile(
            "SCMP_ACT_ALLOW",
            rule("SCMP_ACT_KILL", null, "read"),
            rule("SCMP_ACT_KILL_PROCESS", null, "write"),
            rule("SCMP_ACT_ERRNO", 13, "open"),
            rule("SCMP_ACT_TRACE", 7, "close"),
            rule("SCMP_ACT_LOG", null, "stat"),
            rule("SCMP_ACT_TRAP", null, "fstat"));
    BpfInterpreter kernel = new BpfInterpreter(assembler.assemble(profile));
    assertThat(call(kernel, "read")).isEqualTo(Verdict.KILL_THREAD);
    assertThat(call(kernel, "write")).isEqualTo(Verdict.KILL_PROCESS);
    assertThat(call(kernel, "open")).isEqualTo(Verdict.ERRNO | 13);
    assertThat(call(kernel, "close")).isEqualTo(Verdict.TRACE | 7);
    assertThat(call(kernel, "stat")).isEqualTo(Verdict.LOG);
    assertThat(call(kernel, "fstat")).isEqualTo(Verdict.TRAP);
    assertThat(call(kernel, "lstat")).isEqualTo(Verdict.ALLOW);
  }

  @Test
  void randomProfilesAgreeWithTheirMeaning() {
    Random random = new Random(20260131);
    String[] names = {"read", "write", "open", "socket", "ioctl", "clone", "mmap", "fcntl", "kcmp", "statx", "mseal"};
    String[] operators = {"EQ", "NE", "LT", "LE", "GT", "GE", "MASKED_EQ"};
    String[] actions = {"SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRAP", "SCMP_ACT_KILL_PROCESS"};
    long[] values = {0, 1, 2, 0xffffffffL, 0x100000000L, 0x100000001L, 0x8000000000000000L, -1L, 0x7fffffffffffffffL};
    for (int round = 0; round < 300; round++) {
      List<Spec.SeccompSyscall> rules = new ArrayList<>();
      for (int i = random.nextInt(30); i >= 0; i--) {
        List<Spec.SeccompArg> args = new ArrayList<>();
        for (int j = random.nextInt(4); j > 0; j--) {
          args.add(
              new Spec.SeccompArg(
                  random.nextInt(3),
                  values[random.nextInt(values.length)],
                  values[random.nextInt(values.length)],
                  "SCMP_CMP_" + operators[random.nextInt(operators.length)]));
        }
        rules.add(
            new Spec.SeccompSyscall(
                List.of(names[random.nextInt(names.length)], names[random.nextInt(names.length)]),
                actions[random.nextInt(actions.length)],
                null,
                args));
      }
      Spec.Seccomp profile =
          new Spec.Seccomp(actions[random.nextInt(actions.length)], null, List.of("SCMP_ARCH_X86"), List.of(), rules);
      BpfInterpreter kernel = new BpfInterpreter(assembler.assemble(profile));
      for (int probe = 0; probe < 300; probe++) {
        SyscallAbi abi = random.nextBoolean() ? SyscallAbi.X86_64 : SyscallAbi.I386;
        int number = random.nextInt(4) == 0 ? random.nextInt(500) : Math.max(0, abi.number(names[random.nextInt(names.length)]));
        long[] args = IntStream.range(0, 3).mapToLong(i -> values[random.nextInt(values.length)] + random.nextInt(2)).toArray();
        assertThat(kernel.verdict(abi.auditArch(), number, args))
            .as("%s %d%s of %s", abi, number, List.of(args[0], args[1], args[2]), profile)
            .isEqualTo(Model.verdict(profile, abi, number, args));
      }
    }
  }

  @Test
  void aProfileWithVeryManyConditionsStillJumpsRight() {
    List<Spec.SeccompSyscall> rules =
        IntStream.range(0, 200)
            .mapToObj(
                i ->
                    new Spec.SeccompSyscall(
                        List.of("ioctl"), "SCMP_ACT_ERRNO", i, List.of(new Spec.SeccompArg(1, i, 0, "SCMP_CMP_EQ"))))
            .toList();
    BpfInterpreter kernel =
        new BpfInterpreter(assembler.assemble(new Spec.Seccomp("SCMP_ACT_ALLOW", null, List.of(), List.of(), rules)));
    assertThat(call(kernel, "ioctl", 0, 199)).isEqualTo(Verdict.ERRNO | 199);
    assertThat(call(kernel, "ioctl", 0, 200)).isEqualTo(Verdict.ALLOW);
    assertThat(call(kernel, "read")).isEqualTo(Verdict.ALLOW);
    assertThat(call(kernel, "statx")).isEqualTo(Verdict.ALLOW);
  }

  @Test
  void profilesThatCannotBeMetAreRefused() {
    assertRefused(profile("SCMP_ACT_NOSUCH"), ErrorClass.INVALID_ARGUMENT);
    assertRefused(profile("SCMP_ACT_ALLOW", rule("SCMP_ACT_NOTIFY", null, "read")), ErrorClass.NOT_IMPLEMENTED);
    assertRefused(profile("SCMP_ACT_ALLOW", rule("SCMP_ACT_ERRNO", 5000, "read")), ErrorClass.INVALID_ARGUMENT);
    assertRefused(
        new Spec.Seccomp("SCMP_ACT_ALLOW", null, List.of(), List.of("NOSUCH"), List.of()), ErrorClass.INVALID_ARGUMENT);
    assertRefused(
        new Spec.Seccomp(
            "SCMP_ACT_ALLOW",
            null,
            List.of(),
            List.of(),
            IntStream.range(0, 2000)
                .mapToObj(
                    i ->
                        new Spec.SeccompSyscall(
                            List.of("ioctl"), "SCMP_ACT_ERRNO", 1, List.of(new Spec.SeccompArg(1, i, 0, "SCMP_CMP_EQ"))))
                .toList()),
        ErrorClass.INVALID_ARGUMENT);
  }

  private void assertRefused(Spec.Seccomp profile, ErrorClass expected) {
    assertThatThrownBy(() -> assembler.assemble(profile))
        .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.errorClass()).isEqualTo(expected));
  }

  private BpfInterpreter defaultFilter() {
    return new BpfInterpreter(
        assembler.assemble(DefaultConfinement.seccomp(DefaultConfinement.capabilities(List.of(), List.of(), false).bounding())));
  }

  private static int call(BpfInterpreter kernel, String name, long... args) {
    return kernel.verdict(X86_64, SyscallAbi.X86_64.number(name), args);
  }

  private static Spec.Seccomp profile(String defaultAction, Spec.SeccompSyscall... rules) {
    return new Spec.Seccomp(defaultAction, null, List.of(), List.of(), List.of(rules));
  }

  private static Spec.SeccompSyscall rule(String action, Integer errno, String... names) {
    return new Spec.SeccompSyscall(List.of(names), action, errno, List.of());
  }

  /** What a profile means, said a second time and without any cleverness. */
  private static final class Model {
    static int verdict(Spec.Seccomp profile, SyscallAbi abi, int number, long... args) {
      int fallback = Verdict.of(profile.defaultAction(), profile.defaultErrnoRet());
      int highest = -1;
      Integer unconditional = null;
      for (Spec.SeccompSyscall rule : profile.syscalls()) {
        for (String name : rule.names()) {
          highest = Math.max(highest, abi.number(name));
          if (abi.number(name) == number && rule.args().isEmpty()) {
            int verdict = Verdict.of(rule.action(), rule.errnoRet());
            unconditional = unconditional == null ? verdict : Math.min(unconditional, verdict);
          }
        }
      }
      if (number > highest && fallback != Verdict.ALLOW && fallback != Verdict.LOG) {
        return Verdict.ERRNO | 38;
      }
      for (Spec.SeccompSyscall rule : profile.syscalls()) {
        boolean named = rule.names().stream().anyMatch(name -> abi.number(name) == number);
        if (named && !rule.args().isEmpty()) {
          boolean repeated = rule.args().stream().map(Spec.SeccompArg::index).distinct().count() < rule.args().size();
          boolean matches =
              repeated
                  ? rule.args().stream().anyMatch(arg -> holds(arg, abi, args))
                  : rule.args().stream().allMatch(arg -> holds(arg, abi, args));
          if (matches) {
            return Verdict.of(rule.action(), rule.errnoRet());
          }
        }
      }
      return unconditional == null ? fallback : unconditional;
    }

    private static boolean holds(Spec.SeccompArg arg, SyscallAbi abi, long[] args) {
      long bits = abi == SyscallAbi.X86_64 ? -1 : 0xffffffffL; // of a 32-bit call the kernel uses the lower half alone
      long actual = (arg.index() < args.length ? args[arg.index()] : 0) & bits;
      int compared = Long.compareUnsigned(actual, arg.value() & bits);
      return switch (arg.op()) {
        case "SCMP_CMP_EQ" -> compared == 0;
        case "SCMP_CMP_NE" -> compared != 0;
        case "SCMP_CMP_LT" -> compared < 0;
        case "SCMP_CMP_LE" -> compared <= 0;
        case "SCMP_CMP_GT" -> compared > 0;
        case "SCMP_CMP_GE" -> compared >= 0;
        case "SCMP_CMP_MASKED_EQ" -> (actual & arg.value()) == (arg.valueTwo() & bits);
        default -> throw new IllegalArgumentException(arg.op());
      };
    }
  }
}
