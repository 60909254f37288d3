package dev.proa.namespace.cgroup;

import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;

/** Limits on huge pages, by page size as the file names spell it: {@code 2MB}. */
final class Hugetlb implements Controller {
  private final String suffix;

  Hugetlb(boolean version1) {
    suffix = version1 ? ".limit_in_bytes" : ".max";
  }

  @Override
  public void apply(String folder, Spec.Resources resources) {
    for (Spec.HugepageLimit limit : resources.hugepageLimits()) {
      if (!limit.pageSize().matches("\\d{1,6}[KMG]B")) {
        throw ProaException.invalid("linux.resources.hugepageLimits: \"" + limit.pageSize() + "\" is no page size such as 2MB");
      }
      // What is reserved counts where the kernel counts it, since Linux 5.7: a mapping fails then, instead of a SIGBUS later.
      CgroupFile.setIfThere(folder, "hugetlb." + limit.pageSize() + ".rsvd" + suffix, Long.toString(limit.limit()));
      CgroupFile.set(folder, "hugetlb." + limit.pageSize() + suffix, Long.toString(limit.limit()));
    }
  }

  @Override
  public void read(String folder, Usage usage) {}
}
