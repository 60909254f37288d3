package dev.proa.namespace.cgroup;

import dev.proa.spi.oci.Spec;
import java.util.Arrays;
import java.util.Map;

/** Documentation/admin-guide/cgroup-v1/cpuacct.rst. It only counts. */
final class CpuacctV1 implements Controller {
  /** USER_HZ is 100 on every architecture of ours. */
  private static final long TICK_NS = 10_000_000L;

  @Override
  public void apply(String folder, Spec.Resources resources) {}

  @Override
  public void read(String folder, Usage usage) {
    usage.cpuTotalNs = CgroupFile.number(folder + "/cpuacct.usage", 0);
    Map<String, Long> stat = CgroupFile.table(folder + "/cpuacct.stat");
    usage.cpuUserNs = stat.getOrDefault("user", 0L) * TICK_NS;
    usage.cpuSystemNs = stat.getOrDefault("system", 0L) * TICK_NS;
    String perCpu = CgroupFile.readIfThere(folder + "/cpuacct.usage_percpu");
    if (perCpu != null && !perCpu.isBlank()) {
      usage.perCpuNs = Arrays.stream(perCpu.strip().split("\\s+")).map(CgroupFile::parse).toList();
    }
  }
}
