package dev.proa.vmm.snapshot;

import dev.proa.vmm.kvm.KvmAbi;
import dev.proa.vmm.kvm.Vcpu;
import dev.proa.vmm.kvm.Vm;
import dev.proa.vmm.virtio.mmio.MmioTransport;
import dev.proa.vmm.virtio.queue.VirtQueue;

/** {@link MachineState} as bytes. */
final class StateCodec {
  private static final int MAX_XSAVE = 1 << 16;
  private static final int MAX_MSRS = 1024;
  private static final int MAX_HANDLER_STATE = 1 << 20;
  private static final int MAX_QUEUES = 16;
  private static final int SERIAL = 7;

  private StateCodec() {}

  static byte[] write(MachineState state) {
    StateWriter w = new StateWriter();
    w.u64(state.memorySize());
    w.list(state.vcpus(), cpu -> write(w, cpu));
    w.list(state.vm().irqChips(), w::bytes).bytes(state.vm().pit()).bytes(state.vm().clock());
    w.bytes(state.serial());
    w.list(state.devices(), device -> write(w, device));
    return w.written();
  }

  private static void write(StateWriter w, Vcpu.State s) {
    w.bytes(s.mpState()).bytes(s.sregs()).bytes(s.regs()).bytes(s.xsave()).bytes(s.xcrs()).bytes(s.debugregs()).bytes(s.lapic()).bytes(s.events());
    w.list(s.msrs(), msr -> w.u32(msr.index()).u64(msr.value()));
  }

  private static void write(StateWriter w, MmioTransport.State s) {
    w.u32(s.type()).u32(s.deviceFeaturesSelect()).u32(s.driverFeaturesSelect()).u64(s.driverFeatures());
    w.u32(s.queueSelect()).u32(s.status()).u32(s.interruptStatus());
    w.list(
        s.queues(),
        q -> w.u32(q.size()).flag(q.ready()).u64(q.descriptorTable()).u64(q.driverRing()).u64(q.deviceRing()).u32(q.nextAvail()).u32(q.nextUsed()));
    w.bytes(s.handler());
  }

  static MachineState read(byte[] bytes) throws SnapshotException {
    StateReader r = new StateReader(bytes);
    long memorySize = r.u64();
    if (memorySize <= 0 || memorySize % (1 << 20) != 0) {
      throw new SnapshotException("the snapshot's state is damaged: memory of " + memorySize + " bytes");
    }
    MachineState state =
        new MachineState(
            memorySize,
            r.list(1, 64, () -> vcpu(r)),
            new Vm.State(r.list(3, 3, () -> r.bytes(KvmAbi.SIZEOF_KVM_IRQCHIP)), r.bytes(KvmAbi.SIZEOF_KVM_PIT_STATE2), r.bytes(KvmAbi.SIZEOF_KVM_CLOCK_DATA)),
            r.bytes(SERIAL),
            r.list(0, 64, () -> device(r)));
    r.end();
    return state;
  }

  private static Vcpu.State vcpu(StateReader r) throws SnapshotException {
    return new Vcpu.State(
        r.bytes(KvmAbi.SIZEOF_KVM_MP_STATE),
        r.bytes(KvmAbi.SIZEOF_KVM_SREGS),
        r.bytes(KvmAbi.SIZEOF_KVM_REGS),
        r.bytes(KvmAbi.SIZEOF_KVM_XSAVE, MAX_XSAVE),
        r.bytes(KvmAbi.SIZEOF_KVM_XCRS),
        r.bytes(KvmAbi.SIZEOF_KVM_DEBUGREGS),
        r.bytes(KvmAbi.SIZEOF_KVM_LAPIC_STATE),
        r.bytes(KvmAbi.SIZEOF_KVM_VCPU_EVENTS),
        r.list(0, MAX_MSRS, () -> new Vcpu.Msr(r.u32(), r.u64())));
  }

  private static MmioTransport.State device(StateReader r) throws SnapshotException {
    return new MmioTransport.State(
        r.u32(),
        r.u32(),
        r.u32(),
        r.u64(),
        r.u32(),
        r.u32(),
        r.u32(),
        r.list(0, MAX_QUEUES, () -> new VirtQueue.State(r.u32(), r.flag(), r.u64(), r.u64(), r.u64(), r.u32(), r.u32())),
        r.bytes(0, MAX_HANDLER_STATE));
  }
}
