package dev.proa.namespace.cgroup;

import dev.proa.spi.oci.Spec;

/** One controller of one version: turns the specification's limits into writes, and counters into statistics. Without state. */
interface Controller {
  /**
   * Sets what the limits say and leaves the rest.
   *
   * @param folder the group's, absolute
   */
  void apply(String folder, Spec.Resources resources);

  void read(String folder, Usage usage);
}
