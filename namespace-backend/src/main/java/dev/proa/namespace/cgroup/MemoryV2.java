package dev.proa.namespace.cgroup;

import dev.proa.spi.oci.Spec;

/** Documentation/admin-guide/cgroup-v2.rst, "Memory". Swappiness and switching the OOM killer off do not exist there. */
final class MemoryV2 implements Controller {
  @Override
  public void apply(String folder, Spec.Resources resources) {
    Spec.Memory memory = resources.memory();
    if (memory == null) {
      return;
    }
    if (memory.checkBeforeUpdate() && memory.limit() != null) {
      CgroupFile.refuseBelowUsage(folder, "memory.current", memory.limit());
    }
    if (memory.swap() != null && memory.swap() != 0) {
      // The specification's number is memory plus swap, the kernel's is swap alone.
      if (memory.swap() < 0) {
        CgroupFile.setIfThere(folder, "memory.swap.max", "max");
      } else {
        long limit =
            memory.limit() != null && memory.limit() > 0 ? memory.limit() : CgroupFile.number(folder + "/memory.max", Long.MAX_VALUE);
        CgroupFile.setIfThere(folder, "memory.swap.max", Long.toString(Math.max(0, memory.swap() - limit)));
      }
    }
    if (memory.limit() != null && memory.limit() != 0) {
      CgroupFile.set(folder, "memory.max", bytes(memory.limit()));
    }
    if (memory.reservation() != null && memory.reservation() != 0) {
      CgroupFile.set(folder, "memory.low", bytes(memory.reservation()));
    }
  }

  private static String bytes(long number) {
    return number < 0 ? "max" : Long.toString(number);
  }

  @Override
  public void read(String folder, Usage usage) {
    usage.memoryUsageBytes = CgroupFile.number(folder + "/memory.current", 0);
    usage.memoryMaxUsageBytes = CgroupFile.number(folder + "/memory.peak", 0);
    usage.memoryLimitBytes = CgroupFile.number(folder + "/memory.max", Long.MAX_VALUE);
    usage.memoryFailures = CgroupFile.table(folder + "/memory.events").getOrDefault("max", 0L);
    usage.memoryStat = CgroupFile.table(folder + "/memory.stat");
  }
}
