package dev.proa.lifecycle.internal.run;

import dev.proa.lifecycle.containers.Resources;
import dev.proa.spi.oci.Spec;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Limits as the API says them, in the words of the runtime specification. */
public final class ResourceSpec {
  private static final long PERIOD_US = 100_000;

  private ResourceSpec() {}

  /** @param devices rules for the device controller; empty in an update */
  public static Spec.Resources of(Resources resources, List<Spec.DeviceRule> devices) {
    return new Spec.Resources(devices, memory(resources), cpu(resources), pids(resources.pidsLimit()), blockIo(resources), List.of(), Map.of());
  }

  private static @Nullable Long pids(@Nullable Long limit) {
    return limit == null ? null : limit <= 0 ? Long.valueOf(-1) : limit;
  }

  private static Spec.@Nullable Memory memory(Resources r) {
    if (r.memory() == 0 && r.memoryReservation() == 0 && r.memorySwap() == 0 && r.memorySwappiness() == null && r.oomKillDisable() == null) {
      return null;
    }
    return new Spec.Memory(
        positive(r.memory()),
        positive(r.memoryReservation()),
        r.memorySwap() == 0 ? null : Long.valueOf(r.memorySwap()),
        null,
        r.memorySwappiness(),
        r.oomKillDisable());
  }

  private static Spec.@Nullable Cpu cpu(Resources r) {
    Long period = positive(r.cpuPeriod());
    Long quota = r.cpuQuota() == 0 ? null : Long.valueOf(r.cpuQuota());
    if (r.nanoCpus() > 0) {
      period = PERIOD_US;
      quota = r.nanoCpus() * PERIOD_US / 1_000_000_000L;
    }
    Spec.Cpu cpu =
        new Spec.Cpu(
            positive(r.cpuShares()),
            quota,
            period,
            r.cpuRealtimeRuntime() == 0 ? null : Long.valueOf(r.cpuRealtimeRuntime()),
            positive(r.cpuRealtimePeriod()),
            text(r.cpusetCpus()),
            text(r.cpusetMems()));
    return cpu.equals(new Spec.Cpu(null, null, null, null, null, null, null)) ? null : cpu;
  }

  private static Spec.@Nullable BlockIO blockIo(Resources r) {
    Spec.BlockIO io =
        new Spec.BlockIO(
            r.blkioWeight() == 0 ? null : Integer.valueOf(r.blkioWeight()),
            orEmpty(r.blkioWeightDevice()).stream()
                .map(
                    device -> {
                      long[] numbers = HostDevice.numbers(device.path());
                      return new Spec.WeightDevice(numbers[0], numbers[1], device.weight());
                    })
                .toList(),
            throttle(r.blkioDeviceReadBps()),
            throttle(r.blkioDeviceWriteBps()),
            throttle(r.blkioDeviceReadIOps()),
            throttle(r.blkioDeviceWriteIOps()));
    boolean none =
        io.weight() == null
            && io.weightDevice().isEmpty()
            && io.throttleReadBpsDevice().isEmpty()
            && io.throttleWriteBpsDevice().isEmpty()
            && io.throttleReadIOPSDevice().isEmpty()
            && io.throttleWriteIOPSDevice().isEmpty();
    return none ? null : io;
  }

  private static List<Spec.ThrottleDevice> throttle(@Nullable List<Resources.ThrottleDevice> devices) {
    return orEmpty(devices).stream()
        .map(
            device -> {
              long[] numbers = HostDevice.numbers(device.path());
              return new Spec.ThrottleDevice(numbers[0], numbers[1], device.rate());
            })
        .toList();
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  private static @Nullable Long positive(long value) {
    return value > 0 ? Long.valueOf(value) : null;
  }

  private static @Nullable String text(@Nullable String text) {
    return text == null || text.isEmpty() ? null : text;
  }
}
