package dev.proa.lifecycle.internal.run;

import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.MountRow;
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
    boolean apparmor) {

  public SpecRequest {
    mounts = List.copyOf(mounts);
  }
}
