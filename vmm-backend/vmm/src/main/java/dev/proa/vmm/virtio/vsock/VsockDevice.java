package dev.proa.vmm.virtio.vsock;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.vmm.virtio.ActiveDevice;
import dev.proa.vmm.virtio.DeviceHandler;
import dev.proa.vmm.virtio.Features;
import dev.proa.vmm.virtio.VirtioDevice;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Stream sockets between guest and host; the host's side is Unix sockets. */
public final class VsockDevice implements VirtioDevice {
  static final int QUEUE_SIZE = 128;
  static final int RX = 0;
  static final int TX = 1;
  static final int EVENT = 2;
  static final long HOST_CID = 2;

  private final long guestCid;
  private final Fd listener;
  private final @Nullable Fd directory;
  private final String name;

  /** Takes ownership of the descriptors. */
  public VsockDevice(int guestCid, Fd listener, @Nullable Fd directory, String name) throws ErrnoException {
    this.guestCid = guestCid;
    this.listener = listener;
    this.directory = directory;
    this.name = name;
    Io.fcntl(listener, Fcntl.F_SETFL, Io.fcntl(listener, Fcntl.F_GETFL, 0) | Fcntl.O_NONBLOCK);
  }

  @Override
  public String name() {
    return "vsock";
  }

  @Override
  public int type() {
    return Features.ID_VSOCK;
  }

  @Override
  public long features() {
    return 0;
  }

  @Override
  public int[] queueSizes() {
    return new int[] {QUEUE_SIZE, QUEUE_SIZE, QUEUE_SIZE};
  }

  @Override
  public byte[] config() {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(guestCid).array();
  }

  @Override
  public DeviceHandler activate(ActiveDevice active, byte[] state) throws ErrnoException {
    return new VsockHandler(active, new HostSockets(listener, directory, name), guestCid, state.length > 0);
  }

  @Override
  public void close() {
    listener.close();
    if (directory != null) {
      directory.close();
    }
  }
}
