package dev.proa.spi.isolation;

import java.util.List;
import java.util.Map;

/**
 * What a task uses. Times in nanoseconds, memory in bytes.
 *
 * @param memoryStat the kernel's own memory.stat
 * @param memoryLimitBytes the limit in force, {@link Long#MAX_VALUE} without one
 * @param pidsLimit 0 without one
 */
public record TaskStats(
    long cpuTotalNs,
    long cpuUserNs,
    long cpuSystemNs,
    List<Long> perCpuNs,
    long throttledPeriods,
    long periods,
    long throttledNs,
    long memoryUsageBytes,
    long memoryMaxUsageBytes,
    long memoryLimitBytes,
    long memoryFailures,
    Map<String, Long> memoryStat,
    long pids,
    long pidsLimit,
    List<BlockIo> blockIo,
    boolean cgroup2) {

  public TaskStats {
    perCpuNs = List.copyOf(perCpuNs);
    memoryStat = Map.copyOf(memoryStat);
    blockIo = List.copyOf(blockIo);
  }

  /** {@code operation}: read, write, sync, async, total. */
  public record BlockIo(long major, long minor, String operation, long bytes, long operations) {}
}
