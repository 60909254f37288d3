package dev.proa.vmm.virtio.net;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import dev.proa.vmm.virtio.IoVectors;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** A tap (linux/if_tun.h) whose packets carry struct virtio_net_hdr_v1, so that they go through as they are. */
final class Tap implements FramePort {
  private static final long TUNSETOFFLOAD = 0x400454d0L;
  private static final long TUNSETVNETHDRSZ = 0x400454d8L;
  private static final int TUN_F_CSUM = 1;
  private static final int TUN_F_TSO4 = 2;
  private static final int TUN_F_TSO6 = 4;

  private final Fd fd;
  private final IoVectors vectors = new IoVectors();

  /** @param features what the driver took: a packet that it cannot finish is finished by the host */
  Tap(Fd fd, long features) throws ErrnoException {
    this.fd = fd;
    try (Arena arena = Arena.ofConfined()) {
      Io.ioctl(fd, TUNSETVNETHDRSZ, arena.allocateFrom(ValueLayout.JAVA_INT, HEADER));
    }
    boolean checksums = (features & NetDevice.FEATURE_GUEST_CSUM) != 0;
    int offload = checksums ? TUN_F_CSUM : 0;
    if (checksums && (features & NetDevice.FEATURE_GUEST_TSO4) != 0) {
      offload |= TUN_F_TSO4;
    }
    if (checksums && (features & NetDevice.FEATURE_GUEST_TSO6) != 0) {
      offload |= TUN_F_TSO6;
    }
    Io.ioctl(fd, TUNSETOFFLOAD, offload);
  }

  @Override
  public Fd fd() {
    return fd;
  }

  @Override
  public long read(MemorySegment into) {
    return vectors.read(fd, List.of(into));
  }

  @Override
  public long write(List<MemorySegment> packet) {
    return vectors.write(fd, packet);
  }
}
