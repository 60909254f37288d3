package dev.proa.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/** {@code struct timespec} of linux/time.h: two 64-bit numbers on every 64-bit architecture. */
final class Times {
  private Times() {}

  static void put(MemorySegment timespec, long offset, long nanos) {
    timespec.set(JAVA_LONG, offset, Math.floorDiv(nanos, 1_000_000_000L));
    timespec.set(JAVA_LONG, offset + 8, Math.floorMod(nanos, 1_000_000_000L));
  }
}
