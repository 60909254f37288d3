package dev.proa.namespace.seccomp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Runs classic BPF as the kernel's seccomp does (net/core/filter.c), and refuses what the kernel's verifier refuses. */
final class BpfInterpreter {
  private final long[] instructions;

  BpfInterpreter(SeccompFilter filter) {
    instructions = new long[filter.length()];
    ByteBuffer.wrap(filter.program()).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(instructions);
    verify();
  }

  int verdict(int arch, int number, long... args) {
    ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    data.putInt(0, number).putInt(4, arch);
    for (int i = 0; i < args.length; i++) {
      data.putLong(16 + 8 * i, args[i]);
    }
    int accumulator = 0;
    int at = 0;
    while (true) {
      long instruction = instructions[at++];
      int k = (int) (instruction >>> 32);
      int whenTrue = (int) (instruction >>> 16) & 0xff;
      int whenFalse = (int) (instruction >>> 24) & 0xff;
      switch ((int) instruction & 0xffff) {
        case Code.LOAD -> accumulator = data.getInt(k);
        case Code.LOAD_CONSTANT -> accumulator = k;
        case Code.AND -> accumulator &= k;
        case Code.JUMP -> at += k;
        case Code.JUMP_EQUAL -> at += accumulator == k ? whenTrue : whenFalse;
        case Code.JUMP_GREATER -> at += Integer.compareUnsigned(accumulator, k) > 0 ? whenTrue : whenFalse;
        case Code.JUMP_GREATER_EQUAL -> at += Integer.compareUnsigned(accumulator, k) >= 0 ? whenTrue : whenFalse;
        case Code.RETURN -> {
          return k;
        }
        default -> throw new IllegalStateException("operation " + Long.toHexString(instruction & 0xffff));
      }
    }
  }

  private void verify() {
    for (int i = 0; i < instructions.length; i++) {
      int code = (int) instructions[i] & 0xffff;
      int furthest =
          switch (code) {
            case Code.JUMP -> (int) (instructions[i] >>> 32);
            case Code.JUMP_EQUAL, Code.JUMP_GREATER, Code.JUMP_GREATER_EQUAL ->
                Math.max((int) (instructions[i] >>> 16) & 0xff, (int) (instructions[i] >>> 24) & 0xff);
            default -> 0;
          };
      if (furthest < 0 || i + 1 + furthest >= instructions.length && code != Code.RETURN) {
        throw new IllegalStateException("instruction " + i + " leaves the program");
      }
    }
    if (((int) instructions[instructions.length - 1] & 0xffff) != Code.RETURN) {
      throw new IllegalStateException("the program does not end in a return");
    }
  }
}
