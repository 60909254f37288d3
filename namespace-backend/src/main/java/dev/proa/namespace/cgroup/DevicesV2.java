package dev.proa.namespace.cgroup;

import dev.proa.linux.Bpf;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.oci.Spec;

/** Documentation/admin-guide/cgroup-v2.rst, "Device controller": a program instead of files. */
final class DevicesV2 implements Controller {
  @Override
  public void apply(String folder, Spec.Resources resources) {
    if (DeviceProgram.allowsAll(resources.devices())) {
      return;
    }
    try (Fd group = Fs.openat(Fd.cwd(), folder, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY);
        Fd program =
            Bpf.load(Bpf.BPF_PROG_TYPE_CGROUP_DEVICE, Bpf.BPF_CGROUP_DEVICE, DeviceProgram.of(resources.devices()), "proa_devices")) {
      Bpf.attach(group, program, Bpf.BPF_CGROUP_DEVICE, Bpf.BPF_F_ALLOW_MULTI);
    } catch (ErrnoException e) {
      throw CgroupFile.failed("cannot guard devices of " + folder, e);
    }
  }

  @Override
  public void read(String folder, Usage usage) {}
}
