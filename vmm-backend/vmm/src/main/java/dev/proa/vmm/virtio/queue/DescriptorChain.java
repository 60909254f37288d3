package dev.proa.vmm.virtio.queue;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.proa.vmm.memory.GuestFault;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * One request of a driver: bytes to read and room to write, in as many pieces as the driver liked. Devices see two streams; how they are cut means
 * nothing (virtio 1.2, 2.7.4).
 */
public final class DescriptorChain {
  private final int head;
  private final Stream readable = new Stream();
  private final Stream writable = new Stream();

  DescriptorChain(int head) {
    this.head = head;
  }

  int head() {
    return head;
  }

  /** What the driver wrote. */
  public Stream readable() {
    return readable;
  }

  /** Where the device may write. */
  public Stream writable() {
    return writable;
  }

  /** Pieces of guest memory, taken from the front. */
  public static final class Stream {
    private final List<MemorySegment> pieces = new ArrayList<>();
    private int piece;
    private long offset;
    private long remaining;

    void add(MemorySegment segment) {
      if (segment.byteSize() > 0) {
        pieces.add(segment);
        remaining += segment.byteSize();
      }
    }

    /** In bytes. */
    public long remaining() {
      return remaining;
    }

    /** The next {@code length} bytes where they lie. */
    public List<MemorySegment> take(long length) throws GuestFault {
      if (length < 0 || length > remaining) {
        throw new GuestFault("a request with " + remaining + " bytes left where " + length + " are needed");
      }
      List<MemorySegment> taken = new ArrayList<>();
      for (long left = length; left > 0; ) {
        MemorySegment current = pieces.get(piece);
        long n = Math.min(left, current.byteSize() - offset);
        taken.add(current.asSlice(offset, n));
        left -= n;
        offset += n;
        if (offset == current.byteSize()) {
          piece++;
          offset = 0;
        }
      }
      remaining -= length;
      return taken;
    }

    /** The next bytes, copied, so that the driver cannot change them any more. */
    public byte[] bytes(int length) throws GuestFault {
      byte[] copy = new byte[length];
      int at = 0;
      for (MemorySegment each : take(length)) {
        MemorySegment.copy(each, JAVA_BYTE, 0, copy, at, (int) each.byteSize());
        at += (int) each.byteSize();
      }
      return copy;
    }

    public int u32() throws GuestFault {
      return MemorySegment.ofArray(bytes(4)).get(JAVA_INT_UNALIGNED, 0);
    }

    public long u64() throws GuestFault {
      return MemorySegment.ofArray(bytes(8)).get(JAVA_LONG_UNALIGNED, 0);
    }

    public int u16() throws GuestFault {
      return MemorySegment.ofArray(bytes(2)).get(JAVA_SHORT_UNALIGNED, 0) & 0xffff;
    }

    /** Fills the next {@code source.byteSize()} bytes. */
    public void put(MemorySegment source) throws GuestFault {
      long at = 0;
      for (MemorySegment each : take(source.byteSize())) {
        MemorySegment.copy(source, at, each, 0, each.byteSize());
        at += each.byteSize();
      }
    }

    public void put(byte[] source) throws GuestFault {
      put(MemorySegment.ofArray(source));
    }
  }
}
