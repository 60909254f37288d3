package dev.proa.vmm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.vmm.control.VmConfiguration.SnapshotFiles;
import dev.proa.vmm.kvm.KvmAbi;
import dev.proa.vmm.kvm.Vcpu;
import dev.proa.vmm.kvm.Vm;
import dev.proa.vmm.memory.GuestMemory;
import dev.proa.vmm.virtio.mmio.MmioTransport;
import dev.proa.vmm.virtio.queue.VirtQueue;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SnapshotFileTest {
  private static final int SIZE = 4 << 20;

  private static byte[] some(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private static MachineState state() {
    Vcpu.State cpu =
        new Vcpu.State(
            some(KvmAbi.SIZEOF_KVM_MP_STATE),
            some(KvmAbi.SIZEOF_KVM_SREGS),
            some(KvmAbi.SIZEOF_KVM_REGS),
            some(KvmAbi.SIZEOF_KVM_XSAVE + 64),
            some(KvmAbi.SIZEOF_KVM_XCRS),
            some(KvmAbi.SIZEOF_KVM_DEBUGREGS),
            some(KvmAbi.SIZEOF_KVM_LAPIC_STATE),
            some(KvmAbi.SIZEOF_KVM_VCPU_EVENTS),
            List.of(new Vcpu.Msr(0x10, 1L << 40), new Vcpu.Msr(-1, -1)));
    byte[] chip = some(KvmAbi.SIZEOF_KVM_IRQCHIP);
    MmioTransport.State device =
        new MmioTransport.State(2, 1, 1, 1L << 32, 0, 15, 1, List.of(new VirtQueue.State(256, true, 0x1000, 0x2000, 0x3000, 65535, 7)), some(3));
    return new MachineState(
        SIZE,
        List.of(cpu, cpu),
        new Vm.State(List.of(chip, chip, chip), some(KvmAbi.SIZEOF_KVM_PIT_STATE2), some(KvmAbi.SIZEOF_KVM_CLOCK_DATA)),
        some(7),
        List.of(device));
  }

  private static byte[] file() throws Exception {
    try (Fd memory = Io.memfdCreate("memory", 0);
        Fd state = Io.memfdCreate("state", 0);
        GuestMemory guest = GuestMemory.anonymous(SIZE);
        Arena arena = Arena.ofConfined()) {
      SnapshotFile.write(new SnapshotFiles(memory, state), guest, state());
      MemorySegment bytes = arena.allocate(Fs.fstat(state).size());
      Io.pread(state, bytes, 0);
      return bytes.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  @Test
  void comesBackAsItWas() throws Exception {
    assertThat(SnapshotFile.parse(file())).usingRecursiveComparison().isEqualTo(state());
  }

  @Test
  void memoryIsSparseAndComesBack() throws Exception {
    try (Fd memory = Io.memfdCreate("memory", 0);
        Fd state = Io.memfdCreate("state", 0)) {
      try (GuestMemory guest = GuestMemory.anonymous(SIZE)) {
        guest.slice(0x1fff, 2).fill((byte) 7); // across pages
        guest.slice(SIZE - 1, 1).fill((byte) 9);
        SnapshotFile.write(new SnapshotFiles(memory, state), guest, state());
      }
      assertThat(Fs.fstat(memory).size()).isEqualTo(SIZE);
      assertThat(Fs.fstat(memory).blocks()).as("three pages").isEqualTo(3 * 8);
      SnapshotFile.checkMemory(memory, SIZE);
      try (GuestMemory first = GuestMemory.ofSnapshot(memory, SIZE);
          GuestMemory second = GuestMemory.ofSnapshot(memory, SIZE)) {
        first.slice(0x2000, 1).fill((byte) 1);
        assertThat(second.slice(0x1ffe, 4).toArray(ValueLayout.JAVA_BYTE)).as("one clone does not see the other's writes").containsExactly(0, 7, 7, 0);
        assertThat(second.slice(SIZE - 1, 1).get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 9);
      }
      assertThatThrownBy(() -> SnapshotFile.checkMemory(memory, SIZE * 2L)).hasMessageContaining("it is cut off, or another microVM's");
    }
  }

  @Test
  void whatIsNotWholeIsRefusedInWords() throws Exception {
    byte[] file = file();
    assertThatThrownBy(() -> SnapshotFile.parse(Arrays.copyOf(file, file.length - 1))).hasMessageContaining("cut off");
    assertThatThrownBy(() -> SnapshotFile.parse(new byte[0])).hasMessageContaining("cut off");
    assertThatThrownBy(() -> SnapshotFile.parse(changed(file, 0))).hasMessageContaining("no snapshot");
    assertThatThrownBy(() -> SnapshotFile.parse(changed(file, 8))).hasMessageContaining("version");
    assertThatThrownBy(() -> SnapshotFile.parse(changed(file, 5000))).hasMessageContaining("checksum");
    assertThatThrownBy(() -> SnapshotFile.parse(changed(file, file.length - 1))).hasMessageContaining("checksum");
  }

  private static byte[] changed(byte[] file, int at) {
    byte[] changed = file.clone();
    changed[at] ^= 1;
    return changed;
  }

  /** Any bytes with a right checksum are a state or a sentence. */
  @Test
  void forgedStatesAreStatesOrRefused() throws Exception {
    Random random = new Random(4);
    byte[] file = file();
    int refused = 0;
    for (int round = 0; round < 5_000; round++) {
      byte[] payload = Arrays.copyOfRange(file, 16, file.length - 4);
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        // where lengths and counts lie, more often than elsewhere
        int at = random.nextBoolean() ? random.nextInt(64) : random.nextInt(payload.length);
        payload[at] = (byte) random.nextInt();
      }
      if (random.nextInt(4) == 0) {
        payload = Arrays.copyOf(payload, random.nextInt(payload.length));
      }
      try {
        StateCodec.read(payload);
      } catch (SnapshotException e) {
        refused++;
        assertThat(e.getMessage()).startsWith("the snapshot's state is damaged");
      }
    }
    assertThat(refused).isGreaterThan(1000);
    assertThat(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(8)).isEqualTo(1);
  }
}
