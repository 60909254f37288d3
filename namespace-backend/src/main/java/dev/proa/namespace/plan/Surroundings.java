package dev.proa.namespace.plan;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the daemon has prepared for one task, and what it found out about the paths that the specification names.
 *
 * @param attachment an empty folder of the daemon's own, where the root is attached until it becomes "/"
 * @param scratch another one, shared by all tasks, that is mounted over for a moment in the task's own mount namespace
 * @param isDirectory whether a path of the host is a folder
 * @param cgroupEntrances the v1 controllers whose group the process has to enter; each has a descriptor {@code cgroup-NAME}
 * @param cgroupFolders the v1 groups' folders by the name they get below /sys/fs/cgroup; empty on a v2 host
 * @param preserved how many descriptors besides its standard streams the program gets, see {@link dev.proa.spawn.SpawnPlan#preserving}
 * @param users the ids of the container's user namespace; null in the host's
 */
public record Surroundings(
    String attachment,
    String scratch,
    Predicate<String> isDirectory,
    List<String> cgroupEntrances,
    Map<String, String> cgroupFolders,
    @Nullable IdMap users,
    int preserved) {
  public Surroundings {
    cgroupEntrances = List.copyOf(cgroupEntrances);
  }

  /** In the host's user namespace. */
  public Surroundings(
      String attachment, String scratch, Predicate<String> isDirectory, List<String> cgroupEntrances, Map<String, String> cgroupFolders) {
    this(attachment, scratch, isDirectory, cgroupEntrances, cgroupFolders, null, 0);
  }

  /** Under which name the plan wants the descriptor of a user namespace that maps a mount's ids. */
  public static String idMapDescriptor(IdMap map) {
    return "idmap " + map.encode();
  }

  /** Under which name the plan wants the descriptor of a controller's entrance. */
  public static String cgroupDescriptor(String controller) {
    return "cgroup-" + controller;
  }

  /** Under which name the plan wants the descriptor of a namespace that the specification gives by path. */
  public static String namespaceDescriptor(String type) {
    return "namespace-" + type;
  }
}
