package dev.proa.lifecycle.internal.run;

import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.MountRow;
import dev.proa.lifecycle.internal.users.SubordinateIds;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything a runtime configuration is made of.
 *
 * @param mounts the container's, with sources that exist
 * @param files of the engine that are bound into the container: path in it to path on the host
 * @param sharedMemory the folder on the host that is {@code /dev/shm}; null for one that nobody else sees
 * @param init the reaper on the host for {@code --init}
 * @param pids the process ids of the containers whose namespaces are shared, by container id
 * @param hostNetwork whether the network driver wants the host's namespace
 * @param apparmor whether the kernel has AppArmor
 * @param remap the ids of its user namespace; null for the host's
 * @param linked variables about linked containers
 */
public record SpecRequest(
    ContainerRow row,
    UserLookup.User user,
    List<MountRow> mounts,
    Map<String, String> files,
    @Nullable String sharedMemory,
    @Nullable String init,
    Map<String, Integer> pids,
    boolean hostNetwork,
    boolean apparmor,
    @Nullable SubordinateIds remap,
    List<String> linked) {

  public SpecRequest {
    linked = List.copyOf(linked);
    mounts = List.copyOf(mounts);
  }

  /** With the host's ids. */
  public SpecRequest(
      ContainerRow row,
      UserLookup.User user,
      List<MountRow> mounts,
      Map<String, String> files,
      @Nullable String sharedMemory,
      @Nullable String init,
      Map<String, Integer> pids,
      boolean hostNetwork,
      boolean apparmor) {
    this(row, user, mounts, files, sharedMemory, init, pids, hostNetwork, apparmor, null, List.of());
  }
}
