package dev.proa.vmm.virtio.net;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.vmm.virtio.ActiveDevice;
import dev.proa.vmm.virtio.DeviceHandler;
import dev.proa.vmm.virtio.Features;
import dev.proa.vmm.virtio.VirtioDevice;
import java.util.Arrays;

/** A network card on a tap of the host or on a packet socket there, with checksums and segmentation left to whoever is last. */
public final class NetDevice implements VirtioDevice {
  static final int QUEUE_SIZE = 256;
  static final int RX = 0;
  static final int TX = 1;
  static final long FEATURE_CSUM = 1L;
  static final long FEATURE_GUEST_CSUM = 1L << 1;
  static final long FEATURE_MAC = 1L << 5;
  static final long FEATURE_GUEST_TSO4 = 1L << 7;
  static final long FEATURE_GUEST_TSO6 = 1L << 8;
  static final long FEATURE_HOST_TSO4 = 1L << 11;
  static final long FEATURE_HOST_TSO6 = 1L << 12;
  static final long FEATURE_MRG_RXBUF = 1L << 15;

  private final String id;
  private final Fd port;
  private final byte[] mac;

  /** Takes ownership of the host's end. */
  public NetDevice(String id, Fd port, byte[] mac) throws ErrnoException {
    this.id = id;
    this.port = port;
    this.mac = mac.clone();
    Io.fcntl(port, Fcntl.F_SETFL, Io.fcntl(port, Fcntl.F_GETFL, 0) | Fcntl.O_NONBLOCK);
  }

  @Override
  public String name() {
    return "net " + id;
  }

  @Override
  public int type() {
    return Features.ID_NET;
  }

  @Override
  public long features() {
    return FEATURE_CSUM | FEATURE_GUEST_CSUM | FEATURE_MAC | FEATURE_GUEST_TSO4 | FEATURE_GUEST_TSO6 | FEATURE_HOST_TSO4 | FEATURE_HOST_TSO6 | FEATURE_MRG_RXBUF;
  }

  @Override
  public int[] queueSizes() {
    return new int[] {QUEUE_SIZE, QUEUE_SIZE};
  }

  @Override
  public byte[] config() {
    return Arrays.copyOf(mac, 12);
  }

  @Override
  public DeviceHandler activate(ActiveDevice active, byte[] state) throws ErrnoException {
    return new NetHandler(active, FramePort.of(port, active.features()));
  }

  @Override
  public void close() {
    port.close();
  }
}
