package dev.proa.lifecycle.containers;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * Limits and devices of a container (Engine API {@code Resources}); its members lie flat in {@link HostConfig} and in {@link
 * UpdateRequest}. 0, null and empty mean "not limited" at creation and "as it is" in an update.
 *
 * @param memory bytes
 * @param memorySwap memory plus swap in bytes, −1 unlimited
 * @param nanoCpus CPUs times 10⁹
 * @param pidsLimit −1 or 0 unlimited; null in an update leaves it
 */
@JsonNaming(UpperCamelCaseStrategy.class)
public record Resources(
    long cpuShares,
    long memory,
    long nanoCpus,
    @Nullable String cgroupParent,
    int blkioWeight,
    @Nullable List<WeightDevice> blkioWeightDevice,
    @Nullable List<ThrottleDevice> blkioDeviceReadBps,
    @Nullable List<ThrottleDevice> blkioDeviceWriteBps,
    @Nullable List<ThrottleDevice> blkioDeviceReadIOps,
    @Nullable List<ThrottleDevice> blkioDeviceWriteIOps,
    long cpuPeriod,
    long cpuQuota,
    long cpuRealtimePeriod,
    long cpuRealtimeRuntime,
    @Nullable String cpusetCpus,
    @Nullable String cpusetMems,
    @Nullable List<DeviceMapping> devices,
    @Nullable List<String> deviceCgroupRules,
    @Nullable List<DeviceRequest> deviceRequests,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) long kernelMemory,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) @JsonProperty("KernelMemoryTCP") long kernelMemoryTcp,
    long memoryReservation,
    long memorySwap,
    @Nullable Long memorySwappiness,
    @Nullable Boolean oomKillDisable,
    @Nullable Long pidsLimit,
    @Nullable List<Ulimit> ulimits,
    long cpuCount,
    long cpuPercent,
    @JsonProperty("IOMaximumIOps") long ioMaximumIOps,
    @JsonProperty("IOMaximumBandwidth") long ioMaximumBandwidth) {

  public Resources {
    blkioWeightDevice = Copies.of(blkioWeightDevice);
    blkioDeviceReadBps = Copies.of(blkioDeviceReadBps);
    blkioDeviceWriteBps = Copies.of(blkioDeviceWriteBps);
    blkioDeviceReadIOps = Copies.of(blkioDeviceReadIOps);
    blkioDeviceWriteIOps = Copies.of(blkioDeviceWriteIOps);
    devices = Copies.of(devices);
    deviceCgroupRules = Copies.of(deviceCgroupRules);
    deviceRequests = Copies.of(deviceRequests);
    ulimits = Copies.of(ulimits);
  }

  @JsonNaming(UpperCamelCaseStrategy.class)
  public record WeightDevice(String path, int weight) {}

  /** {@code rate} in bytes or operations a second. */
  @JsonNaming(UpperCamelCaseStrategy.class)
  public record ThrottleDevice(String path, long rate) {}

  /** {@code cgroupPermissions} of r, w, m. */
  @JsonNaming(UpperCamelCaseStrategy.class)
  public record DeviceMapping(@Nullable String pathOnHost, @Nullable String pathInContainer, @Nullable String cgroupPermissions) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  public record DeviceRequest(
      @Nullable String driver,
      int count,
      @JsonProperty("DeviceIDs") @Nullable List<String> deviceIds,
      @Nullable List<List<String>> capabilities,
      @Nullable Map<String, String> options) {}

  /** {@code name} without RLIMIT_, in lower case; −1 is unlimited. */
  @JsonNaming(UpperCamelCaseStrategy.class)
  public record Ulimit(String name, long hard, long soft) {}
}
