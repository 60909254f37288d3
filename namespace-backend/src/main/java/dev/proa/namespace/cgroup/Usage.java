package dev.proa.namespace.cgroup;

import dev.proa.spi.isolation.TaskStats;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Statistics as they are collected from one controller after the other. */
final class Usage {
  long cpuTotalNs;
  long cpuUserNs;
  long cpuSystemNs;
  List<Long> perCpuNs = List.of();
  long throttledPeriods;
  long periods;
  long throttledNs;
  long memoryUsageBytes;
  long memoryMaxUsageBytes;
  long memoryLimitBytes = Long.MAX_VALUE;
  long memoryFailures;
  Map<String, Long> memoryStat = Map.of();
  long pids;
  long pidsLimit;
  final List<TaskStats.BlockIo> blockIo = new ArrayList<>();
  Map<String, TaskStats.Pressure> pressure = Map.of();

  TaskStats toStats(boolean cgroup2) {
    return new TaskStats(
        cpuTotalNs,
        cpuUserNs,
        cpuSystemNs,
        perCpuNs,
        throttledPeriods,
        periods,
        throttledNs,
        memoryUsageBytes,
        memoryMaxUsageBytes,
        memoryLimitBytes,
        memoryFailures,
        memoryStat,
        pids,
        pidsLimit,
        blockIo,
        pressure,
        cgroup2);
  }
}
