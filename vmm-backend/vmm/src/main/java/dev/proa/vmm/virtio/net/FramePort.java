package dev.proa.vmm.virtio.net;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Stat;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Where the host's end of a card is: frames come and go one by one, each behind {@code struct virtio_net_hdr_v1}. */
sealed interface FramePort permits Tap, PacketSocket {
  /** {@code struct virtio_net_hdr_v1}. */
  int HEADER = 12;

  /** The longest frame with its header: 64 KiB of IP behind an Ethernet header. */
  int MAX_FRAME = HEADER + 14 + 65536;

  Fd fd();

  /** One frame: its size or a negative errno. */
  long read(MemorySegment into);

  /** One frame, in pieces: its size or a negative errno. */
  long write(List<MemorySegment> frame);

  /** @param features what the driver took */
  static FramePort of(Fd fd, long features) throws ErrnoException {
    return (Fs.fstat(fd).mode() & Stat.S_IFMT) == Stat.S_IFSOCK ? new PacketSocket(fd) : new Tap(fd, features);
  }
}
