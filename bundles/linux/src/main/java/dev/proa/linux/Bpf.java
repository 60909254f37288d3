package dev.proa.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.proa.linux.abi.Syscall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** bpf(2): programs that the kernel runs for control groups (linux/bpf.h, {@code union bpf_attr}). */
public final class Bpf {
  /** Guards devices of a v2 control group. */
  public static final int BPF_PROG_TYPE_CGROUP_DEVICE = 15;

  public static final int BPF_CGROUP_DEVICE = 6;

  /** Programs of the groups above go on being asked. */
  public static final int BPF_F_ALLOW_MULTI = 2;

  private static final int BPF_PROG_LOAD = 5;
  private static final int BPF_PROG_ATTACH = 8;
  private static final int ATTR_SIZE = 72;
  private static final int INSTRUCTION_SIZE = 8;
  private static final int NAME_SIZE = 16;

  private Bpf() {}

  /**
   * Loads a program of {@code struct bpf_insn}; the kernel verifies it.
   *
   * @param name up to 15 letters, for people who list programs
   */
  public static Fd load(int type, int expectedAttachType, byte[] instructions, String name) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment program = arena.allocate(instructions.length, 8);
      MemorySegment.copy(instructions, 0, program, JAVA_BYTE, 0, instructions.length);
      MemorySegment licence = arena.allocateFrom("Apache");
      MemorySegment attr = arena.allocate(ATTR_SIZE, 8);
      attr.set(JAVA_INT, 0, type);
      attr.set(JAVA_INT, 4, instructions.length / INSTRUCTION_SIZE);
      attr.set(JAVA_LONG, 8, program.address());
      attr.set(JAVA_LONG, 16, licence.address());
      byte[] letters = name.getBytes(StandardCharsets.US_ASCII);
      MemorySegment.copy(letters, 0, attr, JAVA_BYTE, 48, Math.min(letters.length, NAME_SIZE - 1));
      attr.set(JAVA_INT, 68, expectedAttachType);
      return Fd.owning((int) Kernel.call(Syscall.BPF, "BPF_PROG_LOAD, " + name, BPF_PROG_LOAD, attr.address(), ATTR_SIZE));
    }
  }

  /** Attaches a program to a control group's directory; it stays until the group is removed. */
  public static void attach(Fd group, Fd program, int attachType, int flags) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attr = arena.allocate(ATTR_SIZE, 8);
      attr.set(JAVA_INT, 0, group.raw());
      attr.set(JAVA_INT, 4, program.raw());
      attr.set(JAVA_INT, 8, attachType);
      attr.set(JAVA_INT, 12, flags);
      Kernel.call(Syscall.BPF, "BPF_PROG_ATTACH, " + group, BPF_PROG_ATTACH, attr.address(), ATTR_SIZE);
    }
  }
}
