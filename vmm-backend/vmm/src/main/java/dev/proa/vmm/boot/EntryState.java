package dev.proa.vmm.boot;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.proa.linux.ErrnoException;
import dev.proa.vmm.kvm.KvmAbi;
import dev.proa.vmm.kvm.Vcpu;
import dev.proa.vmm.memory.GuestFault;
import dev.proa.vmm.memory.GuestMemory;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The registers with which the first vCPU enters a kernel. The others wait for it to start them. */
public final class EntryState {
  private static final long CR0_PE = 1;
  private static final long CR0_ET = 1 << 4;
  private static final long CR0_PG = 1L << 31;
  private static final long CR4_PAE = 1 << 5;
  private static final long EFER_LME = 1 << 8;
  private static final long EFER_LMA = 1 << 10;
  private static final int CODE = 0xb;
  private static final int DATA = 3;
  private static final int TSS = 0xb;
  private static final int MSR_IA32_MISC_ENABLE = 0x1a0;
  private static final int MSR_MTRR_DEF_TYPE = 0x2ff;

  private EntryState() {}

  /** PVH: 32-bit protected mode, flat segments, no paging; rbx is the start info. */
  public static void pvh(Vcpu vcpu, long entry) throws ErrnoException {
    byte[] sregs = vcpu.sregs();
    MemorySegment s = MemorySegment.ofArray(sregs);
    segment(s, KvmAbi.SREGS_CS, 0x8, CODE, false);
    for (int data : new int[] {KvmAbi.SREGS_DS, KvmAbi.SREGS_ES, KvmAbi.SREGS_FS, KvmAbi.SREGS_GS, KvmAbi.SREGS_SS}) {
      segment(s, data, 0x10, DATA, false);
    }
    taskState(s);
    s.set(JAVA_LONG_UNALIGNED, KvmAbi.SREGS_CR0, CR0_PE);
    s.set(JAVA_LONG_UNALIGNED, KvmAbi.SREGS_CR4, 0);
    s.set(JAVA_LONG_UNALIGNED, KvmAbi.SREGS_EFER, 0);
    vcpu.setSregs(sregs);
    enter(vcpu, entry, "rbx", GuestLayout.PVH_START_INFO);
  }

  /** The 64-bit boot protocol: long mode, the first GiB mapped onto itself; rsi is the zero page. */
  public static void linux64(Vcpu vcpu, GuestMemory memory, long entry) throws ErrnoException, GuestFault {
    MemorySegment gdt = memory.slice(GuestLayout.GDT, 32);
    gdt.set(JAVA_LONG_UNALIGNED, 16, 0x00af9b000000ffffL); // __BOOT_CS
    gdt.set(JAVA_LONG_UNALIGNED, 24, 0x00cf93000000ffffL); // __BOOT_DS
    byte[] sregs = vcpu.sregs();
    MemorySegment s = MemorySegment.ofArray(sregs);
    segment(s, KvmAbi.SREGS_CS, 0x10, CODE, true);
    for (int data : new int[] {KvmAbi.SREGS_DS, KvmAbi.SREGS_ES, KvmAbi.SREGS_FS, KvmAbi.SREGS_GS, KvmAbi.SREGS_SS}) {
      segment(s, data, 0x18, DATA, false);
    }
    taskState(s);
    s.set(JAVA_LONG_UNALIGNED, KvmAbi.SREGS_GDT, GuestLayout.GDT);
    s.set(JAVA_SHORT_UNALIGNED, KvmAbi.SREGS_GDT + 8, (short) 31);
    s.set(JAVA_LONG_UNALIGNED, KvmAbi.SREGS_CR0, CR0_PE | CR0_ET | CR0_PG);
    s.set(JAVA_LONG_UNALIGNED, KvmAbi.SREGS_CR3, GuestLayout.PAGE_TABLES);
    s.set(JAVA_LONG_UNALIGNED, KvmAbi.SREGS_CR4, CR4_PAE);
    s.set(JAVA_LONG_UNALIGNED, KvmAbi.SREGS_EFER, EFER_LME | EFER_LMA);
    vcpu.setSregs(sregs);
    enter(vcpu, entry, "rsi", GuestLayout.MEMORY_MAP);
  }

  /** Three pages: the first GiB in pages of 2 MiB. */
  static void writePageTables(GuestMemory memory) throws GuestFault {
    MemorySegment tables = memory.slice(GuestLayout.PAGE_TABLES, 3 * 4096);
    tables.fill((byte) 0);
    tables.set(JAVA_LONG_UNALIGNED, 0, GuestLayout.PAGE_TABLES + 0x1000 | 3);
    tables.set(JAVA_LONG_UNALIGNED, 0x1000, GuestLayout.PAGE_TABLES + 0x2000 | 3);
    for (int i = 0; i < 512; i++) {
      tables.set(JAVA_LONG_UNALIGNED, 0x2000 + 8L * i, (long) i << 21 | 0x83);
    }
  }

  private static void enter(Vcpu vcpu, long entry, String pointer, long address) throws ErrnoException {
    byte[] regs = new byte[KvmAbi.SIZEOF_KVM_REGS];
    MemorySegment r = MemorySegment.ofArray(regs);
    r.set(JAVA_LONG_UNALIGNED, KvmAbi.register("rip"), entry);
    r.set(JAVA_LONG_UNALIGNED, KvmAbi.register(pointer), address);
    r.set(JAVA_LONG_UNALIGNED, KvmAbi.register("rflags"), 2);
    vcpu.setRegs(regs);
    // Without the first a kernel skips the page attribute table. Both are for speed: a host that refuses one still boots.
    vcpu.setMsrs(List.of(new Vcpu.Msr(MSR_MTRR_DEF_TYPE, 0x806), new Vcpu.Msr(MSR_IA32_MISC_ENABLE, 1)));
  }

  /** struct kvm_segment: flat, present, in units of pages. */
  private static void segment(MemorySegment sregs, long at, int selector, int type, boolean longMode) {
    sregs.set(JAVA_LONG_UNALIGNED, at, 0);
    sregs.set(JAVA_INT_UNALIGNED, at + 8, 0xffffffff);
    sregs.set(JAVA_SHORT_UNALIGNED, at + 12, (short) selector);
    flags(sregs, at, type, longMode ? 0 : 1, 1, longMode ? 1 : 0, 1);
  }

  private static void taskState(MemorySegment sregs) {
    sregs.set(JAVA_LONG_UNALIGNED, KvmAbi.SREGS_TR, 0);
    sregs.set(JAVA_INT_UNALIGNED, KvmAbi.SREGS_TR + 8, 0x67);
    sregs.set(JAVA_SHORT_UNALIGNED, KvmAbi.SREGS_TR + 12, (short) 0);
    flags(sregs, KvmAbi.SREGS_TR, TSS, 0, 0, 0, 0);
  }

  private static void flags(MemorySegment sregs, long at, int type, int db, int s, int l, int g) {
    int[] bytes = {type, 1, 0, db, s, l, g, 0, 0, 0}; // type, present, dpl, db, s, l, g, avl, unusable, padding
    for (int i = 0; i < bytes.length; i++) {
      sregs.set(JAVA_BYTE, at + 14 + i, (byte) bytes[i]);
    }
  }
}
