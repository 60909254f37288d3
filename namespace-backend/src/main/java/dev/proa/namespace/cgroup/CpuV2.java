package dev.proa.namespace.cgroup;

import dev.proa.spi.oci.Spec;
import java.util.Map;

/** Documentation/admin-guide/cgroup-v2.rst, "CPU". */
final class CpuV2 implements Controller {
  private static final long DEFAULT_PERIOD_US = 100_000;

  @Override
  public void apply(String folder, Spec.Resources resources) {
    Spec.Cpu cpu = resources.cpu();
    if (cpu == null) {
      return;
    }
    Bandwidth.idle(folder, cpu);
    if (cpu.shares() != null && cpu.shares() != 0) {
      CgroupFile.set(folder, "cpu.weight", Long.toString(weight(cpu.shares())));
    }
    if (cpu.quota() != null && cpu.quota() != 0 || cpu.period() != null && cpu.period() != 0) {
      long period = cpu.period() == null || cpu.period() == 0 ? DEFAULT_PERIOD_US : cpu.period();
      String quota = cpu.quota() == null || cpu.quota() <= 0 ? "max" : cpu.quota().toString();
      CgroupFile.set(folder, "cpu.max", quota + " " + period);
    }
    Bandwidth.burst(folder, "cpu.max.burst", cpu);
  }

  /** Shares of 2 to 262144 become weights of 1 to 10000 on a straight line, as runc, crun and systemd agreed. */
  static long weight(long shares) {
    return 1 + (Math.clamp(shares, 2L, 262_144L) - 2) * 9999 / 262_142;
  }

  @Override
  public void read(String folder, Usage usage) {
    Map<String, Long> stat = CgroupFile.table(folder + "/cpu.stat");
    usage.cpuTotalNs = stat.getOrDefault("usage_usec", 0L) * 1000;
    usage.cpuUserNs = stat.getOrDefault("user_usec", 0L) * 1000;
    usage.cpuSystemNs = stat.getOrDefault("system_usec", 0L) * 1000;
    usage.periods = stat.getOrDefault("nr_periods", 0L);
    usage.throttledPeriods = stat.getOrDefault("nr_throttled", 0L);
    usage.throttledNs = stat.getOrDefault("throttled_usec", 0L) * 1000;
  }
}
