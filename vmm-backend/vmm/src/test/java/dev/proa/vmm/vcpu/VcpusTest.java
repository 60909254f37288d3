package dev.proa.vmm.vcpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.linux.EventFd;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Poll;
import dev.proa.vmm.kvm.MiniGuest;
import dev.proa.vmm.kvm.Vcpu;
import dev.proa.vmm.kvm.VcpuExit;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What devices are wired with, on the machine's own KVM. */
final class VcpusTest {
  @Test
  void anIoeventfdTakesTheWriteOfItsValueAndNoOther() throws Exception {
    // mov dword [0xfff0],1 (matches); mov dword [0xfff0],2 (does not); hlt     with 60 KiB of memory
    try (MiniGuest guest = new MiniGuest(0xf000, true);
        EventFd event = EventFd.create();
        Vcpu vcpu = guest.vcpu(0, "66c706f0ff01000000 66c706f0ff02000000 f4")) {
      guest.vm.ioeventfd(event, 0xfff0, 1);
      VcpuExit.Mmio other = (VcpuExit.Mmio) vcpu.run();
      assertThat(other.data().get(java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED, 0)).isEqualTo(2);
      assertThat(event.drain()).isEqualTo(1);
    }
  }

  @Test
  void anIrqfdTakesSignals() throws Exception {
    try (MiniGuest guest = new MiniGuest(1 << 20, true);
        EventFd event = EventFd.create();
        Vcpu vcpu = guest.vcpu(0, "f4")) {
      guest.vm.irqfd(event, 5);
      event.signal();
      // KVM reads the event, so that it is not ready any more
      for (int i = 0; i < 1000 && Io.poll(List.of(new Io.PollFor(event, Poll.POLLIN)), 0)[0] != 0; i++) {
        Thread.sleep(10);
      }
      assertThat(event.drain()).isZero();
      assertThat(vcpu.id()).isZero();
    }
  }
}
