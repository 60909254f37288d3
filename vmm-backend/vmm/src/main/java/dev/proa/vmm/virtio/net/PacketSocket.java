package dev.proa.vmm.virtio.net;

import dev.proa.linux.Fd;
import dev.proa.vmm.virtio.IoVectors;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * A packet socket (packet(7)) on an interface of the host, with PACKET_VNET_HDR: its header is {@code struct virtio_net_hdr}, which lacks the number of
 * buffers at the end. What the host's kernel cannot make sense of in a guest's header, it refuses.
 */
final class PacketSocket implements FramePort {
  /** {@code struct virtio_net_hdr}. */
  private static final int SHORT_HEADER = 10;

  private final Fd fd;
  private final IoVectors vectors = new IoVectors();

  PacketSocket(Fd fd) {
    this.fd = fd;
  }

  @Override
  public Fd fd() {
    return fd;
  }

  @Override
  public long read(MemorySegment into) {
    long size = vectors.read(fd, List.of(into.asSlice(0, SHORT_HEADER), into.asSlice(HEADER)));
    if (size < 0) {
      return size;
    }
    into.set(ValueLayout.JAVA_SHORT, SHORT_HEADER, (short) 0);
    return size + HEADER - SHORT_HEADER;
  }

  @Override
  public long write(List<MemorySegment> frame) {
    List<MemorySegment> pieces = new ArrayList<>(frame.size() + 1);
    long at = 0;
    for (MemorySegment piece : frame) {
      long end = at + piece.byteSize();
      // What lies between the two lengths of the header is left out.
      if (at < SHORT_HEADER) {
        pieces.add(piece.asSlice(0, Math.min(piece.byteSize(), SHORT_HEADER - at)));
      }
      if (end > HEADER) {
        pieces.add(piece.asSlice(Math.max(0, HEADER - at)));
      }
      at = end;
    }
    return vectors.write(fd, pieces);
  }
}
