package dev.proa.linux;

import static dev.proa.linux.Kernel.call;
import static dev.proa.linux.Kernel.path;
import static dev.proa.linux.Kernel.quoted;
import static dev.proa.linux.abi.Layouts.MOUNT_ATTR;
import static dev.proa.linux.abi.Layouts.offset;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.proa.linux.abi.Mount;
import dev.proa.linux.abi.Syscall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Both mount interfaces: mount(2), and the one by descriptors of Linux 5.2 (mount_setattr: 5.12). */
public final class Mounts {
  private Mounts() {}

  /** mount(2): MS_* of {@link Mount}. */
  public static void mount(@Nullable String source, String target, @Nullable String type, long flags, @Nullable String data)
      throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      call(
          Syscall.MOUNT,
          quoted(target),
          address(arena, Syscall.MOUNT, source),
          path(arena, Syscall.MOUNT, target).address(),
          address(arena, Syscall.MOUNT, type),
          flags,
          address(arena, Syscall.MOUNT, data),
          0);
    }
  }

  /** umount2(2): MNT_* and UMOUNT_NOFOLLOW of {@link Mount}. */
  public static void umount2(String target, int flags) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      call(Syscall.UMOUNT2, quoted(target), path(arena, Syscall.UMOUNT2, target).address(), flags);
    }
  }

  public static Fd fsopen(String type) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      return Fd.owning(
          (int) call(Syscall.FSOPEN, quoted(type), path(arena, Syscall.FSOPEN, type).address(), Mount.FSOPEN_CLOEXEC));
    }
  }

  public static void fsconfigString(Fd context, String key, String value) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      call(
          Syscall.FSCONFIG,
          key + "=" + value,
          context.raw(),
          Mount.FSCONFIG_SET_STRING,
          path(arena, Syscall.FSCONFIG, key).address(),
          path(arena, Syscall.FSCONFIG, value).address(),
          0,
          0);
    }
  }

  public static void fsconfigFlag(Fd context, String key) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      call(Syscall.FSCONFIG, key, context.raw(), Mount.FSCONFIG_SET_FLAG, path(arena, Syscall.FSCONFIG, key).address(), 0, 0, 0);
    }
  }

  public static void fsconfigFd(Fd context, String key, Fd value) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = path(arena, Syscall.FSCONFIG, key);
      call(Syscall.FSCONFIG, key, context.raw(), Mount.FSCONFIG_SET_FD, name.address(), 0, value.raw(), 0);
    }
  }

  /** FSCONFIG_CMD_CREATE. */
  public static void fsconfigCreate(Fd context) throws ErrnoException {
    call(Syscall.FSCONFIG, "FSCONFIG_CMD_CREATE", context.raw(), Mount.FSCONFIG_CMD_CREATE, 0, 0, 0, 0);
  }

  /** fsmount(2): MOUNT_ATTR_* of {@link Mount}. The mount is detached until {@link #moveMount}. */
  public static Fd fsmount(Fd context, long attributes) throws ErrnoException {
    return Fd.owning((int) call(Syscall.FSMOUNT, context.toString(), context.raw(), Mount.FSMOUNT_CLOEXEC, attributes));
  }

  /** open_tree(2): OPEN_TREE_*, AT_* flags; OPEN_TREE_CLOEXEC is always added. */
  public static Fd openTree(Fd dir, String path, int flags) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      return Fd.owning(
          (int)
              call(
                  Syscall.OPEN_TREE,
                  quoted(path),
                  dir.raw(),
                  path(arena, Syscall.OPEN_TREE, path).address(),
                  flags | Mount.OPEN_TREE_CLOEXEC));
    }
  }

  /** move_mount(2): MOVE_MOUNT_* of {@link Mount}. */
  public static void moveMount(Fd fromDir, String from, Fd toDir, String to, int flags) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      call(
          Syscall.MOVE_MOUNT,
          quoted(from) + ", " + quoted(to),
          fromDir.raw(),
          path(arena, Syscall.MOVE_MOUNT, from).address(),
          toDir.raw(),
          path(arena, Syscall.MOVE_MOUNT, to).address(),
          flags,
          0);
    }
  }

  /**
   * mount_setattr(2).
   *
   * @param flags AT_EMPTY_PATH, AT_RECURSIVE, …
   * @param propagation 0, MS_PRIVATE, MS_SLAVE, MS_SHARED or MS_UNBINDABLE
   */
  public static void mountSetattr(Fd dir, String path, int flags, long set, long clear, long propagation, @Nullable Fd userNamespace)
      throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attr = arena.allocate(MOUNT_ATTR);
      attr.set(JAVA_LONG, offset(MOUNT_ATTR, "attr_set"), set);
      attr.set(JAVA_LONG, offset(MOUNT_ATTR, "attr_clr"), clear);
      attr.set(JAVA_LONG, offset(MOUNT_ATTR, "propagation"), propagation);
      attr.set(JAVA_LONG, offset(MOUNT_ATTR, "userns_fd"), userNamespace == null ? 0 : userNamespace.raw());
      call(
          Syscall.MOUNT_SETATTR,
          quoted(path),
          dir.raw(),
          path(arena, Syscall.MOUNT_SETATTR, path).address(),
          flags,
          attr.address(),
          attr.byteSize(),
          0);
    }
  }

  /** Makes this thread's working directory that of {@code dir}; a JVM's is shared by all its threads. */
  public static void fchdir(Fd dir) throws ErrnoException {
    call(Syscall.FCHDIR, dir.toString(), dir.raw());
  }

  private static long address(Arena arena, Syscall call, @Nullable String text) throws ErrnoException {
    return text == null ? 0 : path(arena, call, text).address();
  }
}
