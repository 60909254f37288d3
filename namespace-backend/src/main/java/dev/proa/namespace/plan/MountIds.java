package dev.proa.namespace.plan;

import dev.proa.spi.oci.Spec;
import java.util.ArrayList;
import java.util.List;

/** The mappings that mounts bring along themselves, each of which takes a user namespace. */
public final class MountIds {
  private MountIds() {}

  /** Each once. */
  public static List<IdMap> of(Spec spec) {
    List<IdMap> maps = new ArrayList<>();
    for (Spec.Mount mount : spec.mounts()) {
      boolean mapped = mount.options().contains("idmap") || mount.options().contains("ridmap");
      if (mapped && !(mount.uidMappings().isEmpty() && mount.gidMappings().isEmpty())) {
        IdMap map = new IdMap(mount.uidMappings(), mount.gidMappings());
        if (!maps.contains(map)) {
          maps.add(map);
        }
      }
    }
    return maps;
  }
}
