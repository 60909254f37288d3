package dev.proa.vmm.virtio;

import dev.proa.vmm.memory.GuestFault;
import java.io.IOException;

/**
 * A device at work, from DRIVER_OK to the reset. One thread calls all of it, never two at once. A {@link GuestFault} or {@link IOException} ends the work:
 * the driver reads NEEDS_RESET.
 */
public interface DeviceHandler {
  /** The driver put something into the queue. */
  void queueNotified(int queue) throws GuestFault, IOException;

  /** A descriptor that the device watches ({@link ActiveDevice#watch}) is ready. */
  default void ready(long token, int events) throws GuestFault, IOException {
    throw new IllegalStateException("nothing is watched");
  }

  /** What a snapshot needs beside the queues. */
  default byte[] save() throws IOException {
    return new byte[0];
  }

  /** The driver has reset the device. */
  default void close() {}
}
