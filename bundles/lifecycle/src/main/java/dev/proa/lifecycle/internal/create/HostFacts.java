package dev.proa.lifecycle.internal.create;

import dev.proa.spi.isolation.BackendFeatures;

/**
 * What the checks need to know about the host.
 *
 * @param cpus how many processors there are
 * @param cpuList which, as the kernel writes it: {@code 0-3}
 * @param memoryNodes likewise
 */
public record HostFacts(BackendFeatures features, int cpus, String cpuList, String memoryNodes) {}
