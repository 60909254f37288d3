package dev.proa.vmm.virtio.rng;

import dev.proa.linux.Io;
import dev.proa.vmm.memory.GuestFault;
import dev.proa.vmm.virtio.ActiveDevice;
import dev.proa.vmm.virtio.DeviceHandler;
import dev.proa.vmm.virtio.queue.DescriptorChain;
import dev.proa.vmm.virtio.queue.VirtQueue;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Fills what the driver gives. */
final class RngHandler implements DeviceHandler {
  /** For one request: a guest must not keep this process busy with gigabytes. The driver asks again. */
  private static final long MAX_BYTES = 1 << 16;

  private final ActiveDevice active;

  RngHandler(ActiveDevice active) {
    this.active = active;
  }

  @Override
  public void queueNotified(int index) throws GuestFault, IOException {
    VirtQueue queue = active.queues().get(index);
    for (DescriptorChain chain = queue.pop(); chain != null; chain = queue.pop()) {
      long size = Math.min(MAX_BYTES, chain.writable().remaining());
      for (MemorySegment piece : chain.writable().take(size)) {
        Io.getrandom(piece);
      }
      queue.push(chain, size);
      active.interrupt(queue);
    }
  }
}
