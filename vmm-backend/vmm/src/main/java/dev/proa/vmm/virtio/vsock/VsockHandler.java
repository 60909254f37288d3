package dev.proa.vmm.virtio.vsock;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.abi.Poll;
import dev.proa.vmm.memory.GuestFault;
import dev.proa.vmm.virtio.ActiveDevice;
import dev.proa.vmm.virtio.DeviceHandler;
import dev.proa.vmm.virtio.queue.DescriptorChain;
import dev.proa.vmm.virtio.queue.VirtQueue;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Packets between the queues and the {@link Muxer}. */
final class VsockHandler implements DeviceHandler {
  private static final int EVENT_TRANSPORT_RESET = 0;
  private static final int MAX_DATA = 64 << 10;
  private final ActiveDevice active;
  private final long guestCid;
  private final Muxer muxer;
  private boolean resetPending;

  VsockHandler(ActiveDevice active, HostSockets host, long guestCid, boolean restored) throws ErrnoException {
    this.active = active;
    this.guestCid = guestCid;
    this.muxer = new Muxer(active, host, guestCid, restored);
    this.resetPending = restored;
    active.watch(host.listener(), Poll.EPOLLIN, Muxer.LISTENER);
  }

  @Override
  public void queueNotified(int queue) throws GuestFault, IOException {
    switch (queue) {
      case VsockDevice.TX -> transmit();
      case VsockDevice.EVENT -> sendReset();
      default -> {}
    }
    receive();
  }

  @Override
  public void ready(long token, int events) throws GuestFault, IOException {
    muxer.ready(token, events);
    receive();
  }

  /** A restored guest's connections led to another process: it is told so when it has given room for that. */
  private void sendReset() throws GuestFault {
    if (!resetPending) {
      return;
    }
    VirtQueue queue = active.queues().get(VsockDevice.EVENT);
    DescriptorChain chain = queue.pop();
    if (chain != null) {
      chain.writable().put(new byte[] {EVENT_TRANSPORT_RESET, 0, 0, 0});
      queue.push(chain, 4);
      active.interrupt(queue);
      resetPending = false;
    }
  }

  private void transmit() throws GuestFault, IOException {
    VirtQueue queue = active.queues().get(VsockDevice.TX);
    for (DescriptorChain chain = queue.pop(); chain != null; chain = queue.pop()) {
      try {
        VsockPacket packet = VsockPacket.read(chain.readable().bytes(VsockPacket.SIZE));
        int length = packet.length();
        if (length < 0 || length > MAX_DATA || packet.srcCid() != guestCid) {
          throw new GuestFault("a packet of " + Integer.toUnsignedString(length) + " bytes from the CID " + packet.srcCid());
        }
        List<MemorySegment> data = chain.readable().take(length);
        if (packet.dstCid() == VsockDevice.HOST_CID) {
          muxer.fromGuest(packet, data);
        } // others' CIDs: nobody is there, as on a network
      } catch (GuestFault e) {
        active.metrics().error(String.valueOf(e.getMessage()));
      }
      queue.push(chain, 0);
      active.interrupt(queue);
    }
  }

  private void receive() throws GuestFault, IOException {
    VirtQueue queue = active.queues().get(VsockDevice.RX);
    // As long as there is room, which a paused guest does not make: nobody would call again for what is left.
    while (muxer.hasAnything()) {
      DescriptorChain chain = queue.pop();
      if (chain == null) {
        return; // the driver gives more and says so
      }
      long room = chain.writable().remaining();
      if (room < VsockPacket.SIZE) {
        throw new GuestFault("a receive buffer of " + room + " bytes");
      }
      List<MemorySegment> header = chain.writable().take(VsockPacket.SIZE);
      VsockPacket packet = muxer.toGuest(chain.writable().take(Math.min(MAX_DATA, room - VsockPacket.SIZE)));
      if (packet == null) {
        queue.unpop(); // a socket that was readable has nothing after all
        continue;
      }
      MemorySegment bytes = MemorySegment.ofArray(packet.bytes());
      long at = 0;
      for (MemorySegment piece : header) {
        MemorySegment.copy(bytes, at, piece, 0, piece.byteSize());
        at += piece.byteSize();
      }
      queue.push(chain, VsockPacket.SIZE + (long) packet.length());
      active.interrupt(queue);
    }
  }

  /** Connections are not carried over; the guest is to be told, so there is something. */
  @Override
  public byte[] save() {
    return new byte[] {1};
  }

  @Override
  public void close() {
    muxer.close();
  }
}
