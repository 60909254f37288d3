package dev.proa.namespace.plan;

import static dev.proa.namespace.plan.Steps.AT_FDCWD;
import static dev.proa.namespace.plan.Steps.ON_MOUNT;
import static dev.proa.namespace.plan.Steps.ON_MOUNT_WITH_LINKS;
import static dev.proa.namespace.plan.Steps.O_PATH;
import static dev.proa.namespace.plan.Steps.O_PATH_DIRECTORY;
import static dev.proa.namespace.plan.Steps.O_PATH_NOFOLLOW;
import static dev.proa.namespace.plan.Steps.O_WRONLY;

import dev.proa.linux.Errno;
import dev.proa.linux.abi.Mount;
import dev.proa.spawn.Arg;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spi.ProaException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Files of the kernel's own: settings are written, others masked or made read-only. All are reached through the descriptor of a mount that
 * this plan made, which is the proof that they are what they seem (CVE-2025-31133, CVE-2025-52565, CVE-2025-52881).
 */
final class KernelFiles {
  private final Steps steps;
  private final Tree tree;
  private @Nullable Arg unattachedProc;

  KernelFiles(Steps steps, Tree tree) {
    this.steps = steps;
    this.tree = tree;
  }

  /** A proc of this process's namespaces: the container's own, or one that is attached nowhere. */
  private Arg proc() {
    Arg own = tree.ownMount("/proc", "proc");
    if (own != null) {
      return own;
    }
    if (unattachedProc == null) {
      Arg context = steps.fsopen("open proc", "proc");
      steps.fsconfigCreate("open proc", context);
      unattachedProc = steps.fsmount("open proc", context, 0);
    }
    return unattachedProc;
  }

  /** The specification's {@code sysctl}. They come before /proc/sys turns read-only. */
  void settings(Map<String, String> settings) {
    settings.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            entry -> {
              String name = "set " + entry.getKey();
              // Slashes and dots change places when a name holds a dot of its own (sysctl(8)).
              String file = entry.getKey().indexOf('/') >= 0 ? entry.getKey() : entry.getKey().replace('.', '/');
              if (file.startsWith("/") || file.contains("..")) {
                throw ProaException.invalid("linux.sysctl: \"" + entry.getKey() + "\" is no name of a kernel setting");
              }
              Arg setting = steps.openat2(name, proc(), "sys/" + file, O_WRONLY, ON_MOUNT).result();
              steps.write(name, setting, entry.getValue());
            });
  }

  /** The profile that AppArmor gives to the program that this process executes next. */
  void apparmor(String profile) {
    String name = "AppArmor profile " + profile;
    Arg next = steps.openat2(name, proc(), "thread-self/attr/apparmor/exec", O_WRONLY, ON_MOUNT_WITH_LINKS).result();
    steps.write(name, next, "exec " + profile);
  }

  /**
   * A file becomes /dev/null, a folder an empty one that is read-only; what is not there needs no mask.
   *
   * @param scratch an empty folder of the daemon's own, where the one file system that masks all folders is attached while it is copied
   */
  void mask(List<String> paths, String scratch) {
    if (paths.isEmpty()) {
      return;
    }
    Arg empty = emptyFolder(scratch);
    Arg nothing = nothing();
    for (String given : paths) {
      String path = Tree.tidy(given, "linux.maskedPaths");
      String name = "mask " + path;
      SpawnPlan.Label next = steps.plan().label();
      SpawnPlan.Label file = steps.plan().label();
      Arg found = find(name, path, next);
      // Opening it as a folder tells the two kinds apart.
      steps.openat2(name, found, ".", O_PATH_DIRECTORY, ON_MOUNT).tolerating(Errno.ENOTDIR).otherwise(file);
      steps.moveMount(name, steps.cloneTree(name, empty, false).result(), found).then(next);
      steps.plan().mark(file);
      steps.moveMount(name, steps.cloneTree(name, nothing, false).result(), found);
      steps.plan().mark(next);
    }
  }

  /** Only what is attached can be copied before Linux 6.15, hence the scratch folder, which pivot_root leaves behind. */
  private Arg emptyFolder(String scratch) {
    String name = "make the mask of folders";
    Arg context = steps.fsopen(name, "tmpfs");
    steps.fsconfigString(name, context, "source", "tmpfs");
    steps.fsconfigParameters(name, context, List.of("ro"));
    steps.fsconfigCreate(name, context);
    Arg empty =
        steps.fsmount(name, context, Mount.MOUNT_ATTR_RDONLY | Mount.MOUNT_ATTR_NOSUID | Mount.MOUNT_ATTR_NODEV | Mount.MOUNT_ATTR_NOEXEC);
    steps.moveMount(name, empty, AT_FDCWD, scratch);
    return empty;
  }

  /** The node that this plan made, or the host's if the container brings a /dev of its own: that one may hold anything. */
  private Arg nothing() {
    String name = "open the mask of files";
    Arg dev = tree.ownMount("/dev", "tmpfs");
    Arg own = tree.ownMount("/dev/null", "device");
    if (own != null) {
      return own;
    }
    return dev != null
        ? steps.openat2(name, dev, "null", O_PATH_NOFOLLOW, ON_MOUNT).result()
        : steps.openat(name, AT_FDCWD, "/dev/null", O_PATH_NOFOLLOW).result();
  }

  /** A path that is read-only, with all below it. */
  void readonly(List<String> paths) {
    for (String given : paths) {
      String path = Tree.tidy(given, "linux.readonlyPaths");
      String name = "read-only " + path;
      SpawnPlan.Label next = steps.plan().label();
      Arg found = find(name, path, next);
      Arg copy = steps.cloneTree(name, found, true).result();
      steps.mountSetattr(name, copy, true, Mount.MOUNT_ATTR_RDONLY, 0, 0);
      steps.moveMount(name, copy, found);
      steps.plan().mark(next);
    }
  }

  private Arg find(String name, String path, SpawnPlan.Label missing) {
    for (String type : List.of("proc", "sysfs")) {
      String point = type.equals("proc") ? "/proc" : "/sys";
      Arg own = tree.ownMount(point, type);
      if (own != null && path.startsWith(point + "/")) {
        return steps
            .openat2(name, own, path.substring(point.length() + 1), O_PATH_NOFOLLOW, ON_MOUNT)
            .tolerating(Errno.ENOENT)
            .otherwise(missing)
            .result();
      }
    }
    return tree.find(name, path, O_PATH, missing).result();
  }
}
