package dev.proa.vmm.kvm;

import java.lang.foreign.MemorySegment;

/** Why KVM_RUN returned. Data lies in the vCPU's run page: it is there until the next run, and what is written into it goes to the guest. */
public sealed interface VcpuExit {
  /** A port; {@code data} holds {@code count} items of {@code size} bytes (rep outs, rep ins). */
  record Io(boolean out, int port, int size, int count, MemorySegment data) implements VcpuExit {}

  /** A guest address where no memory lies; {@code data} has 1 to 8 bytes. */
  record Mmio(boolean write, long address, MemorySegment data) implements VcpuExit {}

  record Halted() implements VcpuExit {}

  /** A triple fault, or a guest that asked for it. */
  record Shutdown() implements VcpuExit {}

  /** The processor refused the guest's state. */
  record FailEntry(long hardwareReason, int cpu) implements VcpuExit {}

  /** KVM gave up. */
  record InternalError(int suberror, long[] data) implements VcpuExit {
    /** KVM_INTERNAL_ERROR_* in words. */
    public String text() {
      return switch (suberror) {
        case 1 -> "an instruction that KVM cannot emulate";
        case 2 -> "simultaneous exceptions";
        case 3 -> "an exit while an event was delivered";
        case 4 -> "an unexpected exit reason";
        default -> "suberror " + suberror;
      };
    }
  }

  record SystemEvent(int type) implements VcpuExit {}

  /** By a signal or by immediate_exit; pending I/O is complete. */
  record Interrupted() implements VcpuExit {}

  /** Any other. */
  record Unknown(int reason) implements VcpuExit {}
}
