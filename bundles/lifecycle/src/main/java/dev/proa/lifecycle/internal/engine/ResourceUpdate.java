package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.containers.HostConfig;
import dev.proa.lifecycle.containers.Resources;
import dev.proa.lifecycle.containers.RestartPolicy;
import dev.proa.spi.ProaException;
import org.jspecify.annotations.Nullable;

/** Docker's rules for an update: what is 0, null or empty stays, and what excludes another way of saying the same replaces it. */
final class ResourceUpdate {
  private ResourceUpdate() {}

  static Resources merge(Resources old, Resources asked) {
    if (asked.nanoCpus() > 0 && (old.cpuPeriod() > 0 || old.cpuQuota() > 0)) {
      throw ProaException.conflict("Conflicting options: Nano CPUs cannot be updated as CPU Period or Quota has already been set");
    }
    if ((asked.cpuPeriod() > 0 || asked.cpuQuota() != 0) && old.nanoCpus() > 0) {
      throw ProaException.conflict("Conflicting options: CPU Period and Quota cannot be updated as NanoCPUs has already been set");
    }
    if (asked.memory() > 0 && asked.memorySwap() == 0 && old.memorySwap() > 0 && asked.memory() > old.memorySwap()) {
      throw ProaException.invalid("Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time");
    }
    if (asked.memorySwap() > 0 && asked.memory() == 0 && asked.memorySwap() < old.memory()) {
      throw ProaException.invalid("Minimum memoryswap limit should be larger than memory limit, see usage");
    }
    return new Resources(
        or(asked.cpuShares(), old.cpuShares()),
        or(asked.memory(), old.memory()),
        or(asked.nanoCpus(), old.nanoCpus()),
        old.cgroupParent(),
        (int) or(asked.blkioWeight(), old.blkioWeight()),
        old.blkioWeightDevice(),
        old.blkioDeviceReadBps(),
        old.blkioDeviceWriteBps(),
        old.blkioDeviceReadIOps(),
        old.blkioDeviceWriteIOps(),
        or(asked.cpuPeriod(), old.cpuPeriod()),
        or(asked.cpuQuota(), old.cpuQuota()),
        or(asked.cpuRealtimePeriod(), old.cpuRealtimePeriod()),
        or(asked.cpuRealtimeRuntime(), old.cpuRealtimeRuntime()),
        or(asked.cpusetCpus(), old.cpusetCpus()),
        or(asked.cpusetMems(), old.cpusetMems()),
        old.devices(),
        old.deviceCgroupRules(),
        old.deviceRequests(),
        0,
        0,
        or(asked.memoryReservation(), old.memoryReservation()),
        or(asked.memorySwap(), old.memorySwap()),
        asked.memorySwappiness() == null ? old.memorySwappiness() : asked.memorySwappiness(),
        asked.oomKillDisable() == null ? old.oomKillDisable() : asked.oomKillDisable(),
        asked.pidsLimit() == null ? old.pidsLimit() : asked.pidsLimit(),
        old.ulimits(),
        old.cpuCount(),
        old.cpuPercent(),
        old.ioMaximumIOps(),
        old.ioMaximumBandwidth());
  }

  /** What a running container is told: only what was asked for, but a memory limit always with its swap limit. */
  static Resources changed(Resources asked, Resources merged) {
    boolean memory = asked.memory() != 0 || asked.memorySwap() != 0;
    boolean cpu = asked.cpuPeriod() != 0 || asked.cpuQuota() != 0;
    return new Resources(
        asked.cpuShares(),
        memory ? merged.memory() : 0,
        asked.nanoCpus(),
        null,
        asked.blkioWeight(),
        null,
        null,
        null,
        null,
        null,
        cpu ? merged.cpuPeriod() : 0,
        cpu ? merged.cpuQuota() : 0,
        asked.cpuRealtimePeriod(),
        asked.cpuRealtimeRuntime(),
        asked.cpusetCpus(),
        asked.cpusetMems(),
        null,
        null,
        null,
        0,
        0,
        asked.memoryReservation(),
        memory ? merged.memorySwap() : 0,
        asked.memorySwappiness(),
        asked.oomKillDisable(),
        asked.pidsLimit(),
        null,
        0,
        0,
        0,
        0);
  }

  private static long or(long asked, long old) {
    return asked == 0 ? old : asked;
  }

  private static @Nullable String or(@Nullable String asked, @Nullable String old) {
    return asked == null || asked.isEmpty() ? old : asked;
  }

  static HostConfig with(HostConfig host, Resources resources, @Nullable RestartPolicy policy) {
    RestartPolicy restart = policy == null || policy.name() == null || policy.name().isEmpty() ? host.restartPolicy() : policy;
    return new HostConfig(
        host.binds(),
        host.containerIdFile(),
        host.logConfig(),
        host.networkMode(),
        host.portBindings(),
        restart,
        host.autoRemove(),
        host.volumeDriver(),
        host.volumesFrom(),
        host.consoleSize(),
        host.annotations(),
        host.capAdd(),
        host.capDrop(),
        host.cgroupnsMode(),
        host.dns(),
        host.dnsOptions(),
        host.dnsSearch(),
        host.extraHosts(),
        host.groupAdd(),
        host.ipcMode(),
        host.cgroup(),
        host.links(),
        host.oomScoreAdj(),
        host.pidMode(),
        host.privileged(),
        host.publishAllPorts(),
        host.readonlyRootfs(),
        host.securityOpt(),
        host.storageOpt(),
        host.tmpfs(),
        host.utsMode(),
        host.usernsMode(),
        host.shmSize(),
        host.sysctls(),
        host.runtime(),
        host.isolation(),
        resources,
        host.mounts(),
        host.maskedPaths(),
        host.readonlyPaths(),
        host.init());
  }
}
