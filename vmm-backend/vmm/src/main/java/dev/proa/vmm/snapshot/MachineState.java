package dev.proa.vmm.snapshot;

import dev.proa.vmm.kvm.Vcpu;
import dev.proa.vmm.kvm.Vm;
import dev.proa.vmm.virtio.mmio.MmioTransport;
import java.util.List;

/**
 * All of a microVM but its memory, as pure data: what is behind its devices is given anew at the restore.
 *
 * @param memorySize in bytes
 * @param serial the serial port's registers
 * @param devices in the order in which the guest found them
 */
public record MachineState(long memorySize, List<Vcpu.State> vcpus, Vm.State vm, byte[] serial, List<MmioTransport.State> devices) {}
