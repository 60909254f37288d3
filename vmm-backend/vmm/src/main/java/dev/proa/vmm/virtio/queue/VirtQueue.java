package dev.proa.vmm.virtio.queue;

import dev.proa.vmm.memory.GuestFault;
import dev.proa.vmm.memory.GuestMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The device's side of a split virtqueue. The driver's transport fills in the registers; after {@link #activate} one device thread pops chains and pushes
 * them back.
 *
 * <p>Everything in the rings is the guest's and may change at any time: each value is read once, checked, and used.
 */
public final class VirtQueue {
  private static final int DESCRIPTOR = 16;
  private static final int FLAG_NEXT = 1;
  private static final int FLAG_WRITE = 2;
  private static final int FLAG_INDIRECT = 4;
  private static final int AVAIL_NO_INTERRUPT = 1;
  private static final int RING_IDX = 2;
  private static final int RING = 4;
  private static final int USED_ELEMENT = 8;
  /** What one request may hold: no device here takes more, and a sum of 32-bit lengths cannot overflow. */
  private static final long MAX_CHAIN_BYTES = 1L << 32;

  private static final VarHandle SHORT = ValueLayout.JAVA_SHORT.varHandle();
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private final int maxSize;
  // Registers of the transport
  private int size;
  private boolean ready;
  private long descriptorTable;
  private long driverRing;
  private long deviceRing;
  // While the device is active
  private @Nullable GuestMemory memory;
  private MemorySegment descriptors = MemorySegment.NULL;
  private MemorySegment avail = MemorySegment.NULL;
  private MemorySegment used = MemorySegment.NULL;
  private int nextAvail;
  private int nextUsed;
  // For event indexes
  private boolean eventIdx;
  private int signalledUsed;
  private boolean signalledValid;

  public VirtQueue(int maxSize) {
    this.maxSize = maxSize;
    this.size = maxSize;
  }

  /** All of it that a snapshot holds. */
  public record State(int size, boolean ready, long descriptorTable, long driverRing, long deviceRing, int nextAvail, int nextUsed) {}

  public int maxSize() {
    return maxSize;
  }

  public boolean isReady() {
    return ready;
  }

  public void setSize(int value) {
    size = value;
  }

  public void setReady(boolean value) {
    ready = value;
  }

  public void setDescriptorTable(long mask, long bits) {
    descriptorTable = descriptorTable & ~mask | bits;
  }

  public void setDriverRing(long mask, long bits) {
    driverRing = driverRing & ~mask | bits;
  }

  public void setDeviceRing(long mask, long bits) {
    deviceRing = deviceRing & ~mask | bits;
  }

  public void reset() {
    restore(new State(maxSize, false, 0, 0, 0, 0, 0));
    memory = null;
    descriptors = MemorySegment.NULL;
    avail = MemorySegment.NULL;
    used = MemorySegment.NULL;
  }

  public State save() {
    return new State(size, ready, descriptorTable, driverRing, deviceRing, nextAvail, nextUsed);
  }

  /** Checked by {@link #activate}, as what a driver writes is. */
  public void restore(State state) {
    size = state.size();
    ready = state.ready();
    descriptorTable = state.descriptorTable();
    driverRing = state.driverRing();
    deviceRing = state.deviceRing();
    nextAvail = state.nextAvail() & 0xffff;
    nextUsed = state.nextUsed() & 0xffff;
    signalledValid = false;
  }

  /** Checks what the driver has set up; without it nothing can be popped. */
  public void activate(GuestMemory guest, boolean withEventIdx) throws GuestFault {
    if (size < 1 || size > maxSize || Integer.bitCount(size) != 1) {
      throw new GuestFault("a queue of " + Integer.toUnsignedString(size) + " descriptors where powers of 2 up to " + maxSize + " are possible");
    }
    if ((descriptorTable & 15 | driverRing & 1 | deviceRing & 3) != 0) {
      throw new GuestFault("a queue whose rings are not aligned");
    }
    descriptors = guest.slice(descriptorTable, (long) DESCRIPTOR * size);
    avail = guest.slice(driverRing, RING + 2L * size + 2);
    used = guest.slice(deviceRing, RING + (long) USED_ELEMENT * size + 2);
    memory = guest;
    eventIdx = withEventIdx;
    signalledValid = false;
  }

  /** The next request, null when there is none. */
  public @Nullable DescriptorChain pop() throws GuestFault {
    GuestMemory guest = memory;
    if (guest == null) {
      return null;
    }
    if (waiting() == 0) {
      if (!eventIdx) {
        return null;
      }
      // asks for a notification, and looks again: the driver may have read the old wish
      SHORT.set(used, RING + (long) USED_ELEMENT * size, (short) nextAvail);
      VarHandle.fullFence();
      if (waiting() == 0) {
        return null;
      }
    }
    int head = (short) SHORT.get(avail, RING + 2L * (nextAvail & size - 1)) & 0xffff;
    nextAvail = nextAvail + 1 & 0xffff;
    return chain(guest, head);
  }

  private int waiting() throws GuestFault {
    int waiting = ((short) SHORT.getAcquire(avail, (long) RING_IDX) - nextAvail) & 0xffff;
    if (waiting > size) {
      throw new GuestFault("a queue of " + size + " descriptors with " + waiting + " waiting requests");
    }
    return waiting;
  }

  private DescriptorChain chain(GuestMemory guest, int head) throws GuestFault {
    DescriptorChain chain = new DescriptorChain(head);
    int index = head;
    long total = 0;
    for (int n = 0; ; n++) {
      if (index >= size || n >= size) {
        throw new GuestFault(index >= size ? "descriptor " + index + " of a queue of " + size : "a descriptor chain with a loop");
      }
      long at = (long) DESCRIPTOR * index;
      long address = descriptors.get(LONG, at);
      long length = descriptors.get(INT, at + 8) & 0xffffffffL;
      int flagsAndNext = descriptors.get(INT, at + 12);
      int flags = flagsAndNext & 0xffff;
      if ((flags & FLAG_INDIRECT) != 0) {
        throw new GuestFault("an indirect descriptor, which was not offered");
      }
      total += length;
      if (total > MAX_CHAIN_BYTES) {
        throw new GuestFault("a request of more than 4 GiB");
      }
      MemorySegment piece = guest.slice(address, length);
      if ((flags & FLAG_WRITE) != 0) {
        chain.writable().add(piece);
      } else if (chain.writable().remaining() > 0) {
        throw new GuestFault("a request with something to read behind what is to be written");
      } else {
        chain.readable().add(piece);
      }
      if ((flags & FLAG_NEXT) == 0) {
        return chain;
      }
      index = flagsAndNext >>> 16;
    }
  }

  /** Gives back the last popped chain, as if it had not been popped. */
  public void unpop() {
    nextAvail = nextAvail - 1 & 0xffff;
  }

  /** Gives a request back to the driver. {@code written}: how many bytes of its room are filled, from the front. */
  public void push(DescriptorChain chain, long written) {
    place(chain, written, 0);
    publish(1);
  }

  /** As {@link #push}, the {@code ahead}th of several that {@link #publish} shows to the driver together. */
  public void place(DescriptorChain chain, long written, int ahead) {
    long at = RING + (long) USED_ELEMENT * (nextUsed + ahead & size - 1);
    used.set(INT, at, chain.head());
    used.set(INT, at + 4, (int) written);
  }

  public void publish(int count) {
    nextUsed = nextUsed + count & 0xffff;
    SHORT.setRelease(used, (long) RING_IDX, (short) nextUsed);
  }

  /** Whether the driver wants an interrupt for what was pushed since this was asked last. */
  public boolean interruptWanted() {
    if (memory == null) {
      return false;
    }
    VarHandle.fullFence(); // what was pushed must be seen before the wish is read
    if (!eventIdx) {
      return ((short) SHORT.get(avail, 0L) & AVAIL_NO_INTERRUPT) == 0;
    }
    int event = (short) SHORT.get(avail, RING + 2L * size) & 0xffff;
    int before = signalledUsed;
    boolean valid = signalledValid;
    signalledUsed = nextUsed;
    signalledValid = true;
    return !valid || (nextUsed - event - 1 & 0xffff) < (nextUsed - before & 0xffff);
  }
}
