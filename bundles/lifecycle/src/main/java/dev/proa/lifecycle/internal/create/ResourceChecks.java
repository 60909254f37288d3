package dev.proa.lifecycle.internal.create;

import dev.proa.lifecycle.containers.Resources;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.BackendFeatures.Limit;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Limits: what is refused, and what this host cannot do and is discarded with a warning. The words are Docker's. */
final class ResourceChecks {
  private static final String SWAPPINESS =
      "Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.";
  private static final String RESERVATION =
      "Your kernel does not support memory soft limit capabilities or the cgroup is not mounted. Limitation discarded.";
  private static final String CFS = "Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.";
  private static final String CPUSET = "Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.";
  private static final String WEIGHT = "Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.";
  private static final String WEIGHT_DEVICE =
      "Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device discarded.";
  private static final String READ_BYTES =
      "Your kernel does not support BPS Block I/O read limit or the cgroup is not mounted. Block I/O BPS read limit discarded.";
  private static final String WRITE_BYTES =
      "Your kernel does not support BPS Block I/O write limit or the cgroup is not mounted. Block I/O BPS write limit discarded.";
  private static final String READ_OPERATIONS =
      "Your kernel does not support IOPS Block read limit or the cgroup is not mounted. Block I/O IOPS read limit discarded.";
  private static final String WRITE_OPERATIONS =
      "Your kernel does not support IOPS Block write limit or the cgroup is not mounted. Block I/O IOPS write limit discarded.";

  private static final long MIN_MEMORY = 6L << 20;
  private static final long MIN_SHARES = 2;
  private static final long MAX_SHARES = 262144;
  private static final Set<String> ULIMITS =
      Set.of(
          "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio", "rttime", "sigpending",
          "stack", "as");

  private final HostFacts host;
  private final List<String> warnings;
  private final boolean update;

  ResourceChecks(HostFacts host, List<String> warnings, boolean update) {
    this.host = host;
    this.warnings = warnings;
    this.update = update;
  }

  /** The resources as they will be applied. */
  Resources check(Resources given) {
    long memory = given.memory();
    long swap = given.memorySwap();
    Long swappiness = given.memorySwappiness();
    if (memory != 0 && memory < MIN_MEMORY) {
      throw ProaException.invalid("Minimum memory limit allowed is 6MB");
    }
    if (memory > 0 && !host.features().has(Limit.MEMORY)) {
      warnings.add("Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.");
      memory = 0;
      swap = -1;
    }
    if (memory > 0 && swap != -1 && !host.features().has(Limit.SWAP)) {
      warnings.add("Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.");
      swap = -1;
    }
    if (memory > 0 && swap > 0 && swap < memory) {
      throw ProaException.invalid("Minimum memoryswap limit should be larger than memory limit, see usage");
    }
    if (memory == 0 && swap > 0 && !update) {
      throw ProaException.invalid("You should always set the Memory limit when using Memoryswap limit, see usage");
    }
    // The docker command says -1 where its user said nothing.
    if (swappiness != null && (swappiness == -1 || discards(Limit.SWAPPINESS, SWAPPINESS))) {
      swappiness = null;
    }
    if (swappiness != null && (swappiness < 0 || swappiness > 100)) {
      throw ProaException.invalid("Invalid value: " + swappiness + ", valid memory swappiness range is 0-100");
    }
    long reservation = given.memoryReservation();
    if (reservation > 0 && discards(Limit.MEMORY_RESERVATION, RESERVATION)) {
      reservation = 0;
    }
    if (reservation > 0 && reservation < MIN_MEMORY) {
      throw ProaException.invalid("Minimum memory reservation allowed is 6MB");
    }
    if (memory > 0 && reservation > memory) {
      throw ProaException.invalid("Minimum memory limit can not be less than memory reservation limit, see usage");
    }
    checkCpu(given);
    boolean cfs = given.cpuPeriod() == 0 && given.cpuQuota() == 0 || !discards(Limit.CPU_QUOTA, CFS);
    boolean cpuset = orEmpty(given.cpusetCpus()).isEmpty() && orEmpty(given.cpusetMems()).isEmpty() || !discards(Limit.CPUSET, CPUSET);
    if (cpuset) {
      checkSet(given.cpusetCpus(), "cpus", "CPUs", host.cpuList());
      checkSet(given.cpusetMems(), "mems", "memory nodes", host.memoryNodes());
    }
    int weight = given.blkioWeight() != 0 && discards(Limit.IO_WEIGHT, WEIGHT) ? 0 : given.blkioWeight();
    checkBlockIo(given, weight);
    checkUlimits(given.ulimits());
    if (!update && memory > 0 && swap == 0) {
      swap = memory * 2;
    }
    return new Resources(
        shares(given.cpuShares()),
        memory,
        given.nanoCpus(),
        given.cgroupParent(),
        weight,
        devices(given.blkioWeightDevice(), Limit.IO_WEIGHT_DEVICE, WEIGHT_DEVICE),
        devices(given.blkioDeviceReadBps(), Limit.IO_READ_BYTES, READ_BYTES),
        devices(given.blkioDeviceWriteBps(), Limit.IO_WRITE_BYTES, WRITE_BYTES),
        devices(given.blkioDeviceReadIOps(), Limit.IO_READ_OPERATIONS, READ_OPERATIONS),
        devices(given.blkioDeviceWriteIOps(), Limit.IO_WRITE_OPERATIONS, WRITE_OPERATIONS),
        cfs ? given.cpuPeriod() : 0,
        cfs ? given.cpuQuota() : 0,
        given.cpuRealtimePeriod(),
        given.cpuRealtimeRuntime(),
        cpuset ? given.cpusetCpus() : null,
        cpuset ? given.cpusetMems() : null,
        given.devices(),
        given.deviceCgroupRules(),
        given.deviceRequests(),
        0,
        0,
        reservation,
        swap,
        swappiness,
        oomKillDisable(given.oomKillDisable(), memory),
        pidsLimit(given.pidsLimit()),
        given.ulimits(),
        given.cpuCount(),
        given.cpuPercent(),
        given.ioMaximumIOps(),
        given.ioMaximumBandwidth());
  }

  /** Whether the host cannot do it, which is then told. */
  private boolean discards(Limit limit, String warning) {
    boolean missing = !host.features().has(limit);
    if (missing) {
      warnings.add(warning);
    }
    return missing;
  }

  private <T> @Nullable List<T> devices(@Nullable List<T> given, Limit limit, String warning) {
    return given != null && !given.isEmpty() && discards(limit, warning) ? List.of() : given;
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  private long shares(long shares) {
    if (shares > 0 && !host.features().has(Limit.CPU_SHARES)) {
      warnings.add("Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.");
      return 0;
    }
    return shares <= 0 ? Math.max(shares, 0) : Math.clamp(shares, MIN_SHARES, MAX_SHARES);
  }

  private @Nullable Boolean oomKillDisable(@Nullable Boolean disable, long memory) {
    if (!host.features().has(Limit.OOM_KILL_DISABLE)) {
      if (Boolean.TRUE.equals(disable)) {
        warnings.add("Your kernel does not support OomKillDisable. OomKillDisable discarded.");
      }
      return null;
    }
    if (Boolean.TRUE.equals(disable) && memory == 0) {
      warnings.add(
          "OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.");
    }
    return disable == null && !update ? Boolean.FALSE : disable;
  }

  private @Nullable Long pidsLimit(@Nullable Long limit) {
    if (limit != null && !host.features().has(Limit.PIDS)) {
      if (limit > 0) {
        warnings.add("Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.");
      }
      return null;
    }
    return limit;
  }

  private void checkCpu(Resources given) {
    if (given.cpuShares() < 0) {
      throw ProaException.invalid("invalid CPU shares (" + given.cpuShares() + "): value must be a positive integer");
    }
    if (given.nanoCpus() > 0 && given.cpuPeriod() > 0) {
      throw ProaException.invalid("Conflicting options: Nano CPUs and CPU Period cannot both be set");
    }
    if (given.nanoCpus() > 0 && given.cpuQuota() > 0) {
      throw ProaException.invalid("Conflicting options: Nano CPUs and CPU Quota cannot both be set");
    }
    if (given.nanoCpus() > 0 && !host.features().has(Limit.CPU_QUOTA)) {
      throw ProaException.invalid(
          "NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is not mounted");
    }
    if (given.nanoCpus() < 0 || given.nanoCpus() > host.cpus() * 1_000_000_000L) {
      throw ProaException.invalid(
          "range of CPUs is from 0.01 to " + host.cpus() + ".00, as there are only " + host.cpus() + " CPUs available");
    }
    if (given.cpuPeriod() != 0 && (given.cpuPeriod() < 1000 || given.cpuPeriod() > 1000000)) {
      throw ProaException.invalid("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
    }
    if (given.cpuQuota() > 0 && given.cpuQuota() < 1000) {
      throw ProaException.invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)");
    }
  }

  private static void checkSet(@Nullable String wanted, String name, String what, String available) {
    if (wanted == null || wanted.isEmpty()) {
      return;
    }
    BitSet numbers = CpuList.parse(wanted);
    if (numbers == null) {
      throw ProaException.invalid("Invalid value " + wanted + " for cpuset " + name);
    }
    BitSet there = CpuList.parse(available);
    if (there != null) {
      numbers.andNot(there);
      if (!numbers.isEmpty()) {
        throw ProaException.invalid("Requested " + what + " are not available - requested " + wanted + ", available: " + available);
      }
    }
  }

  private static void checkBlockIo(Resources given, int weight) {
    if (weight != 0 && (weight < 10 || weight > 1000)) {
      throw ProaException.invalid("Range of blkio weight is from 10 to 1000");
    }
    if (given.ioMaximumBandwidth() != 0 || given.ioMaximumIOps() != 0) {
      throw ProaException.invalid("Invalid QoS settings: linux does not support Maximum IO Bandwidth or Maximum IO IOps");
    }
  }

  private static void checkUlimits(@Nullable List<Resources.Ulimit> ulimits) {
    if (ulimits == null) {
      return;
    }
    for (Resources.Ulimit ulimit : ulimits) {
      if (ulimit.name() == null || !ULIMITS.contains(ulimit.name())) {
        throw ProaException.invalid("invalid ulimit type: " + ulimit.name());
      }
      if (ulimit.hard() != -1 && (ulimit.soft() == -1 || ulimit.soft() > ulimit.hard())) {
        throw ProaException.invalid(
            "ulimit soft limit must be less than or equal to hard limit: " + ulimit.soft() + " > " + ulimit.hard());
      }
    }
  }
}
