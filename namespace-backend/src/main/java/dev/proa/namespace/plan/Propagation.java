package dev.proa.namespace.plan;

import dev.proa.linux.abi.Mount;
import dev.proa.spawn.Arg;

/** How mounts spread between mount namespaces (Documentation/filesystems/sharedsubtree.rst). */
final class Propagation {
  private Propagation() {}

  static Arg shown(long propagation) {
    String name = "0";
    if (propagation == Mount.MS_PRIVATE) {
      name = "MS_PRIVATE";
    } else if (propagation == Mount.MS_SLAVE) {
      name = "MS_SLAVE";
    } else if (propagation == Mount.MS_SHARED) {
      name = "MS_SHARED";
    } else if (propagation == Mount.MS_UNBINDABLE) {
      name = "MS_UNBINDABLE";
    }
    return Arg.flags(name, propagation);
  }
}
