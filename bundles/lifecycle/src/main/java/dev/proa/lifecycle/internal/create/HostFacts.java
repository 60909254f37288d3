package dev.proa.lifecycle.internal.create;

import dev.proa.lifecycle.internal.users.SubordinateIds;
import dev.proa.spi.isolation.BackendFeatures;
import org.jspecify.annotations.Nullable;

/**
 * What the checks need to know about the host.
 *
 * @param cpus how many processors there are
 * @param cpuList which, as the kernel writes it: {@code 0-3}
 * @param memoryNodes likewise
 * @param remap the ids that containers get which do not ask for the host's; null for the host's
 */
public record HostFacts(BackendFeatures features, int cpus, String cpuList, String memoryNodes, @Nullable SubordinateIds remap) {

  /** Of a daemon whose containers have the host's ids. */
  public HostFacts(BackendFeatures features, int cpus, String cpuList, String memoryNodes) {
    this(features, cpus, cpuList, memoryNodes, null);
  }
}
