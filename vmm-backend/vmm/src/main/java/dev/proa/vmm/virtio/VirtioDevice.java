package dev.proa.vmm.virtio;

import dev.proa.vmm.memory.GuestFault;
import java.io.IOException;

/** What a device is before and whatever a driver does. Knows its queues and nothing of registers, addresses and interrupts. */
public interface VirtioDevice extends AutoCloseable {
  /** For messages and snapshots: {@code block rootfs}. */
  String name();

  /** VIRTIO_ID_*. */
  int type();

  /** Offered; VERSION_1 and EVENT_IDX are added by the transport. */
  long features();

  /** The largest size of each queue, a power of 2. */
  int[] queueSizes();

  /** The configuration space as it is now. */
  byte[] config();

  /**
   * The driver is ready: what {@link DeviceHandler} is told from now on.
   *
   * @param state what {@link DeviceHandler#save} gave, empty for a new start
   */
  DeviceHandler activate(ActiveDevice active, byte[] state) throws GuestFault, IOException;

  @Override
  void close();
}
