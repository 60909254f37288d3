package dev.proa.namespace.plan;

import static dev.proa.spawn.Arg.flags;
import static dev.proa.spawn.Arg.number;

import dev.proa.linux.Errno;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Mount;
import dev.proa.linux.abi.Syscall;
import dev.proa.spawn.Arg;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spi.ProaException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The system calls that plans are made of, one method each, spelt as C has them. A step is named after what it is for, as its name is what
 * the user reads when it fails.
 */
final class Steps {
  static final Arg AT_FDCWD = flags("AT_FDCWD", Fcntl.AT_FDCWD);
  static final Arg EMPTY = Arg.string("");
  static final Arg NO_FLAGS = number(0);

  static final Arg O_PATH = flags("O_PATH|O_CLOEXEC", Fcntl.O_PATH | Fcntl.O_CLOEXEC);
  static final Arg O_PATH_NOFOLLOW = flags("O_PATH|O_NOFOLLOW|O_CLOEXEC", Fcntl.O_PATH | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC);
  static final Arg O_PATH_DIRECTORY = flags("O_PATH|O_DIRECTORY|O_CLOEXEC", Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC);
  static final Arg O_WRONLY = flags("O_WRONLY|O_CLOEXEC", Fcntl.O_WRONLY | Fcntl.O_CLOEXEC);
  static final Arg O_RDONLY = flags("O_RDONLY|O_CLOEXEC", Fcntl.O_CLOEXEC);
  static final Arg O_TTY = flags("O_RDWR|O_NOCTTY|O_CLOEXEC", Fcntl.O_RDWR | Fcntl.O_NOCTTY | Fcntl.O_CLOEXEC);

  /** Everything, links too, stays inside the directory, and nothing jumps through /proc's magic links. */
  static final Arg IN_ROOT = flags("RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS", Fcntl.RESOLVE_IN_ROOT | Fcntl.RESOLVE_NO_MAGICLINKS);

  /** Inside one mount, no links: what is found is of the file system that the directory is of, with nothing mounted over it. */
  static final Arg ON_MOUNT =
      flags(
          "RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS|RESOLVE_NO_XDEV",
          Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_NO_SYMLINKS | Fcntl.RESOLVE_NO_XDEV);

  /** As {@link #ON_MOUNT}, with the file system's own links such as /proc/thread-self. */
  static final Arg ON_MOUNT_WITH_LINKS =
      flags(
          "RESOLVE_BENEATH|RESOLVE_NO_MAGICLINKS|RESOLVE_NO_XDEV",
          Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_NO_MAGICLINKS | Fcntl.RESOLVE_NO_XDEV);

  /** sizeof(struct open_how), sizeof(struct mount_attr). */
  private static final int OPEN_HOW = 24;

  private static final int MOUNT_ATTR = 32;

  private final SpawnPlan.Builder plan;
  private final Map<String, Arg.Buffer> openHows = new HashMap<>();

  Steps(SpawnPlan.Builder plan) {
    this.plan = plan;
  }

  SpawnPlan.Builder plan() {
    return plan;
  }

  SpawnPlan.Added call(String name, Syscall call, Arg... args) {
    return plan.call(name, call, args);
  }

  SpawnPlan.Added openat(String name, Arg directory, String path, Arg flags) {
    return plan.call(name, Syscall.OPENAT, directory, Arg.string(path), flags);
  }

  /** openat2(2) with resolution rules; a rename or mount that races with it is EAGAIN, and it is tried again. */
  SpawnPlan.Added openat2(String name, Arg directory, String path, Arg flags, Arg resolve) {
    Arg.Buffer how = openHows.computeIfAbsent(flags + " " + resolve, unused -> plan.words("how", flags, NO_FLAGS, resolve));
    return plan.callAgain(name, Syscall.OPENAT2, directory, Arg.string(path), how, number(OPEN_HOW));
  }

  Arg fsopen(String name, String type) {
    return plan.call(name, Syscall.FSOPEN, Arg.string(type), flags("FSOPEN_CLOEXEC", Mount.FSOPEN_CLOEXEC)).result();
  }

  void fsconfigString(String name, Arg context, String key, String value) {
    // The kernel takes no longer values (fs/fsopen.c, FSCONFIG_SET_STRING).
    if (value.getBytes(StandardCharsets.UTF_8).length > 255) {
      throw ProaException.invalid(name + ": the value of " + key + " is longer than the 255 bytes that the kernel takes: " + value);
    }
    plan.call(
        name,
        Syscall.FSCONFIG,
        context,
        flags("FSCONFIG_SET_STRING", Mount.FSCONFIG_SET_STRING),
        Arg.string(key),
        Arg.string(value),
        number(0));
  }

  private SpawnPlan.Added fsconfigFlag(String name, Arg context, String key) {
    return plan.call(name, Syscall.FSCONFIG, context, flags("FSCONFIG_SET_FLAG", Mount.FSCONFIG_SET_FLAG), Arg.string(key), Arg.none(), number(0));
  }

  /** {@code key=value} or {@code key} each. */
  void fsconfigParameters(String name, Arg context, List<String> parameters) {
    for (String parameter : parameters) {
      int equals = parameter.indexOf('=');
      if (equals >= 0) {
        fsconfigString(name, context, parameter.substring(0, equals), parameter.substring(equals + 1));
      } else if (parameter.equals("iversion")) {
        // A flag of mount(2) that most file systems pass over; by name only some know it.
        fsconfigFlag(name, context, parameter).tolerating(Errno.EINVAL);
      } else {
        fsconfigFlag(name, context, parameter);
      }
    }
  }

  void fsconfigDescriptor(String name, Arg context, String key, Arg descriptor) {
    plan.call(name, Syscall.FSCONFIG, context, flags("FSCONFIG_SET_FD", Mount.FSCONFIG_SET_FD), Arg.string(key), Arg.none(), descriptor);
  }

  void fsconfigCreate(String name, Arg context) {
    plan.call(name, Syscall.FSCONFIG, context, flags("FSCONFIG_CMD_CREATE", Mount.FSCONFIG_CMD_CREATE), Arg.none(), Arg.none(), number(0));
  }

  /** @return the mount, detached */
  Arg fsmount(String name, Arg context, long attributes) {
    return plan.call(name, Syscall.FSMOUNT, context, flags("FSMOUNT_CLOEXEC", Mount.FSMOUNT_CLOEXEC), attributes(attributes)).result();
  }

  /** A detached copy of what is mounted at a path of the host. */
  SpawnPlan.Added cloneTree(String name, Arg directory, String path, boolean recursive) {
    long bits = Mount.OPEN_TREE_CLONE | Mount.OPEN_TREE_CLOEXEC | (recursive ? Fcntl.AT_RECURSIVE : 0);
    return plan.call(
        name,
        Syscall.OPEN_TREE,
        directory,
        Arg.string(path),
        flags("OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC" + (recursive ? "|AT_RECURSIVE" : ""), bits));
  }

  /** A detached copy of what a descriptor stands for. */
  SpawnPlan.Added cloneTree(String name, Arg descriptor, boolean recursive) {
    long bits = Mount.OPEN_TREE_CLONE | Mount.OPEN_TREE_CLOEXEC | Fcntl.AT_EMPTY_PATH | (recursive ? Fcntl.AT_RECURSIVE : 0);
    return plan.call(
        name,
        Syscall.OPEN_TREE,
        descriptor,
        EMPTY,
        flags("OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_EMPTY_PATH" + (recursive ? "|AT_RECURSIVE" : ""), bits));
  }

  /** Attaches a detached mount where a descriptor stands. */
  SpawnPlan.Added moveMount(String name, Arg mount, Arg target) {
    return plan.call(
        name,
        Syscall.MOVE_MOUNT,
        mount,
        EMPTY,
        target,
        EMPTY,
        flags("MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH", Mount.MOVE_MOUNT_F_EMPTY_PATH | Mount.MOVE_MOUNT_T_EMPTY_PATH));
  }

  /** Attaches a detached mount at a path below a directory that nobody else can have changed; links are not followed at its end. */
  SpawnPlan.Added moveMount(String name, Arg mount, Arg directory, String path) {
    return plan.call(
        name,
        Syscall.MOVE_MOUNT,
        mount,
        EMPTY,
        directory,
        Arg.string(path),
        flags("MOVE_MOUNT_F_EMPTY_PATH", Mount.MOVE_MOUNT_F_EMPTY_PATH));
  }

  /** mount_setattr(2) on a descriptor. */
  SpawnPlan.Added mountSetattr(String name, Arg mount, boolean recursive, long set, long clear, long propagation) {
    return plan.call(
        name,
        Syscall.MOUNT_SETATTR,
        mount,
        EMPTY,
        flags(
            recursive ? "AT_EMPTY_PATH|AT_RECURSIVE" : "AT_EMPTY_PATH", Fcntl.AT_EMPTY_PATH | (recursive ? Fcntl.AT_RECURSIVE : 0)),
        plan.words("mount_attr", attributes(set), attributes(clear), Propagation.shown(propagation), number(0)),
        number(MOUNT_ATTR));
  }

  /** mkdirat(2); that it exists already is no failure. */
  void mkdirat(String name, Arg directory, String path, int mode) {
    plan.call(name, Syscall.MKDIRAT, directory, Arg.string(path), Arg.mode(mode)).tolerating(Errno.EEXIST);
  }

  SpawnPlan.Added mknodat(String name, Arg directory, String path, int mode, int device) {
    return plan.call(name, Syscall.MKNODAT, directory, Arg.string(path), Arg.mode(mode), number(device));
  }

  SpawnPlan.Added symlinkat(String name, String target, Arg directory, String path) {
    return plan.call(name, Syscall.SYMLINKAT, Arg.string(target), directory, Arg.string(path));
  }

  SpawnPlan.Added write(String name, Arg descriptor, String text) {
    return plan.call(name, Syscall.WRITE, descriptor, Arg.string(text), number(text.getBytes(StandardCharsets.UTF_8).length));
  }

  void dup3(String name, Arg descriptor, int onto) {
    plan.call(name, Syscall.DUP3, descriptor, number(onto), NO_FLAGS);
  }

  void dup3CloseOnExec(String name, Arg descriptor, int onto) {
    plan.call(name, Syscall.DUP3, descriptor, number(onto), flags("O_CLOEXEC", Fcntl.O_CLOEXEC));
  }

  /** fchownat(2) of what a descriptor stands for; −1 leaves an id. */
  void fchown(String name, Arg descriptor, int uid, int gid) {
    plan.call(
        name,
        Syscall.FCHOWNAT,
        descriptor,
        EMPTY,
        number(Integer.toUnsignedLong(uid)),
        number(Integer.toUnsignedLong(gid)),
        flags("AT_EMPTY_PATH", Fcntl.AT_EMPTY_PATH));
  }

  /** Waits at a gate with another working folder; the one before is what paths of later steps may be relative to. */
  void gateIn(String name, Arg folder) {
    Arg here = openat2(name, AT_FDCWD, ".", O_PATH_DIRECTORY, ON_MOUNT).result();
    call(name, Syscall.FCHDIR, folder);
    plan.gate(name);
    call(name, Syscall.FCHDIR, here);
  }

  void prctl(String name, String option, int number, long value) {
    plan.call(name, Syscall.PRCTL, flags(option, number), number(value), number(0), number(0), number(0));
  }

  private static Arg attributes(long bits) {
    StringBuilder shown = new StringBuilder();
    name(shown, bits, Mount.MOUNT_ATTR_RDONLY, "RDONLY");
    name(shown, bits, Mount.MOUNT_ATTR_NOSUID, "NOSUID");
    name(shown, bits, Mount.MOUNT_ATTR_NODEV, "NODEV");
    name(shown, bits, Mount.MOUNT_ATTR_NOEXEC, "NOEXEC");
    name(shown, bits, Mount.MOUNT_ATTR_NODIRATIME, "NODIRATIME");
    name(shown, bits, Mount.MOUNT_ATTR_NOSYMFOLLOW, "NOSYMFOLLOW");
    long atime = bits & Mount.MOUNT_ATTR__ATIME;
    if (atime == Mount.MOUNT_ATTR__ATIME) {
      name(shown, atime, atime, "_ATIME");
    } else {
      name(shown, atime, Mount.MOUNT_ATTR_NOATIME, "NOATIME");
      name(shown, atime, Mount.MOUNT_ATTR_STRICTATIME, "STRICTATIME");
    }
    return flags(shown.isEmpty() ? "0" : shown.toString(), bits);
  }

  private static void name(StringBuilder shown, long bits, long bit, String name) {
    if ((bits & bit) == bit && bit != 0) {
      shown.append(shown.isEmpty() ? "" : "|").append("MOUNT_ATTR_").append(name);
    }
  }
}
