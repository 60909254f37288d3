package dev.proa.vmm;

import dev.proa.vmm.control.VmConfiguration;
import dev.proa.vmm.virtio.VirtioDevice;
import dev.proa.vmm.virtio.block.BlockDevice;
import dev.proa.vmm.virtio.fs.FsDevice;
import dev.proa.vmm.virtio.net.NetDevice;
import dev.proa.vmm.virtio.rng.RngDevice;
import dev.proa.vmm.virtio.vsock.VsockDevice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The devices of a configuration, in the order in which the guest finds them. */
final class Devices {
  private Devices() {}

  static List<VirtioDevice> of(VmConfiguration configuration) throws IOException {
    List<VirtioDevice> devices = new ArrayList<>();
    for (VmConfiguration.BlockDevice each : configuration.blockDevices()) {
      devices.add(new BlockDevice(each.id(), each.file(), each.readOnly()));
    }
    for (VmConfiguration.NetDevice each : configuration.netDevices()) {
      devices.add(new NetDevice(each.id(), each.port(), each.mac()));
    }
    VmConfiguration.Vsock vsock = configuration.vsock();
    if (vsock != null) {
      devices.add(new VsockDevice(vsock.guestCid(), vsock.listener(), vsock.directory(), vsock.name()));
    }
    for (VmConfiguration.FsDevice each : configuration.fsDevices()) {
      devices.add(new FsDevice(each.tag(), each.directory(), each.readOnly()));
    }
    devices.add(new RngDevice());
    return devices;
  }
}
