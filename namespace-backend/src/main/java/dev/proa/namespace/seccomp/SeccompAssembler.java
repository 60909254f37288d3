package dev.proa.namespace.seccomp;

import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Turns the runtime specification's filter into BPF: the architecture first, then a binary search over the numbers of system calls, then
 * the arguments.
 *
 * <p>What is decided here: an architecture that is not listed kills the process. The x32 numbers of x86-64 answer ENOSYS, as on kernels
 * built without them. Numbers above all that the profile names answer ENOSYS too, unless the default is to allow: a C library then uses
 * an older call, where EPERM would make it give up. Of the rules for one call those with arguments are asked first, in order.
 */
public final class SeccompAssembler {
  /** BPF_MAXINSNS (linux/bpf_common.h). */
  private static final int MAX_INSTRUCTIONS = 4096;

  /** __X32_SYSCALL_BIT (asm/unistd.h). */
  private static final int X32_SYSCALL_BIT = 0x40000000;

  /** Offsets in struct seccomp_data (linux/seccomp.h). */
  private static final int NR = 0;

  private static final int ARCH = 4;
  private static final int ARGS = 16;

  private static final Map<String, Integer> FLAGS =
      Map.of(
          "SECCOMP_FILTER_FLAG_TSYNC", 1,
          "SECCOMP_FILTER_FLAG_LOG", 2,
          "SECCOMP_FILTER_FLAG_SPEC_ALLOW", 4,
          "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 32);

  /** Without it every filtered process runs with speculative store bypass switched off on some machines, which is slow; runc's default. */
  private static final int SPEC_ALLOW = 4;

  /** Distinct profiles are few; a client that makes many must not fill the memory. */
  private static final int REMEMBERED = 64;

  private final SyscallAbi machine;
  private final Map<Spec.Seccomp, SeccompFilter> assembled = new ConcurrentHashMap<>();

  public SeccompAssembler() {
    this(SyscallAbi.nativeAbi(System.getProperty("os.arch")));
  }

  SeccompAssembler(SyscallAbi machine) {
    this.machine = machine;
  }

  /**
   * The filter for a profile; equal profiles get the same object.
   *
   * @throws ProaException {@code INVALID_ARGUMENT} for what is no action, operator or flag; {@code NOT_IMPLEMENTED} for SCMP_ACT_NOTIFY
   */
  public SeccompFilter assemble(Spec.Seccomp profile) {
    SeccompFilter known = assembled.get(profile);
    if (known != null) {
      return known;
    }
    SeccompFilter made = new SeccompFilter(program(profile).toBytes(), flags(profile));
    if (made.length() > MAX_INSTRUCTIONS) {
      throw ProaException.invalid(
          "linux.seccomp: the filter has " + made.length() + " instructions, more than the kernel's " + MAX_INSTRUCTIONS);
    }
    if (assembled.size() >= REMEMBERED) {
      assembled.clear();
    }
    assembled.put(profile, made);
    return made;
  }

  private static int flags(Spec.Seccomp profile) {
    if (profile.flags().isEmpty()) {
      return SPEC_ALLOW;
    }
    int flags = 0;
    for (String name : profile.flags()) {
      Integer flag = FLAGS.get(name);
      if (flag == null) {
        throw ProaException.invalid("linux.seccomp: \"" + name + "\" is no flag");
      }
      flags |= flag;
    }
    return flags;
  }

  private Code program(Spec.Seccomp profile) {
    Set<SyscallAbi> abis = new LinkedHashSet<>();
    abis.add(machine);
    for (String name : profile.architectures()) {
      SyscallAbi abi = SyscallAbi.named(name);
      if (abi != null && abi.runsBeside(machine)) {
        abis.add(abi);
      }
    }
    int defaultVerdict = Verdict.of(profile.defaultAction(), profile.defaultErrnoRet());
    Code otherwise = Code.returning(Verdict.KILL_PROCESS);
    for (SyscallAbi abi : new ArrayList<>(abis).reversed()) {
      otherwise = Code.branch(Code.JUMP_EQUAL, abi.auditArch(), calls(profile, abi, defaultVerdict), otherwise);
    }
    return new Code().add(Code.LOAD, ARCH).append(otherwise);
  }

  /** What one call's rules say. */
  private static final class Rules {
    final List<Conditional> conditional = new ArrayList<>();
    @Nullable Integer unconditional;
  }

  /** @param wide whether the kernel takes 64 bits of an argument */
  private record Conditional(List<Spec.SeccompArg> args, int verdict, boolean wide) {}

  /** A run of numbers, from {@code first} up to the next run's, that ends alike. Null rules: the verdict alone. */
  private record Run(int first, int verdict, @Nullable Rules rules) {
    boolean sameEnd(Run other) {
      return rules == null && other.rules == null && verdict == other.verdict;
    }
  }

  private static Code calls(Spec.Seccomp profile, SyscallAbi abi, int defaultVerdict) {
    TreeMap<Integer, Rules> byNumber = byNumber(profile, abi, defaultVerdict);
    List<Run> runs = new ArrayList<>();
    int next = 0;
    for (Map.Entry<Integer, Rules> entry : byNumber.entrySet()) {
      int number = entry.getKey();
      if (number > next) {
        add(runs, new Run(next, defaultVerdict, null));
      }
      Rules rules = entry.getValue();
      int last = rules.unconditional != null ? rules.unconditional : defaultVerdict;
      add(runs, new Run(number, last, rules.conditional.isEmpty() ? null : rules));
      next = number + 1;
    }
    boolean allowsUnknown = defaultVerdict == Verdict.ALLOW || defaultVerdict == Verdict.LOG;
    add(runs, new Run(next, allowsUnknown ? defaultVerdict : Verdict.ERRNO | Verdict.ENOSYS, null));
    Code search = search(runs, 0, runs.size());
    if (abi == SyscallAbi.X86_64) {
      search = Code.branch(Code.JUMP_GREATER_EQUAL, X32_SYSCALL_BIT, Code.returning(Verdict.ERRNO | Verdict.ENOSYS), search);
    }
    return new Code().add(Code.LOAD, NR).append(search);
  }

  private static void add(List<Run> runs, Run run) {
    if (runs.isEmpty() || !runs.getLast().sameEnd(run)) {
      runs.add(run);
    }
  }

  private static TreeMap<Integer, Rules> byNumber(Spec.Seccomp profile, SyscallAbi abi, int defaultVerdict) {
    TreeMap<Integer, Rules> byNumber = new TreeMap<>();
    for (Spec.SeccompSyscall call : profile.syscalls()) {
      int verdict = Verdict.of(call.action(), call.errnoRet());
      List<List<Spec.SeccompArg>> alternatives = alternatives(call.args());
      for (String name : call.names()) {
        int number = abi.number(name);
        if (number < 0) {
          continue;
        }
        Rules rules = byNumber.computeIfAbsent(number, unused -> new Rules());
        if (call.args().isEmpty()) {
          rules.unconditional = rules.unconditional == null ? verdict : stricter(rules.unconditional, verdict);
        } else {
          alternatives.forEach(args -> rules.conditional.add(new Conditional(args, verdict, abi.wide())));
        }
      }
    }
    // Conditions that lead where the call ends anyway only cost instructions.
    for (Rules rules : byNumber.values()) {
      int last = rules.unconditional != null ? rules.unconditional : defaultVerdict;
      while (!rules.conditional.isEmpty() && rules.conditional.getLast().verdict() == last) {
        rules.conditional.removeLast();
      }
    }
    return byNumber;
  }

  /** Several comparisons are all to hold; but several of one argument are alternatives, as runc has always read them. */
  private static List<List<Spec.SeccompArg>> alternatives(List<Spec.SeccompArg> args) {
    Set<Integer> indices = new HashSet<>();
    for (Spec.SeccompArg arg : args) {
      if (!indices.add(arg.index())) {
        return args.stream().map(List::of).toList();
      }
    }
    return List.of(args);
  }

  /** The kernel's own order among filters: the smaller value as a signed number wins (SECCOMP_RET_ACTION_FULL). */
  private static int stricter(int one, int other) {
    return Math.min(one, other);
  }

  private static Code search(List<Run> runs, int from, int to) {
    if (to - from == 1) {
      return leaf(runs.get(from));
    }
    int middle = from + to >>> 1;
    return Code.branch(Code.JUMP_GREATER_EQUAL, runs.get(middle).first(), search(runs, middle, to), search(runs, from, middle));
  }

  private static Code leaf(Run run) {
    Code code = new Code();
    if (run.rules() != null) {
      for (Conditional rule : run.rules().conditional) {
        code.append(conditional(rule));
      }
    }
    return code.add(Code.RETURN, run.verdict());
  }

  /** Comparisons that jump behind the return when they fail. Built from the end, as each has to know how far that is. */
  private static Code conditional(Conditional rule) {
    Code code = Code.returning(rule.verdict());
    for (Spec.SeccompArg arg : rule.args().reversed()) {
      code = comparison(arg, rule.wide(), code.length()).append(code);
    }
    return code;
  }

  /**
   * One comparison of 64 bits in two halves, as BPF has 32-bit registers. Of a 32-bit call the kernel uses the lower half alone, but shows the filter
   * what a 64-bit program left in the upper one: it counts as 0, or "not equal" could be had by a bit that means nothing.
   *
   * @param behind how many instructions follow that a failure must skip
   */
  private static Code comparison(Spec.SeccompArg arg, boolean wide, int behind) {
    if (arg.index() < 0 || arg.index() > 5) {
      throw ProaException.invalid("linux.seccomp: a system call has no argument " + arg.index());
    }
    int low = ARGS + Long.BYTES * arg.index();
    int high = low + Integer.BYTES;
    int valueHigh = wide ? (int) (arg.value() >>> 32) : 0;
    int valueLow = (int) arg.value();
    Code code = wide ? new Code().add(Code.LOAD, high) : new Code().add(Code.LOAD_CONSTANT, 0);
    return switch (arg.op()) {
      case "SCMP_CMP_EQ" ->
          code.add(Code.JUMP_EQUAL, 0, behind + 2, valueHigh)
              .add(Code.LOAD, low)
              .add(Code.JUMP_EQUAL, 0, behind, valueLow);
      case "SCMP_CMP_NE" ->
          code.add(Code.JUMP_EQUAL, 0, 2, valueHigh)
              .add(Code.LOAD, low)
              .add(Code.JUMP_EQUAL, behind, 0, valueLow);
      case "SCMP_CMP_GT", "SCMP_CMP_GE" ->
          code.add(Code.JUMP_GREATER, 3, 0, valueHigh)
              .add(Code.JUMP_EQUAL, 0, behind + 2, valueHigh)
              .add(Code.LOAD, low)
              .add(arg.op().equals("SCMP_CMP_GT") ? Code.JUMP_GREATER : Code.JUMP_GREATER_EQUAL, 0, behind, valueLow);
      case "SCMP_CMP_LT", "SCMP_CMP_LE" ->
          code.add(Code.JUMP_GREATER, behind + 3, 0, valueHigh)
              .add(Code.JUMP_EQUAL, 0, 2, valueHigh)
              .add(Code.LOAD, low)
              .add(arg.op().equals("SCMP_CMP_LT") ? Code.JUMP_GREATER_EQUAL : Code.JUMP_GREATER, behind, 0, valueLow);
      case "SCMP_CMP_MASKED_EQ" ->
          code.add(Code.AND, valueHigh)
              .add(Code.JUMP_EQUAL, 0, behind + 3, wide ? (int) (arg.valueTwo() >>> 32) : 0)
              .add(Code.LOAD, low)
              .add(Code.AND, valueLow)
              .add(Code.JUMP_EQUAL, 0, behind, (int) arg.valueTwo());
      default -> throw ProaException.invalid("linux.seccomp: \"" + arg.op() + "\" is no operator");
    };
  }
}
