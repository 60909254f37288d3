package dev.proa.vmm.kvm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

final class VcpuTest {
  @Test
  void portsAreReadAndWrittenAndHltIsAnExit() throws Exception {
    // mov dx,0x3f8; mov al,'A'; out dx,al; in al,dx; inc al; out dx,al; hlt
    try (MiniGuest guest = new MiniGuest(1 << 20, false);
        Vcpu vcpu = guest.vcpu(0, "baf803 b041 ee ec fec0 ee f4")) {
      VcpuExit.Io out = (VcpuExit.Io) vcpu.run();
      assertThat(out.out()).isTrue();
      assertThat(out.port()).isEqualTo(0x3f8);
      assertThat(out.size() * out.count()).isEqualTo(1);
      assertThat(out.data().get(JAVA_BYTE, 0)).isEqualTo((byte) 'A');
      VcpuExit.Io in = (VcpuExit.Io) vcpu.run();
      assertThat(in.out()).isFalse();
      in.data().set(JAVA_BYTE, 0, (byte) 41);
      VcpuExit.Io again = (VcpuExit.Io) vcpu.run();
      assertThat(again.data().get(JAVA_BYTE, 0)).isEqualTo((byte) 42);
      assertThat(vcpu.run()).isInstanceOf(VcpuExit.Halted.class);
    }
  }

  @Test
  void addressesWithoutMemoryAreMmioExits() throws Exception {
    // mov dword [0xfff0], 0x12345678 ; mov eax, [0xfff4] ; mov [0x2000], eax ; hlt   with 60 KiB of memory
    try (MiniGuest guest = new MiniGuest(0xf000, false);
        Vcpu vcpu = guest.vcpu(0, "66c706f0ff78563412 66a1f4ff 66a30020 f4")) {
      VcpuExit.Mmio write = (VcpuExit.Mmio) vcpu.run();
      assertThat(write.write()).isTrue();
      assertThat(write.address()).isEqualTo(0xfff0);
      assertThat(write.data().byteSize()).isEqualTo(4);
      assertThat(write.data().get(JAVA_INT_UNALIGNED, 0)).isEqualTo(0x12345678);
      VcpuExit.Mmio read = (VcpuExit.Mmio) vcpu.run();
      assertThat(read.write()).isFalse();
      assertThat(read.address()).isEqualTo(0xfff4);
      read.data().set(JAVA_INT_UNALIGNED, 0, 0xcafe);
      assertThat(vcpu.run()).isInstanceOf(VcpuExit.Halted.class);
      assertThat(guest.memory.slice(0x2000, 4).get(JAVA_INT_UNALIGNED, 0)).isEqualTo(0xcafe);
    }
  }

  @Test
  void aRequestedExitComesBeforeTheGuestRuns() throws Exception {
    try (MiniGuest guest = new MiniGuest(1 << 20, false);
        Vcpu vcpu = guest.vcpu(0, "ebfe")) { // jmp $
      vcpu.requestExit(true);
      assertThat(vcpu.run()).isInstanceOf(VcpuExit.Interrupted.class);
    }
  }

  @Test
  void aStateThatWasSavedGoesOnInAnotherVirtualMachine() throws Exception {
    // mov ax,0x1234; mov dx,0x10; out dx,al; inc ax; mov [0x2000],ax; hlt
    try (MiniGuest first = new MiniGuest(1 << 20, true);
        Vcpu vcpu = first.vcpu(0, "b83412 ba1000 ee 40 a30020 ba1100 ee")) {
      VcpuExit.Io out = (VcpuExit.Io) vcpu.run();
      assertThat(out.port()).isEqualTo(0x10);
      vcpu.requestExit(true);
      assertThat(vcpu.run()).isInstanceOf(VcpuExit.Interrupted.class); // completes the I/O
      Vcpu.State state = vcpu.save(first.kvm.msrIndexes());
      Vm.State vm = first.vm.save();
      try (MiniGuest second = new MiniGuest(1 << 20, true)) {
        second.memory.contents().copyFrom(first.memory.contents());
        try (Vcpu restored = second.vm.createVcpu(0)) {
          restored.setCpuid(second.kvm.supportedCpuid());
          restored.restore(state);
          second.vm.restore(vm);
          VcpuExit.Io next = (VcpuExit.Io) restored.run();
          assertThat(next.port()).isEqualTo(0x11);
          assertThat(second.memory.slice(0x2000, 8).get(JAVA_LONG_UNALIGNED, 0) & 0xffff).isEqualTo(0x1235);
          assertThat(MemorySegment.ofArray(restored.regs()).get(JAVA_LONG_UNALIGNED, 0) & 0xffff).isEqualTo(0x1235);
        }
      }
    }
  }
}
