package dev.proa.vmm.jail;

import static dev.proa.linux.abi.Seccomp.AUDIT_ARCH_X86_64;
import static dev.proa.linux.abi.Seccomp.BPF_ABS;
import static dev.proa.linux.abi.Seccomp.BPF_ALU;
import static dev.proa.linux.abi.Seccomp.BPF_AND;
import static dev.proa.linux.abi.Seccomp.BPF_JEQ;
import static dev.proa.linux.abi.Seccomp.BPF_JMP;
import static dev.proa.linux.abi.Seccomp.BPF_K;
import static dev.proa.linux.abi.Seccomp.BPF_LD;
import static dev.proa.linux.abi.Seccomp.BPF_RET;
import static dev.proa.linux.abi.Seccomp.BPF_W;
import static dev.proa.linux.abi.Seccomp.SECCOMP_RET_ALLOW;
import static dev.proa.linux.abi.Seccomp.SECCOMP_RET_ERRNO;
import static dev.proa.linux.abi.Seccomp.SECCOMP_RET_KILL_PROCESS;

import dev.proa.linux.Errno;
import dev.proa.linux.abi.Arch;
import dev.proa.linux.abi.Layouts;
import dev.proa.linux.abi.Syscall;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A list of allowed system calls as a BPF program (linux/seccomp.h). Every other fails with EPERM; a call of another architecture ends the process. */
final class SyscallFilter {
  private static final int MAX_INSTRUCTIONS = 4096;
  private static final long NR = Layouts.offset(Layouts.SECCOMP_DATA, "nr");
  private static final long ARCH = Layouts.offset(Layouts.SECCOMP_DATA, "arch");
  private static final long ARGS = Layouts.offset(Layouts.SECCOMP_DATA, "args");

  private final ByteBuffer program = ByteBuffer.allocate(8 * MAX_INSTRUCTIONS).order(ByteOrder.nativeOrder());

  SyscallFilter() {
    load(ARCH);
    emit(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, AUDIT_ARCH_X86_64);
    emit(BPF_RET, 0, 0, SECCOMP_RET_KILL_PROCESS);
    load(NR);
  }

  SyscallFilter allow(Syscall... calls) {
    for (Syscall call : calls) {
      emit(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, call.number(Arch.X86_64));
      emit(BPF_RET, 0, 0, SECCOMP_RET_ALLOW);
    }
    return this;
  }

  /** What the lower half of an argument must be, of the bits in the mask. */
  record Masked(int mask, int value) {}

  /** The call where an argument is one of {@code possible}; else EPERM. */
  SyscallFilter allowIf(Syscall call, int argument, Masked... possible) {
    // skips four instructions for each possibility, and the refusal
    emit(BPF_JMP | BPF_JEQ | BPF_K, 0, 4 * possible.length + 1, call.number(Arch.X86_64));
    for (Masked each : possible) {
      load(ARGS + 8L * argument);
      emit(BPF_ALU | BPF_AND | BPF_K, 0, 0, each.mask());
      emit(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, each.value());
      emit(BPF_RET, 0, 0, SECCOMP_RET_ALLOW);
    }
    refuse();
    return this;
  }

  /** The program; nothing can be added afterwards. */
  byte[] program() {
    refuse();
    byte[] bytes = new byte[program.position()];
    program.get(0, bytes);
    return bytes;
  }

  private void refuse() {
    emit(BPF_RET, 0, 0, SECCOMP_RET_ERRNO | Errno.EPERM.number());
  }

  private void load(long offset) {
    emit(BPF_LD | BPF_W | BPF_ABS, 0, 0, (int) offset);
  }

  private void emit(int code, int ifTrue, int ifFalse, int k) {
    program.putShort((short) code).put((byte) ifTrue).put((byte) ifFalse).putInt(k);
  }
}
