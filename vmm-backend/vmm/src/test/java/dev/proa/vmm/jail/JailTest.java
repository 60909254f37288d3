package dev.proa.vmm.jail;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.linux.abi.Arch;
import dev.proa.linux.abi.Seccomp;
import dev.proa.linux.abi.Syscall;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** The filters, run by an interpreter of the few instructions that they consist of. That they are enough for a VMM is for the tests of its process. */
final class JailTest {
  private static final int EPERM = Seccomp.SECCOMP_RET_ERRNO | 1;

  private static int verdict(byte[] filter, int arch, int number, long... arguments) {
    ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.nativeOrder());
    data.putInt(0, number).putInt(4, arch);
    for (int i = 0; i < arguments.length; i++) {
      data.putLong(16 + 8 * i, arguments[i]);
    }
    ByteBuffer program = ByteBuffer.wrap(filter).order(ByteOrder.nativeOrder());
    int accumulator = 0;
    for (int pc = 0; ; pc++) {
      int code = program.getShort(8 * pc) & 0xffff;
      int k = program.getInt(8 * pc + 4);
      switch (code) {
        case Seccomp.BPF_LD | Seccomp.BPF_W | Seccomp.BPF_ABS -> accumulator = data.getInt(k);
        case Seccomp.BPF_ALU | Seccomp.BPF_AND | Seccomp.BPF_K -> accumulator &= k;
        case Seccomp.BPF_JMP | Seccomp.BPF_JEQ | Seccomp.BPF_K -> pc += program.get(8 * pc + (accumulator == k ? 2 : 3)) & 0xff;
        case Seccomp.BPF_RET -> {
          return k;
        }
        default -> throw new AssertionError("instruction 0x" + Integer.toHexString(code));
      }
    }
  }

  private static int verdict(boolean files, Syscall call, long... arguments) {
    return verdict(Jail.filter(files), Seccomp.AUDIT_ARCH_X86_64, call.number(Arch.X86_64), arguments);
  }

  @Test
  void whatAVmmDoesIsAllowedAndTheRestIsNot() {
    for (Syscall allowed : new Syscall[] {Syscall.READ, Syscall.FUTEX, Syscall.MMAP, Syscall.SENDMSG, Syscall.PREADV, Syscall.EXIT_GROUP, Syscall.DUP}) {
      assertThat(verdict(false, allowed)).as(allowed.toString()).isEqualTo(Seccomp.SECCOMP_RET_ALLOW);
    }
    for (Syscall refused :
        new Syscall[] {
          Syscall.EXECVE, Syscall.EXECVEAT, Syscall.MOUNT, Syscall.PTRACE, Syscall.BPF, Syscall.IO_URING_SETUP, Syscall.SETNS, Syscall.UNSHARE, Syscall.KILL,
          Syscall.OPEN_BY_HANDLE_AT, Syscall.OPENAT2, Syscall.SETUID, Syscall.USERFAULTFD, Syscall.PROCESS_VM_READV, Syscall.KEYCTL, Syscall.CHROOT, Syscall.BIND
        }) {
      assertThat(verdict(true, refused)).as(refused.toString()).isEqualTo(EPERM);
    }
  }

  @Test
  void argumentsAreLookedAt() {
    assertThat(verdict(false, Syscall.IOCTL, 3, 0xae80)).as("KVM_RUN").isEqualTo(Seccomp.SECCOMP_RET_ALLOW);
    assertThat(verdict(false, Syscall.IOCTL, 3, 0x400454d0L)).as("TUNSETOFFLOAD").isEqualTo(Seccomp.SECCOMP_RET_ALLOW);
    assertThat(verdict(false, Syscall.IOCTL, 3, 0x5412)).as("TIOCSTI").isEqualTo(EPERM);
    assertThat(verdict(false, Syscall.SOCKET, 1)).isEqualTo(Seccomp.SECCOMP_RET_ALLOW);
    assertThat(verdict(false, Syscall.SOCKET, 2)).as("AF_INET").isEqualTo(EPERM);
    assertThat(verdict(false, Syscall.OPENAT, -100, 0, 0x80000)).as("read-only").isEqualTo(Seccomp.SECCOMP_RET_ALLOW);
    assertThat(verdict(false, Syscall.OPENAT, -100, 0, 0x80001)).as("for writing").isEqualTo(EPERM);
    assertThat(verdict(false, Syscall.OPENAT, -100, 0, 0x40)).as("O_CREAT").isEqualTo(EPERM);
    assertThat(verdict(true, Syscall.OPENAT, -100, 0, 0x41)).as("with file systems to serve").isEqualTo(Seccomp.SECCOMP_RET_ALLOW);
    assertThat(verdict(false, Syscall.MKDIRAT)).isEqualTo(EPERM);
    assertThat(verdict(true, Syscall.MKDIRAT)).isEqualTo(Seccomp.SECCOMP_RET_ALLOW);
    assertThat(verdict(true, Syscall.PRLIMIT64, 0, 7, 0x1234)).as("a limit that is set").isEqualTo(EPERM);
  }

  @Test
  void anotherArchitectureEndsTheProcess() {
    assertThat(verdict(Jail.filter(true), Seccomp.AUDIT_ARCH_I386, 11)).isEqualTo(Seccomp.SECCOMP_RET_KILL_PROCESS);
    assertThat(verdict(Jail.filter(true), Seccomp.AUDIT_ARCH_X86_64, 0x40000000 | 59)).as("x32").isEqualTo(EPERM);
  }
}
