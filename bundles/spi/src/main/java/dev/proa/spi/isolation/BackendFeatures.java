package dev.proa.spi.isolation;

import java.util.List;
import java.util.Set;

/**
 * What a backend offers on this host.
 *
 * @param cgroupVersion 1 (hybrid hosts too) or 2
 * @param limits what the host can hold a task to
 * @param notes sentences about what the host lacks, for people
 */
public record BackendFeatures(
    String description, int cgroupVersion, Set<Limit> limits, boolean seccomp, boolean apparmor, List<String> notes) {

  /** What a kernel may or may not be able to limit, by the name of the specification's field where it has one. */
  public enum Limit {
    MEMORY,
    MEMORY_RESERVATION,
    /** Memory plus swap. */
    SWAP,
    /** Of control groups version 1 alone. */
    SWAPPINESS,
    /** Of control groups version 1 alone. */
    OOM_KILL_DISABLE,
    CPU_SHARES,
    CPU_QUOTA,
    /** Real-time budgets; of control groups version 1 alone. */
    CPU_REALTIME,
    CPUSET,
    PIDS,
    IO_WEIGHT,
    IO_WEIGHT_DEVICE,
    IO_READ_BYTES,
    IO_WRITE_BYTES,
    IO_READ_OPERATIONS,
    IO_WRITE_OPERATIONS,
    HUGE_PAGES,
  }

  public BackendFeatures {
    limits = Set.copyOf(limits);
    notes = List.copyOf(notes);
  }

  public boolean has(Limit limit) {
    return limits.contains(limit);
  }
}
