package dev.proa.namespace.cgroup;

import dev.proa.spi.isolation.TaskStats;
import dev.proa.spi.oci.Spec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Documentation/admin-guide/cgroup-v1/blkio-controller.rst. Weights exist only while a device uses the BFQ scheduler. */
final class BlkioV1 implements Controller {
  @Override
  public void apply(String folder, Spec.Resources resources) {
    Spec.BlockIO io = resources.blockIO();
    if (io == null) {
      return;
    }
    if (io.weight() != null && io.weight() != 0) {
      CgroupFile.setIfThere(folder, "blkio.bfq.weight", io.weight().toString());
    }
    for (Spec.WeightDevice device : io.weightDevice()) {
      CgroupFile.setIfThere(folder, "blkio.bfq.weight_device", device.major() + ":" + device.minor() + " " + device.weight());
    }
    throttle(folder, "blkio.throttle.read_bps_device", io.throttleReadBpsDevice());
    throttle(folder, "blkio.throttle.write_bps_device", io.throttleWriteBpsDevice());
    throttle(folder, "blkio.throttle.read_iops_device", io.throttleReadIOPSDevice());
    throttle(folder, "blkio.throttle.write_iops_device", io.throttleWriteIOPSDevice());
  }

  private static void throttle(String folder, String file, List<Spec.ThrottleDevice> devices) {
    for (Spec.ThrottleDevice device : devices) {
      CgroupFile.set(folder, file, device.major() + ":" + device.minor() + " " + device.rate());
    }
  }

  @Override
  public void read(String folder, Usage usage) {
    Map<String, long[]> counts = new LinkedHashMap<>();
    collect(folder + "/blkio.throttle.io_service_bytes_recursive", counts, 0);
    collect(folder + "/blkio.throttle.io_serviced_recursive", counts, 1);
    counts.forEach(
        (key, values) -> {
          String[] parts = key.split("[: ]");
          usage.blockIo.add(
              new TaskStats.BlockIo(Long.parseLong(parts[0]), Long.parseLong(parts[1]), parts[2], values[0], values[1]));
        });
  }

  /** Lines such as {@code 254:0 Read 4096}; the last one is the sum over all. */
  private static void collect(String path, Map<String, long[]> counts, int column) {
    String text = CgroupFile.readIfThere(path);
    if (text == null) {
      return;
    }
    for (String line : text.split("\n")) {
      String[] words = line.split(" ");
      if (words.length == 3 && words[0].matches("\\d{1,9}:\\d{1,9}")) {
        String key = words[0] + " " + words[1].toLowerCase(Locale.ROOT);
        counts.computeIfAbsent(key, unused -> new long[2])[column] = CgroupFile.parse(words[2]);
      }
    }
  }
}
