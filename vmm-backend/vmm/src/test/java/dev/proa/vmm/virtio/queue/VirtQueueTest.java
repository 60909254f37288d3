package dev.proa.vmm.virtio.queue;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.vmm.memory.GuestFault;
import dev.proa.vmm.memory.GuestMemory;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class VirtQueueTest {
  private static final int SIZE = 16;
  private static final long TABLE = 0x1000;
  private static final long AVAIL = 0x2000;
  private static final long USED = 0x3000;

  private GuestMemory memory;
  private VirtQueue queue;

  @BeforeEach
  void setUp() throws Exception {
    memory = GuestMemory.anonymous(1 << 20);
    queue = queue(TABLE, AVAIL, USED, SIZE);
    queue.activate(memory, false);
  }

  private static VirtQueue queue(long table, long avail, long used, int size) {
    VirtQueue queue = new VirtQueue(SIZE);
    queue.restore(new VirtQueue.State(size, true, table, avail, used, 0, 0));
    return queue;
  }

  @AfterEach
  void close() {
    memory.close();
  }

  private void descriptor(int index, long address, int length, int flags, int next) throws GuestFault {
    MemorySegment d = memory.slice(TABLE + 16L * index, 16);
    d.set(JAVA_LONG, 0, address);
    d.set(JAVA_INT, 8, length);
    d.set(JAVA_SHORT, 12, (short) flags);
    d.set(JAVA_SHORT, 14, (short) next);
  }

  private void available(int... heads) throws GuestFault {
    MemorySegment avail = memory.slice(AVAIL, 4 + 2 * SIZE);
    for (int i = 0; i < heads.length; i++) {
      avail.set(JAVA_SHORT, 4 + 2L * i, (short) heads[i]);
    }
    avail.set(JAVA_SHORT, 2, (short) heads.length);
  }

  @Test
  void aChainIsTwoStreamsHoweverItIsCut() throws Exception {
    memory.slice(0x8000, 5).copyFrom(MemorySegment.ofArray("abcde".getBytes()));
    descriptor(3, 0x8000, 2, 1, 5);
    descriptor(5, 0x8002, 3, 1, 1);
    descriptor(1, 0x9000, 1, 3, 0);
    descriptor(0, 0x9100, 3, 2, 0);
    available(3);
    DescriptorChain chain = queue.pop();
    assertThat(new String(chain.readable().bytes(5))).isEqualTo("abcde");
    assertThatThrownBy(() -> chain.readable().bytes(1)).isInstanceOf(GuestFault.class);
    chain.writable().put("wxyz".getBytes());
    assertThat(memory.slice(0x9000, 1).get(JAVA_BYTE, 0)).isEqualTo((byte) 'w');
    assertThat(new String(memory.slice(0x9100, 3).toArray(JAVA_BYTE))).isEqualTo("xyz");
    queue.push(chain, 4);
    assertThat(memory.slice(USED, 12).get(JAVA_SHORT, 2)).isEqualTo((short) 1);
    assertThat(memory.slice(USED, 12).get(JAVA_INT, 4)).isEqualTo(3);
    assertThat(memory.slice(USED, 12).get(JAVA_INT, 8)).isEqualTo(4);
    assertThat(queue.pop()).isNull();
  }

  @Test
  void badChainsAreFaultsInWords() throws Exception {
    descriptor(0, 0x8000, 1, 1, 0);
    available(0);
    assertThatThrownBy(queue::pop).isInstanceOf(GuestFault.class).hasMessage("a descriptor chain with a loop");
    setUpAgain(SIZE);
    assertThatThrownBy(queue::pop).hasMessage("descriptor 16 of a queue of 16");
    descriptor(1, 0x8000, 1, 1, 77);
    setUpAgain(1);
    assertThatThrownBy(queue::pop).hasMessage("descriptor 77 of a queue of 16");
    descriptor(1, (1 << 20) - 4, 5, 0, 0);
    setUpAgain(1);
    assertThatThrownBy(queue::pop).hasMessage("0x5 bytes at 0xffffc are not in guest memory");
    descriptor(1, -1, 2, 0, 0);
    setUpAgain(1);
    assertThatThrownBy(queue::pop).hasMessageContaining("are not in guest memory");
    descriptor(1, 0x8000, 2, 3, 2);
    descriptor(2, 0x8000, 2, 0, 0);
    setUpAgain(1);
    assertThatThrownBy(queue::pop).hasMessage("a request with something to read behind what is to be written");
    descriptor(1, 0x8000, 2, 4, 2);
    setUpAgain(1);
    assertThatThrownBy(queue::pop).hasMessageContaining("indirect");
    setUpAgain(1);
    memory.slice(AVAIL, 4).set(JAVA_SHORT, 2, (short) 17);
    assertThatThrownBy(queue::pop).hasMessage("a queue of 16 descriptors with 17 waiting requests");
  }

  private void setUpAgain(int head) throws Exception {
    queue = queue(TABLE, AVAIL, USED, SIZE);
    queue.activate(memory, false);
    available(head);
  }

  @Test
  void queuesThatCannotBeAreRefused() {
    assertThatThrownBy(() -> queue(TABLE, AVAIL, USED, 12).activate(memory, false)).hasMessageContaining("12 descriptors");
    assertThatThrownBy(() -> queue(TABLE, AVAIL, USED, 32).activate(memory, false)).hasMessageContaining("32 descriptors");
    assertThatThrownBy(() -> queue(TABLE, AVAIL, USED, 0).activate(memory, false)).hasMessageContaining("0 descriptors");
    assertThatThrownBy(() -> queue(TABLE + 8, AVAIL, USED, 16).activate(memory, false)).hasMessageContaining("not aligned");
    assertThatThrownBy(() -> queue(TABLE, (1 << 20) - 8, USED, 16).activate(memory, false)).hasMessageContaining("not in guest memory");
    assertThatThrownBy(() -> queue(Long.MIN_VALUE, AVAIL, USED, 16).activate(memory, false)).hasMessageContaining("not in guest memory");
  }

  @Test
  void whatWasPoppedCanBeGivenBack() throws Exception {
    descriptor(0, 0x8000, 4, 2, 0);
    descriptor(1, 0x8000, 4, 2, 0);
    available(0, 1);
    queue.pop();
    queue.unpop();
    assertThat(queue.pop().head()).isZero();
    assertThat(queue.pop().head()).isEqualTo(1);
  }

  /** Random rings give chains within memory, or a fault; never anything else, and never without end. */
  @Test
  void anyRingsAreChainsOrFaults() throws Exception {
    Random random = new Random(3);
    int chains = 0;
    int faults = 0;
    for (int round = 0; round < 30_000; round++) {
      for (int i = 0; i < SIZE; i++) {
        long address = random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(1 << 20);
        int length = random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(4096);
        descriptor(i, address, length, random.nextInt(random.nextInt(4) == 0 ? 65536 : 4), random.nextInt(random.nextInt(8) == 0 ? 65536 : SIZE));
      }
      setUpAgain(random.nextInt(random.nextInt(8) == 0 ? 65536 : SIZE));
      try {
        DescriptorChain chain = queue.pop();
        long size = chain.readable().remaining();
        chain.readable().take(size);
        chain.writable().take(chain.writable().remaining());
        queue.push(chain, size);
        chains++;
      } catch (GuestFault e) {
        faults++;
      }
    }
    assertThat(chains).isGreaterThan(1000);
    assertThat(faults).isGreaterThan(1000);
  }
}
