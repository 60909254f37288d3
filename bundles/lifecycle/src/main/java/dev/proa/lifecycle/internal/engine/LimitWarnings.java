package dev.proa.lifecycle.internal.engine;

import dev.proa.spi.isolation.BackendFeatures;
import dev.proa.spi.isolation.BackendFeatures.Limit;
import java.util.ArrayList;
import java.util.List;

/** What {@code docker info} warns of where a host cannot limit something. The words and their order are Docker's. */
final class LimitWarnings {
  private LimitWarnings() {}

  /** @param version1 what is said on control groups version 1, empty where nothing is; {@code version2} likewise */
  private record Warning(Limit limit, String version1, String version2) {
    Warning(Limit limit, String both) {
      this(limit, both, both);
    }
  }

  private static final String UNSAID = "";

  private static final List<Warning> WARNINGS =
      List.of(
          new Warning(Limit.MEMORY, "No memory limit support"),
          new Warning(Limit.SWAP, "No swap limit support"),
          new Warning(Limit.OOM_KILL_DISABLE, "No oom kill disable support", UNSAID),
          new Warning(Limit.CPU_QUOTA, "No cpu cfs quota support"),
          new Warning(Limit.CPU_QUOTA, "No cpu cfs period support"),
          new Warning(Limit.CPU_SHARES, "No cpu shares support"),
          new Warning(Limit.CPUSET, "No cpuset support"),
          new Warning(Limit.IO_WEIGHT, UNSAID, "No io.weight support"),
          new Warning(Limit.IO_WEIGHT_DEVICE, UNSAID, "No io.weight (per device) support"),
          new Warning(Limit.IO_READ_BYTES, "No blkio throttle.read_bps_device support", "No io.max (rbps) support"),
          new Warning(Limit.IO_WRITE_BYTES, "No blkio throttle.write_bps_device support", "No io.max (wbps) support"),
          new Warning(Limit.IO_READ_OPERATIONS, "No blkio throttle.read_iops_device support", "No io.max (riops) support"),
          new Warning(Limit.IO_WRITE_OPERATIONS, "No blkio throttle.write_iops_device support", "No io.max (wiops) support"));

  static List<String> of(BackendFeatures features) {
    List<String> said = new ArrayList<>();
    for (Warning warning : WARNINGS) {
      String words = features.cgroupVersion() == 2 ? warning.version2() : warning.version1();
      if (!words.equals(UNSAID) && !features.has(warning.limit())) {
        said.add("WARNING: " + words);
      }
    }
    return said;
  }
}
