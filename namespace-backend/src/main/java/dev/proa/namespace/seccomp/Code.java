package dev.proa.namespace.seccomp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A piece of classic BPF (linux/filter.h): position-independent, as all its jumps are relative and forward. The operation codes are those
 * of linux/bpf_common.h, put together as seccomp(2) allows them.
 */
final class Code {
  /** BPF_LD | BPF_W | BPF_ABS. */
  static final int LOAD = 0x20;

  /** BPF_LD, BPF_IMM: a constant into the accumulator. */
  static final int LOAD_CONSTANT = 0x00;

  /** BPF_ALU | BPF_AND | BPF_K. */
  static final int AND = 0x54;

  /** BPF_JMP | BPF_JA. */
  static final int JUMP = 0x05;

  /** BPF_JMP | BPF_JEQ | BPF_K. */
  static final int JUMP_EQUAL = 0x15;

  /** BPF_JMP | BPF_JGT | BPF_K, unsigned. */
  static final int JUMP_GREATER = 0x25;

  /** BPF_JMP | BPF_JGE | BPF_K, unsigned. */
  static final int JUMP_GREATER_EQUAL = 0x35;

  /** BPF_RET | BPF_K. */
  static final int RETURN = 0x06;

  /** The furthest a conditional jump reaches: its offsets are bytes. */
  static final int REACH = 255;

  private long[] instructions = new long[32];
  private int length;

  /** One {@code struct sock_filter}: code 16 bits, jt 8, jf 8, k 32. */
  Code add(int code, int jumpTrue, int jumpFalse, int k) {
    if (jumpTrue > REACH || jumpFalse > REACH) {
      throw new IllegalArgumentException("a conditional jump over " + Math.max(jumpTrue, jumpFalse) + " instructions");
    }
    if (length == instructions.length) {
      instructions = Arrays.copyOf(instructions, length * 2);
    }
    instructions[length++] = code & 0xffffL | (jumpTrue & 0xffL) << 16 | (jumpFalse & 0xffL) << 24 | (long) k << 32;
    return this;
  }

  Code add(int code, int k) {
    return add(code, 0, 0, k);
  }

  Code append(Code other) {
    if (length + other.length > instructions.length) {
      instructions = Arrays.copyOf(instructions, Math.max(length * 2, length + other.length));
    }
    System.arraycopy(other.instructions, 0, instructions, length, other.length);
    length += other.length;
    return this;
  }

  /** {@code if (A op k) then whenTrue else whenFalse}, where both end in returns. */
  static Code branch(int operation, int k, Code whenTrue, Code whenFalse) {
    Code code = new Code();
    if (whenFalse.length <= REACH) {
      code.add(operation, whenFalse.length, 0, k);
    } else {
      code.add(operation, 0, 1, k).add(JUMP, whenFalse.length);
    }
    return code.append(whenFalse).append(whenTrue);
  }

  static Code returning(int verdict) {
    return new Code().add(RETURN, verdict);
  }

  int length() {
    return length;
  }

  byte[] toBytes() {
    // struct sock_filter is {u16, u8, u8, u32}; packed into a long as above that is its layout on little-endian machines, all of ours.
    ByteBuffer bytes = ByteBuffer.allocate(length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(instructions, 0, length);
    return bytes.array();
  }
}
