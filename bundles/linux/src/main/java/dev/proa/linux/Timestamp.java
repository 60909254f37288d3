package dev.proa.linux;

import dev.proa.linux.abi.Stat;

/** Seconds since the epoch and nanoseconds, as in {@code struct timespec}; the special values of utimensat(2) included. */
public record Timestamp(long seconds, long nanos) {
  /** utimensat(2): set to the current time. */
  public static final Timestamp NOW = new Timestamp(0, Stat.UTIME_NOW);

  /** utimensat(2): leave as it is. */
  public static final Timestamp OMIT = new Timestamp(0, Stat.UTIME_OMIT);
}
