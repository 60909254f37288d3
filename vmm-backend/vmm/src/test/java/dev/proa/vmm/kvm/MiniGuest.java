package dev.proa.vmm.kvm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.proa.vmm.memory.GuestMemory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Assumptions;

/** A few instructions of machine code in 16-bit real mode at 0x1000, on whatever KVM the machine has. */
public final class MiniGuest implements AutoCloseable {
  public static final long CODE = 0x1000;

  public final Kvm kvm;
  public final Vm vm;
  public final GuestMemory memory;

  /** Skips the test where there is no /dev/kvm. */
  public MiniGuest(long memorySize, boolean irqChip) throws IOException {
    needsKvm();
    kvm = Kvm.open();
    vm = kvm.createVm();
    memory = GuestMemory.anonymous(memorySize);
    int slot = 0;
    for (GuestMemory.Region region : memory.regions()) {
      vm.setMemoryRegion(slot++, region.guestAddress(), region.memory());
    }
    if (irqChip) {
      vm.createIrqChip();
    }
  }

  public static void needsKvm() {
    Assumptions.assumeTrue(Files.isWritable(Path.of(Kvm.PATH)), "there is no /dev/kvm that can be opened");
  }

  /** A vCPU that begins at the code, given in hexadecimal. */
  public Vcpu vcpu(int id, String code) throws Exception {
    byte[] bytes = HexFormat.of().parseHex(code.replace(" ", ""));
    MemorySegment.copy(bytes, 0, memory.slice(CODE, bytes.length), JAVA_BYTE, 0, bytes.length);
    Vcpu vcpu = vm.createVcpu(id);
    vcpu.setCpuid(kvm.supportedCpuid());
    byte[] sregs = vcpu.sregs();
    MemorySegment s = MemorySegment.ofArray(sregs);
    for (int segment : new int[] {KvmAbi.SREGS_CS, KvmAbi.SREGS_DS, KvmAbi.SREGS_ES, KvmAbi.SREGS_SS}) {
      s.set(JAVA_LONG_UNALIGNED, segment, 0);
      s.set(JAVA_SHORT_UNALIGNED, segment + 12, (short) 0);
    }
    vcpu.setSregs(sregs);
    byte[] regs = new byte[KvmAbi.SIZEOF_KVM_REGS];
    MemorySegment r = MemorySegment.ofArray(regs);
    r.set(JAVA_LONG_UNALIGNED, KvmAbi.register("rip"), CODE);
    r.set(JAVA_LONG_UNALIGNED, KvmAbi.register("rflags"), 2);
    r.set(JAVA_LONG_UNALIGNED, KvmAbi.register("rsp"), 0x8000);
    vcpu.setRegs(regs);
    return vcpu;
  }

  @Override
  public void close() {
    vm.close();
    memory.close();
    kvm.close();
  }
}
