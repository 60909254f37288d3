package dev.proa.vmm.boot;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.proa.vmm.kvm.KvmAbi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What a guest reads by CPUID: what KVM supports, told apart for each vCPU. */
public final class Cpuid {
  private static final int FUNCTION = 0;
  private static final int EAX = 12;
  private static final int EBX = 16;
  private static final int ECX = 20;
  private static final int EDX = 24;
  private static final int TSC_DEADLINE = 1 << 24;
  private static final int HYPERVISOR = 1 << 31;
  private static final int HTT = 1 << 28;

  private Cpuid() {}

  /** struct kvm_cpuid2 for the vCPU {@code id} of {@code count}. */
  public static MemorySegment forVcpu(MemorySegment supported, int id, int count) {
    MemorySegment cpuid = Arena.ofAuto().allocate(supported.byteSize(), 8).copyFrom(supported);
    int entries = cpuid.get(JAVA_INT, 0);
    for (int i = 0; i < entries; i++) {
      MemorySegment e = cpuid.asSlice(KvmAbi.SIZEOF_KVM_CPUID2 + (long) i * KvmAbi.SIZEOF_KVM_CPUID_ENTRY2, KvmAbi.SIZEOF_KVM_CPUID_ENTRY2);
      switch (e.get(JAVA_INT, FUNCTION)) {
        case 1 -> {
          e.set(JAVA_INT, EBX, e.get(JAVA_INT, EBX) & 0xffff | Math.min(count, 255) << 16 | id << 24);
          // KVM leaves the hypervisor's bit to us; without it the kernel looks for no kvm-clock, cannot calibrate its clock, and hangs
          e.set(JAVA_INT, ECX, e.get(JAVA_INT, ECX) | HYPERVISOR | TSC_DEADLINE);
          e.set(JAVA_INT, EDX, count > 1 ? e.get(JAVA_INT, EDX) | HTT : e.get(JAVA_INT, EDX) & ~HTT);
        }
        case 0xb, 0x1f -> e.set(JAVA_INT, EDX, id);
        case 0x8000001e -> e.set(JAVA_INT, EAX, id);
        default -> {}
      }
    }
    return cpuid;
  }
}
