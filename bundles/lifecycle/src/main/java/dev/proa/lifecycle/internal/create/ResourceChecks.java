package dev.proa.lifecycle.internal.create;

import dev.proa.lifecycle.containers.Resources;
import dev.proa.spi.ProaException;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Limits: what is refused, and what this host cannot do and is discarded with a warning. The words are Docker's. */
final class ResourceChecks {
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
    Long swappiness = given.memorySwappiness() != null && given.memorySwappiness() == -1 ? null : given.memorySwappiness();
    if (memory != 0 && memory < MIN_MEMORY) {
      throw ProaException.invalid("Minimum memory limit allowed is 6MB");
    }
    if (memory > 0 && !host.features().memoryLimit()) {
      warnings.add("Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.");
      memory = 0;
      swap = -1;
    }
    if (memory > 0 && swap != -1 && !host.features().swapLimit()) {
      warnings.add("Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.");
      swap = -1;
    }
    if (memory > 0 && swap > 0 && swap < memory) {
      throw ProaException.invalid("Minimum memoryswap limit should be larger than memory limit, see usage");
    }
    if (memory == 0 && swap > 0 && !update) {
      throw ProaException.invalid("You should always set the Memory limit when using Memoryswap limit, see usage");
    }
    if (swappiness != null && (swappiness < 0 || swappiness > 100)) {
      throw ProaException.invalid("Invalid value: " + swappiness + ", valid memory swappiness range is 0-100");
    }
    if (given.memoryReservation() > 0 && given.memoryReservation() < MIN_MEMORY) {
      throw ProaException.invalid("Minimum memory reservation allowed is 6MB");
    }
    if (memory > 0 && given.memoryReservation() > memory) {
      throw ProaException.invalid("Minimum memory limit can not be less than memory reservation limit, see usage");
    }
    checkCpu(given);
    checkBlockIo(given);
    checkUlimits(given.ulimits());
    if (!update && memory > 0 && swap == 0) {
      swap = memory * 2;
    }
    return new Resources(
        shares(given.cpuShares()),
        memory,
        given.nanoCpus(),
        given.cgroupParent(),
        given.blkioWeight(),
        given.blkioWeightDevice(),
        given.blkioDeviceReadBps(),
        given.blkioDeviceWriteBps(),
        given.blkioDeviceReadIOps(),
        given.blkioDeviceWriteIOps(),
        given.cpuPeriod(),
        given.cpuQuota(),
        given.cpuRealtimePeriod(),
        given.cpuRealtimeRuntime(),
        given.cpusetCpus(),
        given.cpusetMems(),
        given.devices(),
        given.deviceCgroupRules(),
        given.deviceRequests(),
        0,
        0,
        given.memoryReservation(),
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

  private long shares(long shares) {
    if (shares > 0 && !host.features().cpuShares()) {
      warnings.add("Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.");
      return 0;
    }
    return shares <= 0 ? Math.max(shares, 0) : Math.clamp(shares, MIN_SHARES, MAX_SHARES);
  }

  private @Nullable Boolean oomKillDisable(@Nullable Boolean disable, long memory) {
    if (host.features().cgroupVersion() == 2) {
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
    if (limit != null && !host.features().pidsLimit()) {
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
    if (given.nanoCpus() > 0 && !host.features().cpuQuota()) {
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
    checkSet(given.cpusetCpus(), "cpus", "CPUs", host.cpuList());
    checkSet(given.cpusetMems(), "mems", "memory nodes", host.memoryNodes());
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

  private static void checkBlockIo(Resources given) {
    if (given.blkioWeight() != 0 && (given.blkioWeight() < 10 || given.blkioWeight() > 1000)) {
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
