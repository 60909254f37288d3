package dev.proa.namespace.cgroup;

import dev.proa.spi.oci.Spec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The specification's device rules as eBPF (linux/bpf.h) for a v2 group. The kernel asks once with all the access that is wanted, so the
 * program goes through the rules from the last to the first and strikes out what each allows, as later rules stand above earlier ones:
 * a denial of anything still wanted ends it, and so does nothing being left.
 */
final class DeviceProgram {
  /** struct bpf_cgroup_dev_ctx: access_type (access &lt;&lt; 16 | type), major, minor; 32 bits each. */
  private static final int ACCESS_TYPE = 0;

  private static final int MAJOR = 4;
  private static final int MINOR = 8;

  private static final int BPF_DEVCG_DEV_BLOCK = 1;
  private static final int BPF_DEVCG_DEV_CHAR = 2;
  private static final int BPF_DEVCG_ACC_MKNOD = 1;
  private static final int BPF_DEVCG_ACC_READ = 2;
  private static final int BPF_DEVCG_ACC_WRITE = 4;

  /** BPF_LDX | BPF_MEM | BPF_W. */
  private static final int LOAD = 0x61;

  /** BPF_ALU64 | BPF_MOV | BPF_X. */
  private static final int MOVE = 0xbf;

  /** BPF_ALU64 | BPF_MOV | BPF_K. */
  private static final int SET = 0xb7;

  /** BPF_ALU64 | BPF_RSH | BPF_K. */
  private static final int SHIFT_RIGHT = 0x77;

  /** BPF_ALU64 | BPF_AND | BPF_K. */
  private static final int AND = 0x57;

  /** BPF_JMP32 | BPF_JNE | BPF_K. */
  private static final int JUMP_NOT_EQUAL = 0x56;

  /** BPF_JMP32 | BPF_JSET | BPF_K. */
  private static final int JUMP_ANY_SET = 0x46;

  /** BPF_JMP | BPF_JA. */
  private static final int JUMP = 0x05;

  /** BPF_JMP | BPF_EXIT. */
  private static final int EXIT = 0x95;

  /** Instructions of a rule behind its comparisons, whether it allows or denies. */
  private static final int BODY = 4;

  private static final int RESULT = 0;
  private static final int CONTEXT = 1;
  private static final int TYPE = 2;
  private static final int WANTED = 3;
  private static final int MAJOR_NUMBER = 4;
  private static final int MINOR_NUMBER = 5;

  private final List<Long> code = new ArrayList<>();

  private DeviceProgram() {}

  /** Array of {@code struct bpf_insn}, 8 bytes each. */
  static byte[] of(List<Spec.DeviceRule> rules) {
    DeviceProgram program = new DeviceProgram();
    program.add(LOAD, TYPE, CONTEXT, ACCESS_TYPE, 0);
    program.add(MOVE, WANTED, TYPE, 0, 0);
    program.add(SHIFT_RIGHT, WANTED, 0, 0, 16);
    program.add(AND, TYPE, 0, 0, 0xffff);
    program.add(LOAD, MAJOR_NUMBER, CONTEXT, MAJOR, 0);
    program.add(LOAD, MINOR_NUMBER, CONTEXT, MINOR, 0);
    for (Spec.DeviceRule rule : rules.reversed()) {
      program.rule(rule);
      if (rule.type().equals("a") && access(rule.access()) == 7) {
        break; // nothing before a rule for everything is ever asked
      }
    }
    program.finish(0);
    ByteBuffer bytes = ByteBuffer.allocate(program.code.size() * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    program.code.forEach(bytes::putLong);
    return bytes.array();
  }

  /** Whether the rules leave everything allowed, so that no program is needed. */
  static boolean allowsAll(List<Spec.DeviceRule> rules) {
    for (Spec.DeviceRule rule : rules.reversed()) {
      if (!rule.allow()) {
        return false;
      }
      if (rule.type().equals("a") && access(rule.access()) == 7) {
        return true;
      }
    }
    return rules.isEmpty();
  }

  private void rule(Spec.DeviceRule rule) {
    int access = rule.type().equals("a") && rule.access().isEmpty() ? 7 : access(rule.access());
    boolean typed = !rule.type().equals("a");
    long majorNumber = wildcard(rule.major());
    long minorNumber = wildcard(rule.minor());
    boolean major = typed && majorNumber >= 0;
    boolean minor = typed && minorNumber >= 0;
    int left = BODY + (typed ? 1 : 0) + (major ? 1 : 0) + (minor ? 1 : 0);
    if (typed) {
      int type = rule.type().equals("b") ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
      add(JUMP_NOT_EQUAL, TYPE, 0, --left, type);
    }
    if (major) {
      add(JUMP_NOT_EQUAL, MAJOR_NUMBER, 0, --left, (int) majorNumber);
    }
    if (minor) {
      add(JUMP_NOT_EQUAL, MINOR_NUMBER, 0, --left, (int) minorNumber);
    }
    if (rule.allow()) {
      add(AND, WANTED, 0, 0, 7 & ~access);
      add(JUMP_NOT_EQUAL, WANTED, 0, 2, 0);
      finish(1);
    } else {
      add(JUMP_ANY_SET, WANTED, 0, 1, access);
      add(JUMP, 0, 0, 2, 0);
      finish(0);
    }
  }

  private static long wildcard(@Nullable Long number) {
    return number == null ? -1 : number;
  }

  private void finish(int result) {
    add(SET, RESULT, 0, 0, result);
    add(EXIT, 0, 0, 0, 0);
  }

  private static int access(String letters) {
    return (letters.contains("m") ? BPF_DEVCG_ACC_MKNOD : 0)
        | (letters.contains("r") ? BPF_DEVCG_ACC_READ : 0)
        | (letters.contains("w") ? BPF_DEVCG_ACC_WRITE : 0);
  }

  private void add(int operation, int destination, int source, int offset, int immediate) {
    code.add(
        operation & 0xffL | (destination & 0xfL) << 8 | (source & 0xfL) << 12 | (offset & 0xffffL) << 16 | (long) immediate << 32);
  }
}
