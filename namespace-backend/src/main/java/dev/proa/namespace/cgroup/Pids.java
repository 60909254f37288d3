package dev.proa.namespace.cgroup;

import dev.proa.spi.oci.Spec;

/** The same files in both versions. */
final class Pids implements Controller {
  @Override
  public void apply(String folder, Spec.Resources resources) {
    Long limit = resources.pidsLimit();
    if (limit != null) {
      CgroupFile.set(folder, "pids.max", limit <= 0 ? "max" : limit.toString());
    }
  }

  @Override
  public void read(String folder, Usage usage) {
    usage.pids = CgroupFile.number(folder + "/pids.current", 0);
    long limit = CgroupFile.number(folder + "/pids.max", Long.MAX_VALUE);
    usage.pidsLimit = limit == Long.MAX_VALUE ? 0 : limit;
  }
}
