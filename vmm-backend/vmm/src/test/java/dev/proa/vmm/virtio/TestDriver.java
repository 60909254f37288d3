package dev.proa.vmm.virtio;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.linux.Io;
import dev.proa.linux.abi.Poll;
import dev.proa.vmm.memory.GuestFault;
import dev.proa.vmm.memory.GuestMemory;
import dev.proa.vmm.virtio.mmio.MmioTransport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A driver in the place of a guest's: it sets a device up by its registers and puts requests into its queues, well-formed ones and others. */
public final class TestDriver implements AutoCloseable {
  public static final long MEMORY = 8 << 20;
  private static final long RINGS = 0x10000;
  private static final long BUFFERS = 0x200000;
  private static final int DEADLINE_MILLIS = 60_000;

  public final GuestMemory memory;
  public final MmioTransport transport;
  private final int[] sizes;
  private final int[] nextDescriptor;
  private final int[] availIdx;
  private final int[] seenUsed;
  private final Map<Long, Request> requests = new HashMap<>();
  private long nextBuffer = BUFFERS;

  private record Request(int length, List<long[]> writable) {}

  /** What came back. */
  public record Used(int head, int written, byte[] bytes) {}

  public TestDriver(GuestMemory memory, VirtioDevice device) throws Exception {
    this.memory = memory;
    this.transport = new MmioTransport(device, memory);
    this.sizes = device.queueSizes();
    this.nextDescriptor = new int[sizes.length];
    this.availIdx = new int[sizes.length];
    this.seenUsed = new int[sizes.length];
  }

  public int read(int register) {
    MemorySegment data = MemorySegment.ofArray(new byte[4]);
    transport.read(register, data);
    return data.get(java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED, 0);
  }

  public void write(int register, int value) {
    MemorySegment data = MemorySegment.ofArray(new byte[4]);
    data.set(java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED, 0, value);
    transport.write(register, data);
  }

  public long offered() {
    write(0x14, 0);
    long low = read(0x10) & 0xffffffffL;
    write(0x14, 1);
    return low | (long) read(0x10) << 32;
  }

  /** As Linux does it; {@code features} beside VERSION_1. */
  public TestDriver start(long features) {
    negotiate(features);
    for (int q = 0; q < sizes.length; q++) {
      long base = rings(q);
      write(0x30, q);
      assertThat(read(0x34)).isEqualTo(sizes[q]);
      write(0x38, sizes[q]);
      address(0x80, base);
      address(0x90, base + 0x4000);
      address(0xa0, base + 0x8000);
      write(0x44, 1);
    }
    write(0x70, 15);
    assertThat(read(0x70)).isEqualTo(15);
    return this;
  }

  public void negotiate(long features) {
    write(0x70, 0);
    write(0x70, 1);
    write(0x70, 3);
    write(0x24, 0);
    write(0x20, (int) features);
    write(0x24, 1);
    write(0x20, (int) (features >>> 32) | 1);
    write(0x70, 11);
    assertThat(read(0x70)).isEqualTo(11);
  }

  public void address(int register, long address) {
    write(register, (int) address);
    write(register + 4, (int) (address >>> 32));
  }

  public static long rings(int queue) {
    return RINGS + 0x10000L * queue;
  }

  /** Memory for a buffer; the allocator wraps around. */
  public long buffer(int size) {
    if (nextBuffer + size > MEMORY) {
      nextBuffer = BUFFERS;
    }
    long at = nextBuffer;
    nextBuffer += size + 63 & ~63L;
    return at;
  }

  public void descriptor(int queue, int index, long address, int length, int flags, int next) throws GuestFault {
    MemorySegment d = memory.slice(rings(queue) + 16L * index, 16);
    d.set(JAVA_LONG, 0, address);
    d.set(JAVA_INT, 8, length);
    d.set(JAVA_SHORT, 12, (short) flags);
    d.set(JAVA_SHORT, 14, (short) next);
  }

  /** Makes a chain available without telling the device. */
  public void available(int queue, int head) throws GuestFault {
    MemorySegment avail = memory.slice(rings(queue) + 0x4000, 4 + 2L * sizes[queue]);
    avail.set(JAVA_SHORT, 4 + 2L * (availIdx[queue] % sizes[queue]), (short) head);
    java.lang.invoke.VarHandle.releaseFence();
    avail.set(JAVA_SHORT, 2, (short) ++availIdx[queue]);
  }

  public void notifyQueue(int queue) {
    write(0x50, queue);
  }

  /** A request of pieces to read and room to write; its head. */
  public int add(int queue, List<byte[]> readable, int... writable) throws GuestFault {
    int pieces = readable.size() + writable.length;
    int first = nextDescriptor[queue];
    List<long[]> room = new ArrayList<>();
    for (int i = 0; i < pieces; i++) {
      int index = (first + i) % sizes[queue];
      boolean last = i == pieces - 1;
      int next = last ? 0 : (index + 1) % sizes[queue];
      if (i < readable.size()) {
        byte[] bytes = readable.get(i);
        long at = buffer(bytes.length);
        MemorySegment.copy(bytes, 0, memory.slice(at, bytes.length), JAVA_BYTE, 0, bytes.length);
        descriptor(queue, index, at, bytes.length, last ? 0 : 1, next);
      } else {
        int size = writable[i - readable.size()];
        long at = buffer(size);
        memory.slice(at, size).fill((byte) 0xee);
        descriptor(queue, index, at, size, last ? 2 : 3, next);
        room.add(new long[] {at, size});
      }
    }
    nextDescriptor[queue] = (first + pieces) % sizes[queue];
    requests.put((long) queue << 32 | first, new Request(0, room));
    available(queue, first);
    return first;
  }

  /** Sends a request and waits for it. */
  public Used send(int queue, List<byte[]> readable, int... writable) throws Exception {
    int head = add(queue, readable, writable);
    notifyQueue(queue);
    Used used = await(queue);
    assertThat(used.head()).isEqualTo(head);
    return used;
  }

  /** The next request that the device gives back; fails after a long time. */
  public Used await(int queue) throws Exception {
    Used used = poll(queue, DEADLINE_MILLIS);
    assertThat(used).as("a request that comes back").isNotNull();
    return used;
  }

  /** As {@link #await}; null when none comes within the time. */
  public Used poll(int queue, int millis) throws Exception {
    MemorySegment ring = memory.slice(rings(queue) + 0x8000, 4 + 8L * sizes[queue]);
    long deadline = System.nanoTime() + millis * 1_000_000L;
    while ((ring.get(JAVA_SHORT, 2) & 0xffff) == (seenUsed[queue] & 0xffff)) {
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return null;
      }
      Io.poll(List.of(new Io.PollFor(transport.interrupt(), Poll.POLLIN)), Math.min(left, 50));
      transport.interrupt().drain();
    }
    long at = 4 + 8L * ((seenUsed[queue]++ & 0xffff) % sizes[queue]);
    int head = ring.get(JAVA_INT, at);
    int written = ring.get(JAVA_INT, at + 4);
    Request request = requests.remove((long) queue << 32 | head);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    if (request != null) {
      for (long[] piece : request.writable()) {
        bytes.writeBytes(memory.slice(piece[0], piece[1]).toArray(JAVA_BYTE));
      }
    }
    return new Used(head, written, bytes.toByteArray());
  }

  /** Waits until the device says that it needs a reset. */
  public void awaitNeedsReset() throws IOException {
    long deadline = System.nanoTime() + DEADLINE_MILLIS * 1_000_000L;
    while ((read(0x70) & 64) == 0) {
      assertThat(System.nanoTime()).as("a device that needs a reset").isLessThan(deadline);
      Io.poll(List.of(new Io.PollFor(transport.interrupt(), Poll.POLLIN)), 50);
    }
  }

  @Override
  public void close() {
    transport.close();
    memory.close();
  }
}
