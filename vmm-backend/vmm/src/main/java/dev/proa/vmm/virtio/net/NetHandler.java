package dev.proa.vmm.virtio.net;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.abi.Poll;
import dev.proa.vmm.memory.GuestFault;
import dev.proa.vmm.virtio.ActiveDevice;
import dev.proa.vmm.virtio.DeviceHandler;
import dev.proa.vmm.virtio.queue.DescriptorChain;
import dev.proa.vmm.virtio.queue.VirtQueue;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Packets between the host and the queues. The host's end is watched only while the driver has room. */
final class NetHandler implements DeviceHandler {
  private static final long PORT = 0;
  /** Packets in one go: a flood must not keep a pause waiting. */
  private static final int BATCH = 256;

  private static final int NUM_BUFFERS = 10;

  private final ActiveDevice active;
  private final FramePort port;
  private final VirtQueue rx;
  private final VirtQueue tx;
  private final boolean mergeable;
  private final MemorySegment packet = Arena.ofAuto().allocate(FramePort.MAX_FRAME, 8);
  /** Of the packet that was read and has no room yet, 0 for none. */
  private int pending;

  private boolean watching = true;

  NetHandler(ActiveDevice active, FramePort port) throws ErrnoException {
    this.active = active;
    this.port = port;
    this.rx = active.queues().get(NetDevice.RX);
    this.tx = active.queues().get(NetDevice.TX);
    this.mergeable = (active.features() & NetDevice.FEATURE_MRG_RXBUF) != 0;
    active.watch(port.fd(), Poll.EPOLLIN, PORT);
  }

  @Override
  public void queueNotified(int queue) throws GuestFault, IOException {
    if (queue == NetDevice.TX) {
      transmit();
    } else {
      receive();
    }
  }

  @Override
  public void ready(long token, int events) throws GuestFault, IOException {
    receive();
  }

  private void transmit() throws GuestFault {
    for (DescriptorChain chain = tx.pop(); chain != null; chain = tx.pop()) {
      long size = chain.readable().remaining();
      if (size <= FramePort.HEADER || size > FramePort.MAX_FRAME) {
        active.metrics().error("a packet of " + size + " bytes");
      } else {
        long sent = port.write(chain.readable().take(size));
        // A full queue on the host drops packets, as a full network does.
        if (sent < 0 && sent != -Errno.EAGAIN.number()) {
          active.metrics().error("a packet that the host refuses: " + ErrnoException.describe((int) -sent));
        }
      }
      tx.push(chain, 0);
      active.interrupt(tx);
    }
  }

  private void receive() throws GuestFault, IOException {
    boolean room = true;
    int n = 0;
    for (; n < BATCH; n++) {
      if (pending == 0) {
        long size = port.read(packet);
        if (size == -Errno.EAGAIN.number()) {
          break;
        }
        if (size < 0) {
          // An interface that is going away; it may come back.
          active.metrics().error("the host gives no packet: " + ErrnoException.describe((int) -size));
          room = size != -Errno.EIO.number() && size != -Errno.EBADFD.number() && size != -Errno.ENETDOWN.number();
          break;
        }
        pending = (int) size;
      }
      room = deliver();
      if (!room) {
        break;
      }
      pending = 0;
    }
    if (n > 0) {
      active.interrupt(rx);
    }
    if (room != watching) {
      active.rewatch(port.fd(), room ? Poll.EPOLLIN : 0, PORT);
      watching = room;
    }
  }

  /** False when the driver has no room for the packet. */
  private boolean deliver() throws GuestFault {
    List<DescriptorChain> chains = new ArrayList<>();
    long room = 0;
    while (room < pending) {
      DescriptorChain chain = chains.size() == rx.maxSize() ? null : rx.pop();
      if (chain == null) {
        chains.forEach(c -> rx.unpop());
        return false;
      }
      if (chain.writable().remaining() == 0) {
        throw new GuestFault("a receive buffer without room");
      }
      chains.add(chain);
      room += chain.writable().remaining();
      if (!mergeable) {
        break;
      }
    }
    if (room < pending) {
      active.metrics().error("a receive buffer of " + room + " bytes for a packet of " + pending);
      rx.push(chains.getFirst(), 0);
      return true;
    }
    packet.set(ValueLayout.JAVA_SHORT, NUM_BUFFERS, (short) chains.size());
    long at = 0;
    for (int i = 0; i < chains.size(); i++) {
      long size = Math.min(chains.get(i).writable().remaining(), pending - at);
      chains.get(i).writable().put(packet.asSlice(at, size));
      rx.place(chains.get(i), size, i);
      at += size;
    }
    rx.publish(chains.size());
    return true;
  }
}
