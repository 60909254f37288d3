package dev.proa.vmm.virtio.rng;

import dev.proa.vmm.virtio.ActiveDevice;
import dev.proa.vmm.virtio.DeviceHandler;
import dev.proa.vmm.virtio.Features;
import dev.proa.vmm.virtio.VirtioDevice;

/** Random numbers of the host's kernel: a guest that was restored must not have another's. */
public final class RngDevice implements VirtioDevice {
  @Override
  public String name() {
    return "rng";
  }

  @Override
  public int type() {
    return Features.ID_RNG;
  }

  @Override
  public long features() {
    return 0;
  }

  @Override
  public int[] queueSizes() {
    return new int[] {64};
  }

  @Override
  public byte[] config() {
    return new byte[0];
  }

  @Override
  public DeviceHandler activate(ActiveDevice active, byte[] state) {
    return new RngHandler(active);
  }

  @Override
  public void close() {}
}
