package dev.proa.namespace.plan;

import static dev.proa.namespace.plan.Steps.IN_ROOT;
import static dev.proa.namespace.plan.Steps.O_PATH;
import static dev.proa.namespace.plan.Steps.O_PATH_DIRECTORY;

import dev.proa.linux.Errno;
import dev.proa.linux.abi.Sched;
import dev.proa.linux.abi.Stat;
import dev.proa.linux.abi.Syscall;
import dev.proa.spawn.Arg;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The container's tree of files while a plan builds it: its root and the mounts that the plan itself made in it. A path is resolved from the
 * nearest of those, and always inside the root.
 */
final class Tree {
  private static final int FOLDER_MODE = 0755;
  private static final int FILE_MODE = 0755;

  private final Steps steps;
  private final Arg root;
  private final Map<String, Own> own = new LinkedHashMap<>();

  /** A mount of the plan's own making. {@code fresh}: an empty tmpfs that nobody but the plan has seen. */
  private record Own(Arg mount, String type, boolean fresh) {}

  Tree(Steps steps, Arg root) {
    this.steps = steps;
    this.root = root;
  }

  Arg root() {
    return root;
  }

  /** The specification's paths are absolute and may be untidy. */
  static String tidy(String path, String what) {
    if (!path.startsWith("/")) {
      throw ProaException.invalid(what + ": \"" + path + "\" is no absolute path");
    }
    List<String> parts = new ArrayList<>();
    for (String part : path.split("/")) {
      switch (part) {
        case "", "." -> {}
        case ".." -> {
          if (!parts.isEmpty()) {
            parts.removeLast();
          }
        }
        default -> parts.add(part);
      }
    }
    return "/" + String.join("/", parts);
  }

  /** The mount that the plan made at exactly this path, if its type is that. */
  @Nullable Arg ownMount(String path, String type) {
    Own found = own.get(path);
    return found != null && found.type.equals(type) ? found.mount : null;
  }

  /** The mount that the plan made at exactly this path, of whatever type. */
  @Nullable Arg madeHere(String path) {
    Own found = own.get(path);
    return found == null ? null : found.mount;
  }

  /** Whether anything was mounted there, by the plan, that is no kernel file system of its own. */
  boolean isForeign(String path) {
    Own found = own.get(path);
    return found != null && found.type.equals("bind");
  }

  void mounted(String path, Arg mount, String type) {
    own.put(path, new Own(mount, type, type.equals("tmpfs")));
  }

  /** Attaches a detached mount at a path, which is made if it is missing. */
  void attach(String name, Arg mount, String path, boolean directory, String type) {
    if (path.equals("/")) {
      throw ProaException.invalid(name + ": the destination is the root itself");
    }
    String base = nearest(path);
    Own own = this.own.get(base);
    String below = below(base, path);
    if (own != null && own.fresh) {
      // Nobody else can have put links into it.
      make(name, own.mount, below, directory, null);
      steps.moveMount(name, mount, own.mount, below);
    } else {
      steps.moveMount(name, mount, destination(name, own == null ? root : own.mount, below, directory, type));
    }
    mounted(path, mount, type);
  }

  /** The folder at a path, made if it is missing: a descriptor. */
  Arg folder(String name, String path) {
    if (path.equals("/")) {
      return root;
    }
    Own exact = own.get(path);
    if (exact != null) {
      return exact.mount;
    }
    String base = nearest(path);
    Own own = this.own.get(base);
    return destination(name, own == null ? root : own.mount, below(base, path), true, "");
  }

  /** What lies at a path, found from the root; the plan jumps to {@code missing} if nothing does. */
  SpawnPlan.Added find(String name, String path, Arg flags, SpawnPlan.Label missing) {
    return steps.openat2(name, root, path.substring(1), flags, IN_ROOT).tolerating(Errno.ENOENT, Errno.ENOTDIR).otherwise(missing);
  }

  /**
   * Opens a path below a folder that others may have filled; what is missing of it is made, component by component, each below a descriptor of its
   * parent.
   */
  private Arg destination(String name, Arg base, String path, boolean directory, String type) {
    SpawnPlan.Builder plan = steps.plan();
    Arg.Buffer found = plan.buffer("destination", Long.BYTES);
    SpawnPlan.Label missing = plan.label();
    SpawnPlan.Label done = plan.label();
    // A link where proc or sysfs belongs would have the kernel's files appear at a place of the image's choice (CVE-2019-19921).
    boolean kernelFiles = type.equals("proc") || type.equals("sysfs");
    Arg how = kernelFiles ? Steps.ON_MOUNT : IN_ROOT;
    Arg flags = directory ? O_PATH_DIRECTORY : O_PATH;
    SpawnPlan.Added there = steps.openat2(name, base, path, flags, how).tolerating(Errno.ENOENT).otherwise(missing);
    plan.store(name, found, 0, there.result()).then(done);
    plan.mark(missing);
    SpawnPlan.Label links = kernelFiles ? null : plan.label();
    make(name, base, path, directory, links);
    plan.store(name, found, 0, Links.orWait(steps.openat2(name, base, path, flags, how), links).result()).then(done);
    if (links != null) {
      plan.mark(links);
      Links.await(steps, base, path, directory);
      plan.store(name, found, 0, steps.openat2(name, base, path, flags, how).result());
    }
    plan.mark(done);
    return found.load(0);
  }

  /**
   * mkdir -p below a descriptor, the last component a folder or an empty file.
   *
   * @param links where the plan goes on when a component is a link that leads to nothing; null where there can be none
   */
  private void make(String name, Arg base, String path, boolean directory, SpawnPlan.@Nullable Label links) {
    List<String> parts = Arrays.asList(path.split("/"));
    for (int i = 0; i < parts.size(); i++) {
      Arg parent =
          i == 0
              ? base
              : Links.orWait(steps.openat2(name, base, String.join("/", parts.subList(0, i)), O_PATH_DIRECTORY, IN_ROOT), links).result();
      if (i < parts.size() - 1 || directory) {
        steps.mkdirat(name, parent, parts.get(i), FOLDER_MODE);
      } else {
        steps.mknodat(name, parent, parts.get(i), Stat.S_IFREG | FILE_MODE, 0).tolerating(Errno.EEXIST);
      }
    }
  }

  private String nearest(String path) {
    for (int slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      String above = path.substring(0, slash);
      Own found = own.get(above);
      if (found != null) {
        // What lies below somebody else's files is resolved from the root, so that links in them lead where they say.
        return found.type.equals("bind") ? "/" : above;
      }
    }
    return "/";
  }

  private static String below(String base, String path) {
    return base.equals("/") ? path.substring(1) : path.substring(base.length() + 1);
  }

  /**
   * Makes the container's root "/" of this process and lets go of the host's.
   *
   * @param propagation the specification's rootfsPropagation; null leaves the root private
   */
  void pivot(@Nullable String propagation) {
    // The new root has to be the working directory: then both names are "." and no folder for the old root is needed (pivot_root(2)).
    steps.call("enter the root", Syscall.FCHDIR, root);
    steps.call("pivot_root", Syscall.PIVOT_ROOT, Arg.string("."), Arg.string("."));
    steps.call("leave the host's root", Syscall.UMOUNT2, Arg.string("."), Arg.flags("MNT_DETACH", dev.proa.linux.abi.Mount.MNT_DETACH));
    steps.call("enter the root", Syscall.CHDIR, Arg.string("/"));
    // Not earlier: what is shared cannot be pivoted, and nothing of it is to reach the host.
    propagation(root, propagation);
  }

  private void propagation(Arg root, @Nullable String propagation) {
    if (propagation != null && !propagation.isEmpty()) {
      MountOptions parsed = MountOptions.parse("/", "bind", List.of(propagation));
      if (parsed.propagation() == 0) {
        throw ProaException.invalid("linux.rootfsPropagation: \"" + propagation + "\" is none");
      }
      steps.mountSetattr("propagation of the root", root, parsed.recursivePropagation(), 0, 0, parsed.propagation());
    }
  }

  /**
   * Takes a copy of the whole tree along into a mount namespace that others live in. It is attached nowhere: nobody else sees it, and it is gone when its
   * last user is. Nor does chroot(2) keep anybody in it who could get out of another one, since above its root there is nothing.
   *
   * @return the copy's root
   */
  Arg leaveFor(Arg namespace, @Nullable String propagation) {
    Arg copy = steps.cloneTree("take the tree along", root, true).result();
    propagation(copy, propagation);
    steps.call("enter the mount namespace", Syscall.SETNS, namespace, Arg.flags("CLONE_NEWNS", Sched.CLONE_NEWNS));
    enter(steps, copy);
    return copy;
  }

  /** A tree that is attached nowhere becomes "/" of this process. */
  static void enter(Steps steps, Arg root) {
    steps.call("enter the root", Syscall.FCHDIR, root);
    steps.call("enter the root", Syscall.CHROOT, Arg.string("."));
  }
}
