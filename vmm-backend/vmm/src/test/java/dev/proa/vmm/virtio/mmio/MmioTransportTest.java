package dev.proa.vmm.virtio.mmio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.vmm.memory.GuestMemory;
import dev.proa.vmm.virtio.Features;
import dev.proa.vmm.virtio.TestDriver;
import dev.proa.vmm.virtio.rng.RngDevice;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class MmioTransportTest {
  private static TestDriver driver() throws Exception {
    return new TestDriver(GuestMemory.anonymous(TestDriver.MEMORY), new RngDevice());
  }

  @Test
  void identifiesItselfAsAVersion2Device() throws Exception {
    try (TestDriver driver = driver()) {
      assertThat(driver.read(0)).isEqualTo(0x74726976);
      assertThat(driver.read(4)).isEqualTo(2);
      assertThat(driver.read(8)).isEqualTo(4);
      assertThat(driver.offered()).isEqualTo(Features.VERSION_1 | Features.EVENT_IDX);
      assertThat(driver.read(0xb0)).as("no shared memory").isEqualTo(-1);
    }
  }

  @Test
  void fillsRequestsOnceTheDriverIsReady() throws Exception {
    try (TestDriver driver = driver().start(0)) {
      TestDriver.Used used = driver.send(0, List.of(), 64, 64);
      assertThat(used.written()).isEqualTo(128);
      assertThat(used.bytes()).isNotEqualTo(new byte[128]);
      assertThat(driver.read(0x60) & 1).as("the interrupt's reason").isEqualTo(1);
      driver.write(0x64, 1);
      assertThat(driver.read(0x60)).isZero();
    }
  }

  @Test
  void worksWithEventIndexes() throws Exception {
    try (TestDriver driver = driver().start(Features.EVENT_IDX)) {
      for (int i = 0; i < 200; i++) { // three times around the ring
        driver.add(0, List.of(), 16);
        driver.notifyQueue(0);
        assertThat(driver.await(0).written()).isEqualTo(16);
      }
    }
  }

  @Test
  void statusBitsComeInOrderAndGoByAResetOnly() throws Exception {
    try (TestDriver driver = driver()) {
      driver.write(0x70, 4);
      assertThat(driver.read(0x70)).as("DRIVER_OK first").isZero();
      driver.write(0x70, 1);
      driver.write(0x70, 3);
      driver.write(0x70, 11);
      assertThat(driver.read(0x70)).as("FEATURES_OK without VERSION_1").isEqualTo(3);
      driver.write(0x24, 1);
      driver.write(0x20, 1 | 1 << 5);
      driver.write(0x70, 11);
      assertThat(driver.read(0x70)).as("FEATURES_OK with a feature that was not offered").isEqualTo(3);
      driver.write(0x20, 1);
      driver.write(0x70, 11);
      assertThat(driver.read(0x70)).isEqualTo(11);
      driver.write(0x70, 1);
      assertThat(driver.read(0x70)).isEqualTo(11);
      assertThat(driver.transport.metrics().errors()).isEqualTo(4);
      driver.write(0x70, 0);
      assertThat(driver.read(0x70)).isZero();
    }
  }

  @Test
  void queuesOutsideOfMemoryMakeItNeedAReset() throws Exception {
    try (TestDriver driver = driver()) {
      driver.negotiate(0);
      driver.write(0x30, 0);
      driver.write(0x38, 64);
      driver.address(0x80, TestDriver.MEMORY - 16);
      driver.address(0x90, 0x20000);
      driver.address(0xa0, 0xffffffff_fffffff0L);
      driver.write(0x44, 1);
      driver.write(0x70, 15);
      assertThat(driver.read(0x70)).isEqualTo(15 | 64);
      driver.start(0); // a reset makes it well again
      assertThat(driver.send(0, List.of(), 8).written()).isEqualTo(8);
    }
  }

  @Test
  void aStateThatWasSavedGoesOn() throws Exception {
    GuestMemory memory = GuestMemory.anonymous(TestDriver.MEMORY);
    MmioTransport.State state;
    try (TestDriver driver = new TestDriver(memory, new RngDevice()).start(0)) {
      driver.send(0, List.of(), 8);
      driver.transport.pause();
      driver.add(0, List.of(), 24);
      driver.notifyQueue(0);
      assertThat(driver.poll(0, 100)).as("nothing while paused").isNull();
      state = driver.transport.save();
      MmioTransport restored = new MmioTransport(new RngDevice(), memory);
      restored.restore(state);
      restored.resume();
      assertThat(driver.await(0).written()).as("the other device goes on with the same memory").isEqualTo(24);
      restored.close();
    }
  }

  /** No sequence of accesses throws, hangs, or stops a reset from making the device work. */
  @Test
  void anyAccessesToRegistersAreSurvived() throws Exception {
    Random random = new Random(42);
    int[] offsets = {0, 4, 8, 0xc, 0x10, 0x14, 0x20, 0x24, 0x30, 0x34, 0x38, 0x44, 0x50, 0x60, 0x64, 0x70, 0x80, 0x84, 0x90, 0x94, 0xa0, 0xa4, 0xac, 0xb0, 0xfc, 0x100, 0xff8};
    int[] values = {0, 1, 2, 3, 7, 8, 11, 15, 64, 128, -1, 0x10000, 0x14000, 0x18000, 1 << 31};
    int[] sizes = {1, 2, 4, 4, 4, 4, 4, 8};
    try (TestDriver driver = driver()) {
      for (int round = 0; round < 60; round++) {
        for (int i = 0; i < 400; i++) {
          long offset = random.nextInt(8) == 0 ? random.nextInt(0xff8) : offsets[random.nextInt(offsets.length)];
          MemorySegment data = MemorySegment.ofArray(new byte[sizes[random.nextInt(sizes.length)]]);
          int value = random.nextInt(4) == 0 ? random.nextInt() : values[random.nextInt(values.length)];
          for (int b = 0; b < Math.min(4, data.byteSize()); b++) {
            data.set(java.lang.foreign.ValueLayout.JAVA_BYTE, b, (byte) (value >> 8 * b));
          }
          if (random.nextInt(3) == 0) {
            driver.transport.read(offset, data);
          } else {
            driver.transport.write(offset, data);
          }
        }
      }
      assertThat(driver.transport.metrics().errors()).isPositive();
      TestDriver healthy = driver.start(0);
      healthy.memory.slice(TestDriver.rings(0), 0x10000).fill((byte) 0);
      driver.start(0);
      assertThat(driver.send(0, List.of(), 8).written()).isEqualTo(8);
    }
  }
}
