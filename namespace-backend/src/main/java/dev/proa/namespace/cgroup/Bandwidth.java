package dev.proa.namespace.cgroup;

import dev.proa.spi.oci.Spec;

/** What both versions' cpu controllers spell alike. */
final class Bandwidth {
  private Bandwidth() {}

  /** SCHED_IDLE for a whole group, since Linux 5.15; before the shares, which a group that is idle does not take. */
  static void idle(String folder, Spec.Cpu cpu) {
    if (cpu.idle() != null) {
      CgroupFile.set(folder, "cpu.idle", cpu.idle().toString());
    }
  }

  /** What a group may save up, since Linux 5.14; after the quota, which it must not exceed. */
  static void burst(String folder, String file, Spec.Cpu cpu) {
    if (cpu.burst() != null) {
      CgroupFile.set(folder, file, cpu.burst().toString());
    }
  }
}
