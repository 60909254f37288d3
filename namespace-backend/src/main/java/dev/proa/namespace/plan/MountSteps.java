package dev.proa.namespace.plan;

import static dev.proa.namespace.plan.Steps.AT_FDCWD;

import dev.proa.linux.abi.Mount;
import dev.proa.linux.abi.Syscall;
import dev.proa.spawn.Arg;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The specification's mounts, in its order. */
final class MountSteps {
  /** What may be mounted below /proc: files by which tools such as lxcfs show a container its own share (runc has the same list). */
  private static final Set<String> BELOW_PROC =
      Set.of(
          "/proc/cpuinfo",
          "/proc/diskstats",
          "/proc/meminfo",
          "/proc/stat",
          "/proc/swaps",
          "/proc/uptime",
          "/proc/loadavg",
          "/proc/slabinfo",
          "/proc/sys/kernel/ns_last_pid",
          "/proc/sys/crypto/fips_enabled");

  /** Those that the root of a user namespace mounts itself, so that they are of its namespaces (FS_USERNS_MOUNT in the kernel). */
  private static final Set<String> IN_USER_NAMESPACES = Set.of("proc", "sysfs", "tmpfs", "devpts", "mqueue", "cgroup", "cgroup2", "binder", "bpf");

  private final Steps steps;
  private final Predicate<String> isDirectory;
  private final Map<String, String> cgroupFolders;
  private final Arg.@Nullable Descriptor pidNamespace;
  private final boolean procTakesNamespace;

  private final UserNamespaceSteps namespace;
  private final boolean ownUsers;

  /** Copies of mounts that stay peers of the host's, by the index of the mount; made before the host's tree is cut off. */
  private final Map<Integer, Arg> shared = new HashMap<>();

  /** What was made with the host's rights, by the index of the mount; it only has to be attached. */
  private final Map<Integer, Arg> prepared = new HashMap<>();

  private final Map<String, Arg> groups = new LinkedHashMap<>();

  /**
   * @param isDirectory whether a path of the host is a folder
   * @param cgroupFolders the task's v1 groups by the name they are to have below /sys/fs/cgroup; empty on a v2 host
   * @param pidNamespace the namespace whose processes /proc is to show, and that this process's children will be in; null for its own
   * @param procTakesNamespace whether the kernel takes it as an option (since Linux 6.17)
   * @param namespace for mounts with other owners
   * @param ownUsers whether the container is in a user namespace of its own
   */
  MountSteps(
      Steps steps,
      Surroundings surroundings,
      Arg.@Nullable Descriptor pidNamespace,
      boolean procTakesNamespace,
      UserNamespaceSteps namespace,
      boolean ownUsers) {
    this.steps = steps;
    this.isDirectory = surroundings.isDirectory();
    this.cgroupFolders = surroundings.cgroupFolders();
    this.pidNamespace = pidNamespace;
    this.procTakesNamespace = procTakesNamespace;
    this.namespace = namespace;
    this.ownUsers = ownUsers;
  }

  /** Copies what the container wants to share with the host: once the tree is a slave, copies are slaves too. */
  void cloneShared(List<Spec.Mount> mounts) {
    for (int i = 0; i < mounts.size(); i++) {
      Spec.Mount mount = mounts.get(i);
      MountOptions options = MountOptions.parse(mount.destination(), mount.type(), mount.options());
      if (options.bind() && !options.remount() && options.propagation() == Mount.MS_SHARED) {
        shared.put(i, steps.cloneTree("bind " + mount.source(), AT_FDCWD, mount.source(), options.recursiveBind()).result());
      }
    }
  }

  /** Makes what a container's own root could not: copies of the host's mounts, and file systems that user namespaces may not mount. */
  void prepare(List<Spec.Mount> mounts) {
    for (int i = 0; i < mounts.size(); i++) {
      Spec.Mount mount = mounts.get(i);
      String path = Tree.tidy(mount.destination(), "mounts");
      MountOptions options = MountOptions.parse(path, mount.type(), mount.options());
      if (options.remount()) {
        continue;
      }
      if (options.bind()) {
        prepared.put(i, bind(path, mount, options, shared.get(i)));
      } else if (mount.type().equals("cgroup") && !cgroupFolders.isEmpty()) {
        cgroupFolders.forEach((hierarchy, source) -> groups.put(hierarchy, group(path, hierarchy, source)));
      } else if (options.copyUp()) {
        // Who copies has none of the ids that a file system of the container's own would know.
        prepared.put(i, fileSystem("mount " + path, mount.type(), mount.source(), options, 0));
      } else if (!IN_USER_NAMESPACES.contains(mount.type())) {
        prepared.put(i, fileSystem("mount " + path, mount.type(), mount.source(), options, all(options)));
      }
    }
  }

  void mountAll(Tree tree, List<Spec.Mount> mounts) {
    for (int i = 0; i < mounts.size(); i++) {
      mount(tree, mounts.get(i), i);
    }
  }

  private void mount(Tree tree, Spec.Mount mount, int index) {
    String path = Tree.tidy(mount.destination(), "mounts");
    MountOptions options = MountOptions.parse(path, mount.type(), mount.options());
    if (options.remount()) {
      RemountSteps.append(steps, tree, path, options);
      return;
    }
    refuseBelowProc(path, mount, options);
    if (options.copyUp() && !mount.type().equals("tmpfs")) {
      throw ProaException.invalid("mount " + path + ": the option tmpcopyup is for tmpfs");
    }
    Arg made = prepared.get(index);
    if (options.bind()) {
      Arg copy = made != null ? made : bind(path, mount, options, shared.get(index));
      tree.attach(bindName(mount, path), copy, path, isDirectory.test(mount.source()), "bind");
    } else if (options.idMapping() != MountOptions.IdMapping.NONE) {
      throw ProaException.invalid("mount " + path + ": the option idmap is for binds");
    } else if (options.copyUp()) {
      copyUp(tree, path, mount, options, made);
    } else if (made != null) {
      tree.attach("mount " + path, made, path, true, mount.type());
    } else if (mount.type().equals("cgroup") && !cgroupFolders.isEmpty()) {
      cgroupV1(tree, path, options);
    } else {
      fileSystem(tree, path, mount, options);
    }
  }

  private static String bindName(Spec.Mount mount, String path) {
    return "bind " + mount.source() + " to " + path;
  }

  private static void refuseBelowProc(String path, Spec.Mount mount, MountOptions options) {
    boolean procItself = path.equals("/proc") && (mount.type().equals("proc") || options.bind() && Tree.tidy(mount.source(), "mounts").equals("/proc"));
    if ((path.equals("/proc") && !procItself) || path.startsWith("/proc/") && !BELOW_PROC.contains(path)) {
      throw ProaException.invalid("mount " + path + ": it cannot be mounted because it is inside /proc");
    }
  }

  Arg bind(String path, Spec.Mount mount, MountOptions options, @Nullable Arg copy) {
    String name = bindName(mount, path);
    Arg made = copy != null ? copy : steps.cloneTree(name, AT_FDCWD, mount.source(), options.recursiveBind()).result();
    // "rw" asks for nothing: a source that the host mounts read-only stays so.
    long clear = options.clear() & ~Mount.MOUNT_ATTR_RDONLY;
    long propagation = options.propagation() == 0 ? Mount.MS_PRIVATE : options.propagation();
    boolean spreads = options.propagation() == 0 || options.recursivePropagation();
    boolean all = spreads && options.recursiveBind();
    if (options.recursiveSet() != 0 || options.recursiveClear() != 0) {
      steps.mountSetattr(name, made, true, options.recursiveSet(), options.recursiveClear(), all ? propagation : 0);
      if (options.set() != 0 || clear != 0 || !all) {
        steps.mountSetattr(name, made, false, options.set(), clear, all ? 0 : propagation);
      }
    } else if (all) {
      steps.mountSetattr(name, made, true, 0, 0, propagation);
      if (options.set() != 0 || clear != 0) {
        steps.mountSetattr(name, made, false, options.set(), clear, 0);
      }
    } else {
      steps.mountSetattr(name, made, false, options.set(), clear, propagation);
    }
    if (options.idMapping() != MountOptions.IdMapping.NONE) {
      namespace.idmap(name, made, idMapOf(path, mount), options.idMapping() == MountOptions.IdMapping.ALL);
    }
    return made;
  }

  /** The user namespace whose ids a mount's files are shown with. */
  private Arg idMapOf(String path, Spec.Mount mount) {
    if (!mount.uidMappings().isEmpty() || !mount.gidMappings().isEmpty()) {
      return steps.plan().descriptor(Surroundings.idMapDescriptor(new IdMap(mount.uidMappings(), mount.gidMappings())));
    }
    if (!ownUsers) {
      throw ProaException.invalid("mount " + path + ": the option idmap without mappings needs a container with a user namespace");
    }
    return namespace.descriptor();
  }

  private void fileSystem(Tree tree, String path, Spec.Mount mount, MountOptions options) {
    String type = mount.type().equals("cgroup") ? "cgroup2" : mount.type();
    String name = "mount " + path;
    Arg made =
        type.equals("proc") && pidNamespace != null && !procTakesNamespace
            ? procFromInside(name, pidNamespace, mount, options)
            : fileSystem(name, type, mount.source(), options, all(options));
    tree.attach(name, made, path, true, type);
  }

  /** Its attributes come last: nothing could be copied into a read-only one. */
  private void copyUp(Tree tree, String path, Spec.Mount mount, MountOptions options, @Nullable Arg ready) {
    String name = "mount " + path;
    Arg place = tree.folder(name, path);
    Arg made = ready != null ? ready : fileSystem(name, mount.type(), mount.source(), options, 0);
    CopyUps.append(steps, path, place, made);
    steps.mountSetattr(name, made, false, all(options), 0, 0);
    // Like a bind, as the image's links are in it by now.
    tree.attach(name, made, path, true, "bind");
  }

  /** Nothing is mounted below a file system that is new. */
  private static long all(MountOptions options) {
    return options.set() & ~options.recursiveClear() | options.recursiveSet();
  }

  /** Such a file system is of the pid namespace of whoever opens it: a child that is inside, and leaves the mount where the namespace's descriptor was. */
  private Arg procFromInside(String name, Arg.Descriptor place, Spec.Mount mount, MountOptions options) {
    steps
        .plan()
        .inHelper(
            name + " from inside",
            () -> {
              Arg made = fileSystem(name, "proc", mount.source(), options, all(options));
              steps.dup3CloseOnExec(name, made, place.slot());
            });
    return place;
  }

  private Arg fileSystem(String name, String type, String source, MountOptions options, long attributes) {
    Arg context = steps.fsopen(name, type);
    if (!source.isEmpty()) {
      steps.fsconfigString(name, context, "source", source);
    }
    if (type.equals("proc") && pidNamespace != null && procTakesNamespace) {
      steps.fsconfigDescriptor(name, context, "pidns", pidNamespace);
    }
    steps.fsconfigParameters(name, context, options.parameters());
    steps.fsconfigCreate(name, context);
    return steps.fsmount(name, context, attributes);
  }

  /** A tmpfs with the task's own group of each hierarchy, so that a container sees its limits where programs look for them. */
  private void cgroupV1(Tree tree, String path, MountOptions options) {
    String name = "mount " + path;
    MountOptions plain = new MountOptions(false, false, 0, 0, 0, 0, 0, false, MountOptions.IdMapping.NONE, false, false, List.of("mode=755"));
    // Its attributes come last: nothing could be put into a read-only one.
    Arg folder = fileSystem(name, "tmpfs", "tmpfs", plain, 0);
    tree.attach(name, folder, path, true, "tmpfs");
    List<String> names = new ArrayList<>();
    cgroupFolders.forEach(
        (hierarchy, source) -> {
          String each = "mount " + path + "/" + hierarchy;
          steps.mkdirat(each, folder, hierarchy, 0755);
          Arg made = groups.get(hierarchy);
          steps.moveMount(each, made != null ? made : group(path, hierarchy, source), folder, hierarchy);
          names.add(hierarchy);
        });
    for (String hierarchy : names) {
      if (hierarchy.contains(",")) {
        for (String controller : hierarchy.split(",")) {
          steps.symlinkat(name, hierarchy, folder, controller);
        }
      }
    }
    steps.mountSetattr(name, folder, true, options.set() | options.recursiveSet(), 0, Mount.MS_PRIVATE);
  }

  private Arg group(String path, String hierarchy, String source) {
    return steps.cloneTree("mount " + path + "/" + hierarchy, AT_FDCWD, source, false).result();
  }

  /** Cuts the copy of the host's mounts off: what is done here must not reach the host, what the host unmounts must not stay in use here. */
  static void isolate(Steps steps) {
    steps.call(
        "own mounts",
        Syscall.MOUNT,
        Arg.none(),
        Arg.string("/"),
        Arg.none(),
        Arg.flags("MS_REC|MS_SLAVE", Mount.MS_REC | Mount.MS_SLAVE),
        Arg.none());
  }
}
