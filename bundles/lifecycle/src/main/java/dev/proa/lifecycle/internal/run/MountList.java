package dev.proa.lifecycle.internal.run;

import dev.proa.lifecycle.confinement.DefaultConfinement;
import dev.proa.lifecycle.containers.HostConfig;
import dev.proa.lifecycle.internal.create.Modes;
import dev.proa.lifecycle.internal.state.MountRow;
import dev.proa.spi.oci.Spec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The mounts of a container: the system's own, then the user's from the shallowest to the deepest. */
final class MountList {
  private static final String SHM = "/dev/shm";
  private static final String MQUEUE = "/dev/mqueue";

  /** What stays writable in a container with a read-only root. */
  private static final Set<String> WRITABLE_SYSTEM = Set.of("/proc", "/dev", "/dev/pts", SHM, MQUEUE);

  /** And in a privileged one. */
  private static final Set<String> WRITABLE_PRIVILEGED = Set.of("/sys", "/sys/fs/cgroup");

  private MountList() {}

  static List<Spec.Mount> of(SpecRequest request) {
    HostConfig host = request.row().hostConfig();
    List<Spec.Mount> user = new ArrayList<>();
    boolean remapped = request.remap() != null;
    request.mounts().forEach(mount -> user.add(userMount(mount, remapped)));
    Set<String> destinations = user.stream().map(Spec.Mount::destination).collect(Collectors.toSet());
    request.files().forEach(
        (target, source) -> {
          if (!destinations.contains(target)) {
            user.add(engineMount(target, source, host.readonlyRootfs() ? List.of("rbind", "ro", "rprivate") : List.of("rbind", "rprivate"), remapped));
          }
        });
    if (request.init() != null) {
      user.add(new Spec.Mount(SpecBuilder.INIT_PATH, "bind", request.init(), List.of("bind", "ro", "rprivate")));
    }
    user.sort(Comparator.comparingInt(mount -> (int) mount.destination().chars().filter(c -> c == '/').count()));

    List<Spec.Mount> all = new ArrayList<>();
    for (Spec.Mount system : DefaultConfinement.mounts(host.privileged(), host.shmSize())) {
      // A user's mount over one of these, or over its parent, replaces it; proc and sys stay for what the confinement needs them.
      if (destinations.contains(system.destination()) || destinations.contains("/dev") && system.destination().startsWith("/dev/")) {
        continue;
      }
      Spec.Mount adapted = ipc(system, host, request.sharedMemory(), remapped);
      if (adapted != null) {
        all.add(host.readonlyRootfs() && !staysWritable(adapted.destination(), host) ? readOnly(adapted) : adapted);
      }
    }
    all.addAll(user);
    return all;
  }

  private static boolean staysWritable(String destination, HostConfig host) {
    return WRITABLE_SYSTEM.contains(destination) || host.privileged() && WRITABLE_PRIVILEGED.contains(destination);
  }

  /** Whoever shares another's IPC namespace shares its /dev/shm and message queues as well. */
  private static Spec.@Nullable Mount ipc(Spec.Mount system, HostConfig host, @Nullable String sharedMemory, boolean remapped) {
    String mode = host.ipcMode() == null ? "" : host.ipcMode();
    String destination = system.destination();
    if (!destination.equals(SHM) && !destination.equals(MQUEUE)) {
      return system;
    }
    if (mode.equals(Modes.NONE)) {
      return destination.equals(SHM) ? null : system;
    }
    if (mode.equals(Modes.HOST)) {
      if (destination.equals(SHM)) {
        return new Spec.Mount(SHM, "bind", SHM, List.of("rbind"));
      }
      // A mount in the host's namespace shows the host's queues, whether or not it has them mounted; a user namespace may only see what is.
      if (!remapped) {
        return system;
      }
      return Files.notExists(Path.of(MQUEUE)) ? null : new Spec.Mount(MQUEUE, "bind", MQUEUE, List.of("rbind", "nosuid", "noexec", "nodev"));
    }
    if (sharedMemory != null && destination.equals(SHM)) {
      return engineMount(SHM, sharedMemory, List.of("bind", "nosuid", "noexec", "nodev", "rprivate"), remapped);
    }
    return system;
  }

  private static Spec.Mount readOnly(Spec.Mount mount) {
    if (mount.options().contains("ro")) {
      return mount;
    }
    List<String> options = new ArrayList<>(mount.options());
    options.add("ro");
    return new Spec.Mount(mount.destination(), mount.type(), mount.source(), options);
  }

  /**
   * Of something that the engine keeps for containers. In a user namespace it is shown with the container's own ids, while its owners on the disk stay the
   * same for whoever uses it next.
   */
  private static Spec.Mount engineMount(String target, String source, List<String> options, boolean remapped) {
    List<String> all = new ArrayList<>(options);
    if (remapped) {
      all.add("idmap");
    }
    return new Spec.Mount(target, "bind", source, all);
  }

  private static Spec.Mount userMount(MountRow mount, boolean remapped) {
    if (mount.type() == MountRow.Type.TMPFS) {
      return new Spec.Mount(mount.destination(), "tmpfs", "tmpfs", tmpfs(mount));
    }
    List<String> options = new ArrayList<>();
    options.add(mount.recursive() ? "rbind" : "bind");
    if (!mount.readWrite()) {
      // Everything below as well (mount_setattr, since Linux 5.12), as Docker does since 25.
      options.add(mount.recursive() && !mount.options().contains(MountRow.READ_ONLY_TOP) ? "rro" : "ro");
    }
    options.add(mount.propagation().isEmpty() ? "rprivate" : mount.propagation());
    // A folder that the user names keeps its owners, as with Docker; an overlay, as which an image is seen, takes no mapping.
    return engineMount(mount.destination(), mount.source(), options, remapped && mount.type() == MountRow.Type.VOLUME);
  }

  /** Docker's defaults, each replaced by its opposite where the user says so. */
  private static List<String> tmpfs(MountRow mount) {
    Map<String, String> options = new LinkedHashMap<>();
    for (String option : List.of("noexec", "nosuid", "nodev")) {
      options.put(option.substring(2), option);
    }
    if (!mount.readWrite()) {
      options.put("write", "ro");
    }
    for (String option : mount.options()) {
      String name = option.contains("=") ? option.substring(0, option.indexOf('=')) : option;
      options.put(name.startsWith("no") ? name.substring(2) : name, option);
    }
    return new ArrayList<>(options.values());
  }
}
