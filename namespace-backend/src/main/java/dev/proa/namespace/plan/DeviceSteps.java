package dev.proa.namespace.plan;

import dev.proa.linux.Errno;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Stat;
import dev.proa.spawn.Arg;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

  /** Nodes that were made with the host's rights, by path. */
  private final Map<String, Arg> prepared = new LinkedHashMap<>();

  DeviceSteps(Steps steps) {
    this.steps = steps;
  }

  /**
   * Makes the nodes in a folder of the plan's own, to be attached one by one: in a user namespace nobody makes devices, nor are they of any use in a file
   * system that was mounted there.
   */
  void prepare(Spec spec, Arg stage, IdMap users) {
    for (Spec.Device device : devices(spec)) {
      String step = "make device " + device.path();
      String name = "devices/" + prepared.size();
      steps.mknodat(step, stage, name, type(device) | device.fileMode() & 07777, Fs.makedev((int) device.major(), (int) device.minor()));
      steps.fchown(step, steps.openat(step, stage, name, Steps.O_PATH_NOFOLLOW).result(), users.hostUid(device.uid()), users.hostGid(device.gid()));
      prepared.put(Tree.tidy(device.path(), "linux.devices"), steps.cloneTree(step, stage, name, false).result());
    }
  }

  /** Those that there always are, and the specification's own. */
  private static List<Spec.Device> devices(Spec spec) {
    List<Spec.Device> devices = new ArrayList<>();
    for (Spec.Device device : DEFAULTS) {
      if (spec.linux().devices().stream().noneMatch(other -> other.path().equals(device.path()))) {
        devices.add(device);
      }
    }
    for (Spec.Device device : spec.linux().devices()) {
      // /dev/ptmx is the container's own, of its own devpts: the link below.
      if (!Tree.tidy(device.path(), "linux.devices").equals("/dev/ptmx")) {
        devices.add(device);
      }
    }
    return devices;
  }

  /** Nodes first, as a link must not take the place of a node. A /dev of the host's is left as it is. */
  void make(Tree tree, Spec spec) {
    if (tree.isForeign("/dev")) {
      return;
    }
    Arg dev = tree.folder("make devices", "/dev");
    for (Spec.Device device : devices(spec)) {
      String path = Tree.tidy(device.path(), "linux.devices");
      Arg made = prepared.get(path);
      if (made != null) {
        tree.attach("make device " + path, made, path, false, "device");
        continue;
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

  private static int type(Spec.Device device) {
    return switch (device.type()) {
      case "c", "u" -> Stat.S_IFCHR;
      case "b" -> Stat.S_IFBLK;
      case "p" -> Stat.S_IFIFO;
      default -> throw ProaException.invalid("linux.devices: " + device.path() + " is of the type \"" + device.type() + "\", not c, b, u or p");
    };
  }

  private void node(Arg folder, String name, Spec.Device device) {
    String step = "make device " + device.path();
    // An image may bring its own /dev when nothing is mounted there.
    steps
        .mknodat(step, folder, name, type(device) | device.fileMode() & 07777, Fs.makedev((int) device.major(), (int) device.minor()))
        .tolerating(Errno.EEXIST);
    if (device.uid() != 0 || device.gid() != 0) {
      steps.fchown(step, steps.openat2(step, folder, name, Steps.O_PATH_NOFOLLOW, Steps.ON_MOUNT).result(), device.uid(), device.gid());
    }
  }

  private void link(Arg dev, String target, String name) {
    steps.symlinkat("link /dev/" + name, target, dev, name).tolerating(Errno.EEXIST);
  }
}
