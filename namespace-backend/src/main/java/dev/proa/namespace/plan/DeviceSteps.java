package dev.proa.namespace.plan;

import dev.proa.linux.Errno;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Stat;
import dev.proa.spawn.Arg;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.util.List;

/** Device nodes and the links that programs expect in /dev (config-linux.md, "Default Devices" and "Dev symbolic links"). */
final class DeviceSteps {
  private static final int WORLD = 0666;

  private static final List<Spec.Device> DEFAULTS =
      List.of(
          new Spec.Device("/dev/null", "c", 1, 3, WORLD, 0, 0),
          new Spec.Device("/dev/zero", "c", 1, 5, WORLD, 0, 0),
          new Spec.Device("/dev/full", "c", 1, 7, WORLD, 0, 0),
          new Spec.Device("/dev/random", "c", 1, 8, WORLD, 0, 0),
          new Spec.Device("/dev/urandom", "c", 1, 9, WORLD, 0, 0),
          new Spec.Device("/dev/tty", "c", 5, 0, WORLD, 0, 0));

  private final Steps steps;

  DeviceSteps(Steps steps) {
    this.steps = steps;
  }

  /** Nodes first, as a link must not take the place of a node. A /dev of the host's is left as it is. */
  void make(Tree tree, Spec spec) {
    if (tree.isForeign("/dev")) {
      return;
    }
    Arg dev = tree.folder("make devices", "/dev");
    for (Spec.Device device : DEFAULTS) {
      if (spec.linux().devices().stream().noneMatch(other -> other.path().equals(device.path()))) {
        node(dev, device.path().substring("/dev/".length()), device);
      }
    }
    for (Spec.Device device : spec.linux().devices()) {
      String path = Tree.tidy(device.path(), "linux.devices");
      if (path.equals("/dev/ptmx")) {
        continue; // the container's own, of its own devpts: the link below
      }
      int slash = path.lastIndexOf('/');
      Arg folder = path.startsWith("/dev/") && slash == 4 ? dev : tree.folder("make device " + path, slash == 0 ? "/" : path.substring(0, slash));
      node(folder, path.substring(slash + 1), device);
    }
    link(dev, "/proc/self/fd", "fd");
    link(dev, "/proc/self/fd/0", "stdin");
    link(dev, "/proc/self/fd/1", "stdout");
    link(dev, "/proc/self/fd/2", "stderr");
    link(dev, "/proc/kcore", "core");
    link(dev, "pts/ptmx", "ptmx");
  }

  private void node(Arg folder, String name, Spec.Device device) {
    int type =
        switch (device.type()) {
          case "c", "u" -> Stat.S_IFCHR;
          case "b" -> Stat.S_IFBLK;
          case "p" -> Stat.S_IFIFO;
          default -> throw ProaException.invalid("linux.devices: " + device.path() + " is of the type \"" + device.type() + "\", not c, b, u or p");
        };
    String step = "make device " + device.path();
    // An image may bring its own /dev when nothing is mounted there.
    steps
        .mknodat(step, folder, name, type | device.fileMode() & 07777, Fs.makedev((int) device.major(), (int) device.minor()))
        .tolerating(Errno.EEXIST);
    if (device.uid() != 0 || device.gid() != 0) {
      steps.fchown(step, steps.openat2(step, folder, name, Steps.O_PATH_NOFOLLOW, Steps.ON_MOUNT).result(), device.uid(), device.gid());
    }
  }

  private void link(Arg dev, String target, String name) {
    steps.symlinkat("link /dev/" + name, target, dev, name).tolerating(Errno.EEXIST);
  }
}
