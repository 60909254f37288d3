package dev.proa.vmm.virtio;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.vmm.memory.GuestMemory;
import dev.proa.vmm.virtio.queue.VirtQueue;
import java.util.List;

/** What a device works with between DRIVER_OK and the reset. */
public interface ActiveDevice {
  GuestMemory memory();

  List<VirtQueue> queues();

  /** What offered features the driver took. */
  long features();

  DeviceMetrics metrics();

  /** Interrupts the driver if it wants that for what was pushed to the queue. */
  void interrupt(VirtQueue queue);

  /** EPOLL* of the descriptor lead to {@link DeviceHandler#ready}; {@code events} 0 stops that. {@code token} is 0 or higher and unique. */
  void watch(Fd fd, int events, long token) throws ErrnoException;

  void rewatch(Fd fd, int events, long token) throws ErrnoException;

  void unwatch(Fd fd) throws ErrnoException;
}
