package dev.proa.spi.isolation;

import java.util.List;

/**
 * What a backend offers on this host.
 *
 * @param cgroupVersion 1 (hybrid hosts too) or 2
 * @param notes sentences about what the host lacks, for people
 */
public record BackendFeatures(
    String description,
    int cgroupVersion,
    boolean memoryLimit,
    boolean swapLimit,
    boolean cpuQuota,
    boolean cpuShares,
    boolean cpuset,
    boolean pidsLimit,
    boolean seccomp,
    boolean apparmor,
    List<String> notes) {
  public BackendFeatures {
    notes = List.copyOf(notes);
  }
}
