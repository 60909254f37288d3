package dev.proa.vmm.kvm;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.EventFd;
import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import dev.proa.linux.NativeMemory;
import dev.proa.linux.abi.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A virtual machine. */
public final class Vm implements AutoCloseable {
  /** Three pages below 4 GiB that Intel's processors need for real mode; nothing else may lie there. */
  public static final long TSS_ADDRESS = 0xfffbd000L;

  private static final long IDENTITY_MAP_ADDRESS = 0xfffbc000L;
  private static final int IRQCHIPS = 3;

  private final Fd fd;
  private final int runSize;
  private final int xsaveSize;
  private final boolean xsave2;

  Vm(Fd fd, int runSize, int xsaveSize, boolean xsave2) {
    this.fd = fd;
    this.runSize = runSize;
    this.xsaveSize = xsaveSize;
    this.xsave2 = xsave2;
  }

  /** KVM_SET_USER_MEMORY_REGION. SAFETY: {@code memory} must stay mapped as long as this virtual machine. */
  public void setMemoryRegion(int slot, long guestAddress, MemorySegment memory) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment region = arena.allocate(KvmAbi.SIZEOF_KVM_USERSPACE_MEMORY_REGION, 8);
      region.set(JAVA_INT, 0, slot);
      region.set(JAVA_LONG, 8, guestAddress);
      region.set(JAVA_LONG, 16, memory.byteSize());
      region.set(JAVA_LONG, 24, memory.address());
      Io.ioctl(fd, KvmAbi.KVM_SET_USER_MEMORY_REGION, region);
    }
  }

  /** The pages for real mode (KVM_SET_TSS_ADDR, KVM_SET_IDENTITY_MAP_ADDR), both PICs, the IOAPIC and local APICs (KVM_CREATE_IRQCHIP), the PIT. Before the vCPUs. */
  public void createIrqChip() throws ErrnoException {
    Io.ioctl(fd, KvmAbi.KVM_SET_TSS_ADDR, TSS_ADDRESS);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocateFrom(JAVA_LONG, IDENTITY_MAP_ADDRESS);
      Io.ioctl(fd, KvmAbi.KVM_SET_IDENTITY_MAP_ADDR, address);
      Io.ioctl(fd, KvmAbi.KVM_CREATE_IRQCHIP, 0);
      MemorySegment pit = arena.allocate(KvmAbi.SIZEOF_KVM_PIT_CONFIG, 8);
      pit.set(JAVA_INT, 0, KvmAbi.KVM_PIT_SPEAKER_DUMMY); // keeps port 0x61 in the kernel
      Io.ioctl(fd, KvmAbi.KVM_CREATE_PIT2, pit);
    }
  }

  /** KVM_IRQ_LINE. */
  public void irqLine(int gsi, boolean high) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment level = arena.allocate(KvmAbi.SIZEOF_KVM_IRQ_LEVEL, 8);
      level.set(JAVA_INT, 0, gsi);
      level.set(JAVA_INT, 4, high ? 1 : 0);
      Io.ioctl(fd, KvmAbi.KVM_IRQ_LINE, level);
    }
  }

  /** KVM_IRQFD: each signal of {@code event} is an edge on {@code gsi}. */
  public void irqfd(EventFd event, int gsi) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment irqfd = arena.allocate(KvmAbi.SIZEOF_KVM_IRQFD, 8);
      irqfd.set(JAVA_INT, 0, event.raw());
      irqfd.set(JAVA_INT, 4, gsi);
      Io.ioctl(fd, KvmAbi.KVM_IRQFD, irqfd);
    }
  }

  /** KVM_IOEVENTFD: a write of the 32-bit {@code value} to {@code guestAddress} signals {@code event} and makes no exit. */
  public void ioeventfd(EventFd event, long guestAddress, int value) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ioeventfd = arena.allocate(KvmAbi.SIZEOF_KVM_IOEVENTFD, 8);
      ioeventfd.set(JAVA_LONG, 0, value & 0xffffffffL);
      ioeventfd.set(JAVA_LONG, 8, guestAddress);
      ioeventfd.set(JAVA_INT, 16, 4);
      ioeventfd.set(JAVA_INT, 20, event.raw());
      ioeventfd.set(JAVA_INT, 24, KvmAbi.KVM_IOEVENTFD_FLAG_DATAMATCH);
      Io.ioctl(fd, KvmAbi.KVM_IOEVENTFD, ioeventfd);
    }
  }

  /** KVM_CREATE_VCPU. */
  public Vcpu createVcpu(int id) throws ErrnoException {
    Fd vcpu = Fd.owning((int) Io.ioctl(fd, KvmAbi.KVM_CREATE_VCPU, id));
    try {
      return new Vcpu(id, vcpu, NativeMemory.mmap(vcpu, 0, runSize, Memory.PROT_READ | Memory.PROT_WRITE, Memory.MAP_SHARED), xsaveSize, xsave2);
    } catch (ErrnoException e) {
      vcpu.close();
      throw e;
    }
  }

  /**
   * What of the virtual machine is no vCPU's.
   *
   * @param irqChips struct kvm_irqchip of both PICs and the IOAPIC
   * @param pit struct kvm_pit_state2
   * @param clock struct kvm_clock_data
   */
  public record State(List<byte[]> irqChips, byte[] pit, byte[] clock) {}

  /** Legal while no vCPU runs. */
  public State save() throws ErrnoException {
    List<byte[]> chips = new ArrayList<>();
    for (int chip = 0; chip < IRQCHIPS; chip++) {
      byte[] which = new byte[KvmAbi.SIZEOF_KVM_IRQCHIP];
      which[0] = (byte) chip;
      chips.add(StateIo.get(fd, KvmAbi.KVM_GET_IRQCHIP, which));
    }
    return new State(
        chips,
        StateIo.get(fd, KvmAbi.KVM_GET_PIT2, new byte[KvmAbi.SIZEOF_KVM_PIT_STATE2]),
        StateIo.get(fd, KvmAbi.KVM_GET_CLOCK, new byte[KvmAbi.SIZEOF_KVM_CLOCK_DATA]));
  }

  /** Legal before any vCPU ran; the vCPUs' states come first. */
  public void restore(State state) throws ErrnoException {
    for (byte[] chip : state.irqChips()) {
      StateIo.set(fd, KvmAbi.KVM_SET_IRQCHIP, chip);
    }
    StateIo.set(fd, KvmAbi.KVM_SET_PIT2, state.pit());
    byte[] clock = state.clock().clone();
    java.util.Arrays.fill(clock, 8, 12, (byte) 0); // flags: the clock goes on where it stopped, whatever the host's is now
    StateIo.set(fd, KvmAbi.KVM_SET_CLOCK, clock);
  }

  @Override
  public void close() {
    fd.close();
  }
}
