package dev.proa.namespace.cgroup;

import dev.proa.spi.isolation.TaskStats;
import dev.proa.spi.oci.Spec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Documentation/admin-guide/cgroup-v2.rst, "IO". */
final class IoV2 implements Controller {
  @Override
  public void apply(String folder, Spec.Resources resources) {
    Spec.BlockIO io = resources.blockIO();
    if (io == null) {
      return;
    }
    if (io.weight() != null && io.weight() != 0) {
      CgroupFile.setIfThere(folder, "io.bfq.weight", io.weight().toString());
      CgroupFile.setIfThere(folder, "io.weight", Long.toString(weight(io.weight())));
    }
    for (Spec.WeightDevice device : io.weightDevice()) {
      CgroupFile.setIfThere(folder, "io.weight", device.major() + ":" + device.minor() + " " + weight(device.weight()));
    }
    throttle(folder, "rbps", io.throttleReadBpsDevice());
    throttle(folder, "wbps", io.throttleWriteBpsDevice());
    throttle(folder, "riops", io.throttleReadIOPSDevice());
    throttle(folder, "wiops", io.throttleWriteIOPSDevice());
  }

  /** Weights of 10 to 1000 become 1 to 10000 on a straight line, as runc has it. */
  static long weight(long v1) {
    return 1 + (Math.clamp(v1, 10L, 1000L) - 10) * 9999 / 990;
  }

  private static void throttle(String folder, String key, List<Spec.ThrottleDevice> devices) {
    for (Spec.ThrottleDevice device : devices) {
      String rate = device.rate() == 0 ? "max" : Long.toString(device.rate());
      CgroupFile.set(folder, "io.max", device.major() + ":" + device.minor() + " " + key + "=" + rate);
    }
  }

  @Override
  public void read(String folder, Usage usage) {
    String text = CgroupFile.readIfThere(folder + "/io.stat");
    if (text == null) {
      return;
    }
    for (String line : text.split("\n")) {
      String[] words = line.split(" ");
      if (words.length < 2 || !words[0].matches("\\d{1,9}:\\d{1,9}")) {
        continue;
      }
      Map<String, Long> values = new HashMap<>();
      for (int i = 1; i < words.length; i++) {
        int equals = words[i].indexOf('=');
        if (equals > 0) {
          values.put(words[i].substring(0, equals), CgroupFile.parse(words[i].substring(equals + 1)));
        }
      }
      String[] device = words[0].split(":");
      long major = Long.parseLong(device[0]);
      long minor = Long.parseLong(device[1]);
      usage.blockIo.add(
          new TaskStats.BlockIo(major, minor, "read", values.getOrDefault("rbytes", 0L), values.getOrDefault("rios", 0L)));
      usage.blockIo.add(
          new TaskStats.BlockIo(major, minor, "write", values.getOrDefault("wbytes", 0L), values.getOrDefault("wios", 0L)));
    }
  }
}
