package dev.proa.vmm;

import dev.proa.vmm.acpi.AcpiTables;
import dev.proa.vmm.boot.BootImage;
import dev.proa.vmm.boot.Cpuid;
import dev.proa.vmm.boot.ElfKernel;
import dev.proa.vmm.boot.EntryState;
import dev.proa.vmm.boot.GuestLayout;
import dev.proa.vmm.control.Event;
import dev.proa.vmm.control.ExitReason;
import dev.proa.vmm.control.VmConfiguration;
import dev.proa.vmm.control.VmConfiguration.Boot;
import dev.proa.vmm.control.VmConfiguration.SnapshotFiles;
import dev.proa.vmm.kvm.Kvm;
import dev.proa.vmm.kvm.Vcpu;
import dev.proa.vmm.kvm.Vm;
import dev.proa.vmm.legacy.LegacyDevices;
import dev.proa.vmm.legacy.SerialOutput;
import dev.proa.vmm.memory.GuestFault;
import dev.proa.vmm.memory.GuestMemory;
import dev.proa.vmm.snapshot.MachineState;
import dev.proa.vmm.snapshot.SnapshotFile;
import dev.proa.vmm.vcpu.Bus;
import dev.proa.vmm.vcpu.Vcpus;
import dev.proa.vmm.virtio.VirtioDevice;
import dev.proa.vmm.virtio.mmio.MmioTransport;
import dev.proa.vmm.virtio.mmio.Registers;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

/** A microVM with all that is in it. The one place that puts the parts together. */
final class Machine implements AutoCloseable {
  /** Interrupt lines of the IOAPIC behind those that PCs have a use for. Devices share them: each of their interrupts is an edge. */
  private static final int FIRST_GSI = 5;

  private static final int LAST_GSI = 23;

  /** Why it ended. */
  record End(ExitReason reason, String detail) {}

  private final Kvm kvm;
  private final GuestMemory memory;
  private final Vm vm;
  private final List<Vcpu> vcpus = new ArrayList<>();
  private final List<MmioTransport> transports = new ArrayList<>();
  private final SerialOutput serial;
  private final LegacyDevices legacy;
  private final Vcpus threads;
  private final CompletableFuture<End> ended = new CompletableFuture<>();

  private Machine(Kvm kvm, VmConfiguration configuration, GuestMemory memory, BiConsumer<Integer, Machine> bootTimer) throws IOException {
    this.kvm = kvm;
    this.memory = memory;
    serial = new SerialOutput(configuration.serial());
    vm = kvm.createVm();
    int slot = 0;
    for (GuestMemory.Region region : memory.regions()) {
      vm.setMemoryRegion(slot++, region.guestAddress(), region.memory());
    }
    vm.createIrqChip();
    for (VirtioDevice device : Devices.of(configuration)) {
      MmioTransport transport = new MmioTransport(device, memory);
      long address = GuestLayout.VIRTIO_MMIO + GuestLayout.VIRTIO_MMIO_SIZE * transports.size();
      vm.irqfd(transport.interrupt(), gsi(transports.size()));
      for (int queue = 0; queue < transport.notifiers().size(); queue++) {
        vm.ioeventfd(transport.notifiers().get(queue), address + Registers.QUEUE_NOTIFY, queue);
      }
      transports.add(transport);
    }
    MemorySegment cpuid = kvm.supportedCpuid();
    for (int id = 0; id < configuration.vcpus(); id++) {
      Vcpu vcpu = vm.createVcpu(id);
      vcpu.setCpuid(Cpuid.forVcpu(cpuid, id, configuration.vcpus()));
      vcpus.add(vcpu);
    }
    legacy = new LegacyDevices(vm, serial, marker -> bootTimer.accept(marker, this), this::end);
    threads = new Vcpus(vcpus, new Bus(legacy, GuestLayout.VIRTIO_MMIO, GuestLayout.VIRTIO_MMIO_SIZE, transports), this::end);
  }

  /** Builds it and loads the kernel; {@link #run} comes next. Takes ownership of the configuration's descriptors. */
  static Machine boot(Kvm kvm, VmConfiguration configuration, Boot boot, BiConsumer<Integer, Machine> bootTimer) throws IOException {
    GuestMemory memory = GuestMemory.anonymous((long) configuration.memoryMib() << 20);
    Machine machine = new Machine(kvm, configuration, memory, bootTimer);
    List<AcpiTables.VirtioMmio> devices = new ArrayList<>();
    for (int i = 0; i < machine.transports.size(); i++) {
      devices.add(new AcpiTables.VirtioMmio(GuestLayout.VIRTIO_MMIO + GuestLayout.VIRTIO_MMIO_SIZE * i, gsi(i)));
    }
    try {
      long rsdp = AcpiTables.write(memory, configuration.vcpus(), devices);
      ElfKernel kernel = BootImage.load(memory, boot.kernel(), boot.initramfs(), boot.commandLine(), rsdp);
      if (kernel.pvh()) {
        EntryState.pvh(machine.vcpus.getFirst(), kernel.entry());
      } else {
        EntryState.linux64(machine.vcpus.getFirst(), memory, kernel.entry());
      }
    } catch (GuestFault e) {
      throw new IOException(e);
    }
    return machine;
  }

  /** As {@link #boot}, from a snapshot. */
  static Machine restore(Kvm kvm, VmConfiguration configuration, SnapshotFiles files, BiConsumer<Integer, Machine> bootTimer) throws IOException {
    MachineState state = SnapshotFile.read(files.state());
    long size = (long) configuration.memoryMib() << 20;
    if (state.memorySize() != size || state.vcpus().size() != configuration.vcpus()) {
      throw new IOException(
          "the snapshot is of a microVM with " + (state.memorySize() >> 20) + " MiB and " + state.vcpus().size() + " vCPUs, the configuration has "
              + configuration.memoryMib() + " MiB and " + configuration.vcpus());
    }
    SnapshotFile.checkMemory(files.memory(), size);
    Machine machine = new Machine(kvm, configuration, GuestMemory.ofSnapshot(files.memory(), size), bootTimer);
    if (state.devices().size() != machine.transports.size()) {
      throw new IOException("the snapshot has " + state.devices().size() + " devices, the configuration " + machine.transports.size());
    }
    for (int i = 0; i < machine.vcpus.size(); i++) {
      machine.vcpus.get(i).restore(state.vcpus().get(i));
    }
    machine.vm.restore(state.vm());
    machine.legacy.restore(state.serial());
    for (int i = 0; i < machine.transports.size(); i++) {
      machine.transports.get(i).restore(state.devices().get(i));
    }
    return machine;
  }

  private static int gsi(int device) {
    return FIRST_GSI + device % (LAST_GSI - FIRST_GSI + 1);
  }

  /** Starts the vCPUs' threads, once. */
  void start(boolean run) throws IOException {
    threads.start(run);
    if (run) {
      transports.forEach(MmioTransport::resume);
    }
  }

  /** vCPUs first: they are what gives devices work. */
  void pause() throws IOException {
    threads.pause();
    transports.forEach(MmioTransport::pause);
  }

  void resume() {
    transports.forEach(MmioTransport::resume);
    threads.resume();
  }

  /** Legal while paused. */
  void snapshot(SnapshotFiles files) throws IOException {
    List<Vcpu.State> cpus = new ArrayList<>();
    int[] msrs = kvm.msrIndexes();
    for (Vcpu vcpu : vcpus) {
      cpus.add(vcpu.save(msrs));
    }
    List<MmioTransport.State> devices = new ArrayList<>();
    for (MmioTransport transport : transports) {
      devices.add(transport.save());
    }
    SnapshotFile.write(files, memory, new MachineState(memory.size(), cpus, vm.save(), legacy.save(), devices));
  }

  /** The first reason counts. */
  void end(ExitReason reason, String detail) {
    ended.complete(new End(reason, detail));
  }

  CompletableFuture<End> ended() {
    return ended;
  }

  byte[] serialTail() {
    return serial.tail();
  }

  /** System.nanoTime() at the first KVM_RUN. */
  long firstRunNanos() {
    return threads.firstRunNanos();
  }

  Event.Stats stats(int sequence) {
    return new Event.Stats(
        sequence,
        threads.exits(),
        threads.pioExits(),
        threads.mmioExits(),
        threads.interruptedExits(),
        transports.stream().mapToLong(transport -> transport.metrics().errors()).sum(),
        serial.bytes(),
        serial.dropped());
  }

  /** Ends what runs. The memory goes when nobody can touch it any more, else with the process. */
  @Override
  public void close() throws IOException {
    boolean stopped = threads.stop();
    transports.forEach(MmioTransport::close);
    serial.close();
    if (stopped) {
      vcpus.forEach(Vcpu::close);
      vm.close();
      memory.close();
    }
  }
}
