package dev.proa.namespace.cgroup;

import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.util.LinkedHashMap;
import java.util.Map;

/** Documentation/admin-guide/cgroup-v1/memory.rst. */
final class MemoryV1 implements Controller {
  /** What the kernel shows for "no limit" is this or more, rounded down to a page (PAGE_COUNTER_MAX). */
  private static final long UNLIMITED = 0x7ffffffffffff000L - 65536;

  @Override
  public void apply(String folder, Spec.Resources resources) {
    Spec.Memory memory = resources.memory();
    if (memory == null) {
      return;
    }
    if (memory.checkBeforeUpdate() && memory.limit() != null) {
      CgroupFile.refuseBelowUsage(folder, "memory.usage_in_bytes", memory.limit());
    }
    limits(folder, memory);
    if (memory.reservation() != null && memory.reservation() != 0) {
      CgroupFile.set(folder, "memory.soft_limit_in_bytes", memory.reservation().toString());
    }
    if (memory.swappiness() != null && memory.swappiness() >= 0) {
      CgroupFile.set(folder, "memory.swappiness", memory.swappiness().toString());
    }
    if (Boolean.TRUE.equals(memory.disableOOMKiller())) {
      CgroupFile.set(folder, "memory.oom_control", "1");
    }
  }

  /** The kernel refuses whatever would make memory larger than memory plus swap at any moment: growing and shrinking differ in order. */
  private static void limits(String folder, Spec.Memory memory) {
    Long limit = memory.limit() == null || memory.limit() == 0 ? null : memory.limit();
    Long swap = memory.swap() == null || memory.swap() == 0 ? null : memory.swap();
    if (limit == null) {
      if (swap != null) {
        CgroupFile.setIfThere(folder, "memory.memsw.limit_in_bytes", swap.toString());
      }
      return;
    }
    if (swap == null) {
      CgroupFile.set(folder, "memory.limit_in_bytes", limit.toString());
      return;
    }
    try {
      CgroupFile.set(folder, "memory.limit_in_bytes", limit.toString());
    } catch (ProaException aboveTheOldSum) {
      CgroupFile.setIfThere(folder, "memory.memsw.limit_in_bytes", swap.toString());
      CgroupFile.set(folder, "memory.limit_in_bytes", limit.toString());
      return;
    }
    CgroupFile.setIfThere(folder, "memory.memsw.limit_in_bytes", swap.toString());
  }

  @Override
  public void read(String folder, Usage usage) {
    usage.memoryUsageBytes = CgroupFile.number(folder + "/memory.usage_in_bytes", 0);
    usage.memoryMaxUsageBytes = CgroupFile.number(folder + "/memory.max_usage_in_bytes", 0);
    long limit = CgroupFile.number(folder + "/memory.limit_in_bytes", Long.MAX_VALUE);
    usage.memoryLimitBytes = limit >= UNLIMITED ? Long.MAX_VALUE : limit;
    usage.memoryFailures = CgroupFile.number(folder + "/memory.failcnt", 0);
    Map<String, Long> stat = new LinkedHashMap<>(CgroupFile.table(folder + "/memory.stat"));
    usage.memoryStat = stat;
  }
}
