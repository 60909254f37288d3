package dev.proa.namespace.plan;

import static dev.proa.spawn.Arg.flags;
import static dev.proa.spawn.Arg.number;

import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Mount;
import dev.proa.linux.abi.Prctl;
import dev.proa.linux.abi.Sched;
import dev.proa.linux.abi.Syscall;
import dev.proa.spawn.Arg;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * User namespaces. The namespace itself is there before the plan: the backend had a process of its own wait in it while the maps were written, as what is
 * mounted with its ids in mind has to be mounted by somebody who is not inside yet.
 */
final class UserNamespaceSteps {
  /** sizeof(struct mount_attr). */
  private static final int MOUNT_ATTR = 32;

  private final Steps steps;
  private final HostFacts host;

  UserNamespaceSteps(Steps steps, HostFacts host) {
    this.steps = steps;
    this.host = host;
  }

  /** The container's. */
  Arg descriptor() {
    return steps.plan().descriptor(Surroundings.namespaceDescriptor("user"));
  }

  /** Shows a detached mount's files with the ids that the namespace gives them (mount_setattr(2), since Linux 5.12). */
  void idmap(String name, Arg mount, Arg namespace, boolean recursive) {
    steps.call(
        name,
        Syscall.MOUNT_SETATTR,
        mount,
        Steps.EMPTY,
        flags(
            recursive ? "AT_EMPTY_PATH|AT_RECURSIVE" : "AT_EMPTY_PATH", Fcntl.AT_EMPTY_PATH | (recursive ? Fcntl.AT_RECURSIVE : 0)),
        steps.plan().words("mount_attr", flags("MOUNT_ATTR_IDMAP", Mount.MOUNT_ATTR_IDMAP), number(0), number(0), namespace),
        number(MOUNT_ATTR));
  }

  /**
   * Covers the folders that an overlay is made of with idmapped views of themselves, in this process's own mount namespace: layers are shared by
   * containers of all namespaces, and nothing on the disk ever changes its owner. An overlay cannot be idmapped itself.
   *
   * @param lower one view each, taken before anything is covered: a layer may be a mount of its own, which a view of the folder above it hides
   * @param own upper and work folder, which have to be of one mount
   */
  void coverLayers(List<String> lower, List<String> own) {
    Map<String, Arg> views = new LinkedHashMap<>();
    for (String folder : lower) {
      views.computeIfAbsent(folder, this::view);
    }
    for (String folder : common(own)) {
      cover(folder, view(folder));
    }
    views.forEach(this::cover);
  }

  private Arg view(String folder) {
    Arg view = steps.cloneTree(viewName(folder), Steps.AT_FDCWD, folder, false).result();
    idmap(viewName(folder), view, descriptor(), false);
    return view;
  }

  private void cover(String folder, Arg view) {
    steps.moveMount(viewName(folder), view, Steps.AT_FDCWD, folder);
  }

  private static String viewName(String folder) {
    return "idmapped view of " + folder;
  }

  /** The folder that they all lie in; but never half the host. */
  static List<String> common(List<String> folders) {
    if (folders.isEmpty()) {
      return List.of();
    }
    Path common = Path.of(folders.getFirst()).normalize();
    for (String folder : folders) {
      Path path = Path.of(folder).normalize();
      while (common != null && !path.startsWith(common)) {
        common = common.getParent();
      }
    }
    return common != null && common.getNameCount() > 1 ? List.of(common.toString()) : folders;
  }

  /**
   * What follows is done as the container's root, with all capabilities: an overlay remembers who made it and makes whiteouts and copies as that one,
   * whose ids have to be mapped in its idmapped layers.
   */
  void asContainersRoot(IdMap users, Runnable what) {
    fileSystemIds("as the container's root", users.hostUid(0), users.hostGid(0));
    identityCapabilities("as the container's root");
    what.run();
    fileSystemIds("as the host's root again", 0, 0);
    identityCapabilities("as the host's root again");
  }

  private void fileSystemIds(String name, int uid, int gid) {
    // setfsgid first: after setfsuid it takes a capability that the change may have cost. They return the former id, never an error.
    steps.call(name, Syscall.SETFSGID, number(Integer.toUnsignedLong(gid)));
    steps.call(name, Syscall.SETFSUID, number(Integer.toUnsignedLong(uid)));
  }

  private void identityCapabilities(String name) {
    new IdentitySteps(steps, host).allEffective(name);
  }

  /** From here on this process is the root of the container's user namespace, and nobody on the host. */
  void enter() {
    String name = "enter the user namespace";
    steps.call(name, Syscall.SETNS, descriptor(), flags("CLONE_NEWUSER", Sched.CLONE_NEWUSER));
    becomeRoot();
  }

  /** The ids that this process had mean nothing inside. */
  void becomeRoot() {
    String name = "root of the user namespace";
    steps.call(name, Syscall.SETGROUPS, number(0), Arg.none());
    steps.call(name, Syscall.SETRESGID, number(0), number(0), number(0));
    steps.call(name, Syscall.SETRESUID, number(0), number(0), number(0));
    // The change of ids made it whatever fs.suid_dumpable says.
    steps.prctl("not dumpable", "PR_SET_DUMPABLE", Prctl.PR_SET_DUMPABLE, 0);
  }
}
