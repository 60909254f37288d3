package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.confinement.DefaultConfinement;
import dev.proa.lifecycle.containers.FilesystemChange;
import dev.proa.lifecycle.internal.run.NetworkFiles;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.MountRow;
import dev.proa.spi.oci.Spec;
import dev.proa.spi.storage.StorageDriver.Change;
import dev.proa.spi.storage.StorageDriver.ChangeKind;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What {@code docker diff} shows. The empty files and folders that a start makes to mount the engine's own things over are not the container's doing,
 * and neither is the change of their parents; those for the user's mounts are shown, as by Docker.
 */
final class RootChanges {
  private RootChanges() {}

  static List<FilesystemChange> of(ContainerRow row, List<Change> changes) {
    Set<String> targets = engineTargets(row);
    Set<String> shown = new HashSet<>();
    Set<String> parents = new HashSet<>();
    for (Change change : changes) {
      if (change.kind() == ChangeKind.ADDED && targets.contains(change.path())) {
        parents.add(parent(change.path()));
      } else {
        for (String path = parent(change.path()); shown.add(path); path = parent(path)) {}
      }
    }
    return changes.stream()
        .filter(change -> change.kind() != ChangeKind.ADDED || !targets.contains(change.path()))
        .filter(change -> change.kind() != ChangeKind.MODIFIED || !parents.contains(change.path()) || shown.contains(change.path()))
        .map(change -> new FilesystemChange(change.path(), change.kind().ordinal()))
        .toList();
  }

  /** Paths of files and folders that the engine makes in a root. */
  static Set<String> engineTargets(ContainerRow row) {
    Set<String> targets =
        DefaultConfinement.mounts(row.hostConfig().privileged(), 0).stream().map(Spec.Mount::destination).collect(Collectors.toSet());
    targets.addAll(NetworkFiles.ALL);
    targets.addAll(NetworkFiles.LINKS.keySet());
    row.mounts().stream().map(MountRow::destination).forEach(targets::remove);
    return targets;
  }

  private static String parent(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }
}
