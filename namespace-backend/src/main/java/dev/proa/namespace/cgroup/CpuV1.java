package dev.proa.namespace.cgroup;

import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.util.Map;

/** Documentation/scheduler/sched-bwc.rst and sched-design-CFS.rst. */
final class CpuV1 implements Controller {
  @Override
  public void apply(String folder, Spec.Resources resources) {
    Spec.Cpu cpu = resources.cpu();
    if (cpu == null) {
      return;
    }
    Bandwidth.idle(folder, cpu);
    if (cpu.shares() != null && cpu.shares() != 0) {
      CgroupFile.set(folder, "cpu.shares", cpu.shares().toString());
    }
    if (cpu.realtimePeriod() != null && cpu.realtimePeriod() != 0) {
      CgroupFile.set(folder, "cpu.rt_period_us", cpu.realtimePeriod().toString());
    }
    if (cpu.realtimeRuntime() != null && cpu.realtimeRuntime() != 0) {
      CgroupFile.set(folder, "cpu.rt_runtime_us", cpu.realtimeRuntime().toString());
    }
    quota(folder, cpu);
    Bandwidth.burst(folder, "cpu.cfs_burst_us", cpu);
  }

  private static void quota(String folder, Spec.Cpu cpu) {
    Long period = cpu.period() == null || cpu.period() == 0 ? null : cpu.period();
    Long quota = cpu.quota() == null || cpu.quota() == 0 ? null : cpu.quota();
    if (period != null) {
      try {
        CgroupFile.set(folder, "cpu.cfs_period_us", period.toString());
      } catch (ProaException tooShortForTheOldQuota) {
        if (quota == null) {
          throw tooShortForTheOldQuota;
        }
        CgroupFile.set(folder, "cpu.cfs_quota_us", quota.toString());
        CgroupFile.set(folder, "cpu.cfs_period_us", period.toString());
        return;
      }
    }
    if (quota != null) {
      CgroupFile.set(folder, "cpu.cfs_quota_us", quota.toString());
    }
  }

  @Override
  public void read(String folder, Usage usage) {
    Map<String, Long> stat = CgroupFile.table(folder + "/cpu.stat");
    usage.periods = stat.getOrDefault("nr_periods", 0L);
    usage.throttledPeriods = stat.getOrDefault("nr_throttled", 0L);
    usage.throttledNs = stat.getOrDefault("throttled_time", 0L);
  }
}
