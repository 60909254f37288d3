package dev.proa.spi.isolation;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a task uses. Times in nanoseconds, memory in bytes.
 *
 * @param memoryStat the kernel's own memory.stat
 * @param memoryLimitBytes the limit in force, {@link Long#MAX_VALUE} without one
 * @param pidsLimit 0 without one
 * @param pressure by resource ({@code cpu}, {@code memory}, {@code io}); empty where the kernel does not tell it
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
    Map<String, Pressure> pressure,
    boolean cgroup2) {

  public TaskStats {
    perCpuNs = List.copyOf(perCpuNs);
    memoryStat = Map.copyOf(memoryStat);
    blockIo = List.copyOf(blockIo);
    pressure = Map.copyOf(pressure);
  }

  /** Documentation/accounting/psi.rst: time in which some, or all, processes waited for the resource; {@code full} is absent where it means nothing. */
  public record Pressure(Stall some, @Nullable Stall full) {}

  /** Per cent of the last 10, 60 and 300 seconds, and microseconds since the task's start. */
  public record Stall(double avg10, double avg60, double avg300, long totalUs) {}

  /** {@code operation}: read, write, sync, async, total. */
  public record BlockIo(long major, long minor, String operation, long bytes, long operations) {}
}
