package dev.proa.lifecycle.containers;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * What a container uses (Engine API {@code ContainerStatsResponse}). {@link Containers#stats} leaves the previous reading empty; a stream
 * fills it in by {@link #after}.
 */
@JsonNaming(SnakeCaseStrategy.class)
public record ContainerStats(
    String name,
    String id,
    Instant read,
    Instant preread,
    PidsStats pidsStats,
    BlkioStats blkioStats,
    int numProcs,
    Map<String, Long> storageStats,
    CpuStats cpuStats,
    CpuStats precpuStats,
    MemoryStats memoryStats,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Map<String, NetworkStats> networks,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, PressureStats> pressureStats) {

  /** This reading with another one as the previous. */
  public ContainerStats after(ContainerStats previous) {
    return new ContainerStats(
        name,
        id,
        read,
        previous.read,
        pidsStats,
        blkioStats,
        numProcs,
        storageStats,
        cpuStats,
        previous.cpuStats,
        memoryStats,
        networks,
        pressureStats);
  }

  @JsonNaming(SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record PidsStats(@Nullable Long current, @Nullable Long limit) {}

  @JsonNaming(SnakeCaseStrategy.class)
  public record BlkioStats(
      @Nullable List<BlkioEntry> ioServiceBytesRecursive,
      @Nullable List<BlkioEntry> ioServicedRecursive,
      @Nullable List<BlkioEntry> ioQueueRecursive,
      @Nullable List<BlkioEntry> ioServiceTimeRecursive,
      @Nullable List<BlkioEntry> ioWaitTimeRecursive,
      @Nullable List<BlkioEntry> ioMergedRecursive,
      @Nullable List<BlkioEntry> ioTimeRecursive,
      @Nullable List<BlkioEntry> sectorsRecursive) {}

  @JsonNaming(SnakeCaseStrategy.class)
  public record BlkioEntry(long major, long minor, String op, long value) {}

  /** {@code systemCpuUsage}: of the whole host, nanoseconds; absent with {@code onlineCpus} where there is no reading. */
  @JsonNaming(SnakeCaseStrategy.class)
  public record CpuStats(
      CpuUsage cpuUsage,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long systemCpuUsage,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer onlineCpus,
      ThrottlingData throttlingData) {}

  /** Nanoseconds. */
  @JsonNaming(SnakeCaseStrategy.class)
  public record CpuUsage(
      long totalUsage,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable List<Long> percpuUsage,
      long usageInKernelmode,
      long usageInUsermode) {}

  /** Of one resource; Proa's own, beside what Docker tells. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record PressureStats(Stall some, @Nullable Stall full) {}

  /** Per cent of the last 10, 60 and 300 seconds; microseconds since the start. */
  public record Stall(double avg10, double avg60, double avg300, long total) {}

  @JsonNaming(SnakeCaseStrategy.class)
  public record ThrottlingData(long periods, long throttledPeriods, long throttledTime) {}

  /** Bytes. */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record MemoryStats(
      @Nullable Long usage, @Nullable Long maxUsage, @Nullable Map<String, Long> stats, @Nullable Long failcnt, @Nullable Long limit) {}

  @JsonNaming(SnakeCaseStrategy.class)
  public record NetworkStats(
      long rxBytes, long rxPackets, long rxErrors, long rxDropped, long txBytes, long txPackets, long txErrors, long txDropped) {}
}
