package dev.proa.linux;

import static dev.proa.linux.Kernel.call;
import static dev.proa.linux.Kernel.checked;
import static dev.proa.linux.Kernel.path;
import static dev.proa.linux.Kernel.quoted;
import static dev.proa.linux.abi.Layouts.LINUX_DIRENT64;
import static dev.proa.linux.abi.Layouts.OPEN_HOW;
import static dev.proa.linux.abi.Layouts.STATFS;
import static dev.proa.linux.abi.Layouts.STATX;
import static dev.proa.linux.abi.Layouts.offset;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Layouts;
import dev.proa.linux.abi.Stat;
import dev.proa.linux.abi.Syscall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Calls on names below a directory descriptor. Nothing here resolves safely by itself: below a root that someone else fills, open the parent
 * with {@link #openat2} and {@code RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS}, then use the other calls with one component names.
 */
public final class Fs {
  private static final int XATTR_VALUE_GUESS = 512;

  private Fs() {}

  /** Of {@link Layouts#STATX}; looking fields up by name is too slow for a walk over a layer. */
  private static final class StatxOffsets {
    static final long MODE = offset(STATX, "stx_mode");
    static final long NLINK = offset(STATX, "stx_nlink");
    static final long UID = offset(STATX, "stx_uid");
    static final long GID = offset(STATX, "stx_gid");
    static final long INO = offset(STATX, "stx_ino");
    static final long SIZE = offset(STATX, "stx_size");
    static final long BLOCKS = offset(STATX, "stx_blocks");
    static final long ATTRIBUTES = offset(STATX, "stx_attributes");
    static final long ATIME = offset(STATX, "stx_atime");
    static final long MTIME = offset(STATX, "stx_mtime");
    static final long CTIME = offset(STATX, "stx_ctime");
    static final long RDEV_MAJOR = offset(STATX, "stx_rdev_major");
    static final long RDEV_MINOR = offset(STATX, "stx_rdev_minor");
    static final long DEV_MAJOR = offset(STATX, "stx_dev_major");
    static final long DEV_MINOR = offset(STATX, "stx_dev_minor");
    static final long MNT_ID = offset(STATX, "stx_mnt_id");
  }

  /** Of {@link Layouts#OPEN_HOW}. */
  private static final class OpenHowOffsets {
    static final long FLAGS = offset(OPEN_HOW, "flags");
    static final long MODE = offset(OPEN_HOW, "mode");
    static final long RESOLVE = offset(OPEN_HOW, "resolve");
  }

  /** Of {@link Layouts#LINUX_DIRENT64}. */
  private static final class DirentOffsets {
    static final long NEXT = offset(LINUX_DIRENT64, "d_off");
    static final long RECLEN = offset(LINUX_DIRENT64, "d_reclen");
    static final long TYPE = offset(LINUX_DIRENT64, "d_type");
    static final long NAME = offset(LINUX_DIRENT64, "d_name");
  }

  /** openat(2). O_CLOEXEC is always added: no descriptor of ours may leak through someone's exec. */
  public static Fd openat(Fd dir, String path, int flags, int mode) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = path(arena, Syscall.OPENAT, path);
      long fd;
      do {
        fd = Kernel.raw(Syscall.OPENAT, dir.raw(), name.address(), flags | Fcntl.O_CLOEXEC, mode, 0, 0);
      } while (fd == -Errno.EINTR.number());
      return Fd.owning((int) checked(Syscall.OPENAT, quoted(path), fd));
    }
  }

  public static Fd openat(Fd dir, String path, int flags) throws ErrnoException {
    return openat(dir, path, flags, 0);
  }

  /** open(2) by an absolute path, or one relative to the working directory. */
  public static Fd open(String path, int flags) throws ErrnoException {
    return openat(Fd.cwd(), path, flags, 0);
  }

  /**
   * openat2(2), since Linux 5.6. EAGAIN (a rename raced with RESOLVE_IN_ROOT or RESOLVE_BENEATH) is tried again up to 128 times. O_CLOEXEC is
   * always added.
   *
   * @param resolve RESOLVE_* of {@link Fcntl}
   */
  public static Fd openat2(Fd dir, String path, int flags, int mode, long resolve) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = path(arena, Syscall.OPENAT2, path);
      MemorySegment how = arena.allocate(OPEN_HOW);
      how.set(JAVA_LONG, OpenHowOffsets.FLAGS, (flags | Fcntl.O_CLOEXEC) & 0xffffffffL);
      how.set(JAVA_LONG, OpenHowOffsets.MODE, mode);
      how.set(JAVA_LONG, OpenHowOffsets.RESOLVE, resolve);
      long fd;
      int tries = 0;
      do {
        fd = Kernel.raw(Syscall.OPENAT2, dir.raw(), name.address(), how.address(), how.byteSize(), 0, 0);
      } while (fd == -Errno.EINTR.number() || fd == -Errno.EAGAIN.number() && ++tries < 128);
      return Fd.owning((int) checked(Syscall.OPENAT2, quoted(path), fd));
    }
  }

  /** {@link #openat2} with RESOLVE_IN_ROOT and RESOLVE_NO_MAGICLINKS: {@code dir} is "/" for this resolution, and no name leads out of it. */
  public static Fd openInRoot(Fd dir, String path, int flags, int mode) throws ErrnoException {
    return openat2(dir, path, flags, mode, Fcntl.RESOLVE_IN_ROOT | Fcntl.RESOLVE_NO_MAGICLINKS);
  }

  public static void mkdirat(Fd dir, String path, int mode) throws ErrnoException {
    named(Syscall.MKDIRAT, dir, path, mode, 0);
  }

  /** mknodat(2): {@code mode} with S_IFCHR, S_IFBLK, S_IFIFO or S_IFSOCK; device numbers count for the first two. */
  public static void mknodat(Fd dir, String path, int mode, int major, int minor) throws ErrnoException {
    named(Syscall.MKNODAT, dir, path, mode, makedev(major, minor));
  }

  public static void symlinkat(String target, Fd dir, String path) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      call(
          Syscall.SYMLINKAT,
          quoted(target) + ", " + quoted(path),
          path(arena, Syscall.SYMLINKAT, target).address(),
          dir.raw(),
          path(arena, Syscall.SYMLINKAT, path).address());
    }
  }

  /** linkat(2): AT_EMPTY_PATH links an open O_TMPFILE by descriptor. */
  public static void linkat(Fd fromDir, String from, Fd toDir, String to, int flags) throws ErrnoException {
    twoNames(Syscall.LINKAT, fromDir, from, toDir, to, flags);
  }

  /** renameat2(2): RENAME_* of {@link Fcntl}. */
  public static void renameat2(Fd fromDir, String from, Fd toDir, String to, int flags) throws ErrnoException {
    twoNames(Syscall.RENAMEAT2, fromDir, from, toDir, to, flags);
  }

  /** unlinkat(2); a directory with AT_REMOVEDIR. */
  public static void unlinkat(Fd dir, String path, int flags) throws ErrnoException {
    named(Syscall.UNLINKAT, dir, path, flags, 0);
  }

  /** fchownat(2): AT_SYMLINK_NOFOLLOW for the link itself, AT_EMPTY_PATH with "" for {@code dir} itself. -1 leaves an id as it is. */
  public static void fchownat(Fd dir, String path, int uid, int gid, int flags) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      call(Syscall.FCHOWNAT, quoted(path), dir.raw(), path(arena, Syscall.FCHOWNAT, path).address(), uid, gid, flags, 0);
    }
  }

  public static void fchown(Fd fd, int uid, int gid) throws ErrnoException {
    call(Syscall.FCHOWN, fd.toString(), fd.raw(), uid, gid);
  }

  public static void fchmod(Fd fd, int mode) throws ErrnoException {
    call(Syscall.FCHMOD, fd.toString(), fd.raw(), mode);
  }

  /** The plain call, without flags: it follows a link at the end (fchmodat2 is there since Linux 6.6 only). */
  public static void fchmodat(Fd dir, String path, int mode) throws ErrnoException {
    named(Syscall.FCHMODAT, dir, path, mode, 0);
  }

  /** utimensat(2) on a name; AT_SYMLINK_NOFOLLOW for the link itself. */
  public static void utimensat(Fd dir, String path, Timestamp access, Timestamp modification, int flags) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      call(
          Syscall.UTIMENSAT,
          quoted(path),
          dir.raw(),
          path(arena, Syscall.UTIMENSAT, path).address(),
          times(arena, access, modification).address(),
          flags);
    }
  }

  /** utimensat(2) on an open file (not an O_PATH one). */
  public static void futimens(Fd fd, Timestamp access, Timestamp modification) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      call(Syscall.UTIMENSAT, fd.toString(), fd.raw(), 0, times(arena, access, modification).address(), 0);
    }
  }

  public static String readlinkat(Fd dir, String path) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(4096);
      long n = call(Syscall.READLINKAT, quoted(path), dir.raw(), path(arena, Syscall.READLINKAT, path).address(), target.address(), 4096);
      return FileName.decode(target.asSlice(0, n).toArray(JAVA_BYTE));
    }
  }

  /** statx(2) of a name; AT_SYMLINK_NOFOLLOW for a link itself. */
  public static FileStatus statx(Fd dir, String path, int flags) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment s = arena.allocate(STATX);
      call(
          Syscall.STATX,
          path.isEmpty() ? dir.toString() : quoted(path),
          dir.raw(),
          path(arena, Syscall.STATX, path).address(),
          flags | Fcntl.AT_NO_AUTOMOUNT,
          Stat.STATX_BASIC_STATS | Stat.STATX_MNT_ID,
          s.address(),
          0);
      return fileStatus(s);
    }
  }

  /** {@link #statx} of a name that may not be there: null for ENOENT. Costs no exception, for callers who ask often. */
  public static @Nullable FileStatus statxIfExists(Fd dir, String path, int flags) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment s = arena.allocate(STATX);
      long result =
          Kernel.raw(
              Syscall.STATX,
              dir.raw(),
              path(arena, Syscall.STATX, path).address(),
              flags | Fcntl.AT_NO_AUTOMOUNT,
              Stat.STATX_BASIC_STATS | Stat.STATX_MNT_ID,
              s.address(),
              0);
      if (result == -Errno.ENOENT.number()) {
        return null;
      }
      checked(Syscall.STATX, quoted(path), result);
      return fileStatus(s);
    }
  }

  /** The status of an open file, O_PATH included. */
  public static FileStatus fstat(Fd fd) throws ErrnoException {
    return statx(fd, "", Fcntl.AT_EMPTY_PATH);
  }

  public static FileSystemStatus fstatfs(Fd fd) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment s = arena.allocate(STATFS);
      call(Syscall.FSTATFS, fd.toString(), fd.raw(), s.address());
      return fileSystemStatus(s);
    }
  }

  public static FileSystemStatus statfs(String path) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment s = arena.allocate(STATFS);
      call(Syscall.STATFS, quoted(path), path(arena, Syscall.STATFS, path).address(), s.address());
      return fileSystemStatus(s);
    }
  }

  public static void faccessat(Fd dir, String path, int mode, int flags) throws ErrnoException {
    named(Syscall.FACCESSAT2, dir, path, mode, flags);
  }

  public static int umask(int mask) {
    return (int) Kernel.raw(Syscall.UMASK, mask, 0L, 0L, 0L, 0L, 0L);
  }

  /** All entries of an open directory, read from its current position; unordered. */
  public static List<DirectoryEntry> getdents(Fd dir) throws ErrnoException {
    List<DirectoryEntry> entries = new ArrayList<>();
    for (List<DirectoryEntry> some = getdentsOnce(dir); some != null; some = getdentsOnce(dir)) {
      entries.addAll(some);
    }
    return entries;
  }

  /**
   * The next entries of an open directory, as many as one getdents64(2) of 32 KiB gives: for directories of any size in bounded memory.
   *
   * @return null at the end; may be empty before
   */
  public static @Nullable List<DirectoryEntry> getdentsOnce(Fd dir) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(32768, 8);
      long n = call(Syscall.GETDENTS64, dir.toString(), dir.raw(), buffer.address(), buffer.byteSize());
      if (n == 0) {
        return null;
      }
      List<DirectoryEntry> entries = new ArrayList<>();
      for (long at = 0; at < n; ) {
        int length = buffer.get(JAVA_SHORT, at + DirentOffsets.RECLEN) & 0xffff;
        byte[] name = buffer.asSlice(at + DirentOffsets.NAME, length - DirentOffsets.NAME).toArray(JAVA_BYTE);
        int end = 0;
        while (end < name.length && name[end] != 0) {
          end++;
        }
        String text = FileName.decode(Arrays.copyOf(name, end));
        if (!text.equals(".") && !text.equals("..")) {
          entries.add(
              new DirectoryEntry(
                  text, buffer.get(JAVA_LONG, at), buffer.get(JAVA_BYTE, at + DirentOffsets.TYPE), buffer.get(JAVA_LONG, at + DirentOffsets.NEXT)));
        }
        at += length;
      }
      return entries;
    }
  }

  /** fsetxattr(2): XATTR_* of {@link dev.proa.linux.abi.Xattr}; not on O_PATH descriptors. */
  public static void fsetxattr(Fd fd, String name, byte[] value, int flags) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      call(
          Syscall.FSETXATTR,
          fd + ", " + quoted(name),
          fd.raw(),
          path(arena, Syscall.FSETXATTR, name).address(),
          bytes(arena, value).address(),
          value.length,
          flags,
          0);
    }
  }

  /**
   * Sets an extended attribute of the name itself, link or not, below {@code dir}: lsetxattr(2) through {@code /proc/self/fd/N/name}, because
   * setxattrat(2) is there since Linux 6.13 only. {@code path} must be one component: further ones could lead through links.
   */
  public static void lsetxattrat(Fd dir, String path, String name, byte[] value, int flags) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      call(
          Syscall.LSETXATTR,
          quoted(path) + ", " + quoted(name),
          path(arena, Syscall.LSETXATTR, component(dir, path)).address(),
          path(arena, Syscall.LSETXATTR, name).address(),
          bytes(arena, value).address(),
          value.length,
          flags,
          0);
    }
  }

  /** The value, null when there is none (ENODATA). */
  public static byte @Nullable [] fgetxattr(Fd fd, String name) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = path(arena, Syscall.FGETXATTR, name);
      return value(Syscall.FGETXATTR, fd + ", " + quoted(name), fd.raw(), key.address());
    }
  }

  /** The value of the name itself below {@code dir} (one component), null when there is none. */
  public static byte @Nullable [] lgetxattrat(Fd dir, String path, String name) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment file = path(arena, Syscall.LGETXATTR, component(dir, path));
      MemorySegment key = path(arena, Syscall.LGETXATTR, name);
      return value(Syscall.LGETXATTR, quoted(path) + ", " + quoted(name), file.address(), key.address());
    }
  }

  /** The attributes' names of an open file. */
  public static List<String> flistxattr(Fd fd) throws ErrnoException {
    return names(Syscall.FLISTXATTR, fd.toString(), fd.raw());
  }

  /** The attributes' names of the name itself below {@code dir} (one component). */
  public static List<String> llistxattrat(Fd dir, String path) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment file = path(arena, Syscall.LLISTXATTR, component(dir, path));
      return names(Syscall.LLISTXATTR, quoted(path), file.address());
    }
  }

  public static void fremovexattr(Fd fd, String name) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      call(Syscall.FREMOVEXATTR, fd + ", " + quoted(name), fd.raw(), path(arena, Syscall.FREMOVEXATTR, name).address());
    }
  }

  public static void lremovexattrat(Fd dir, String path, String name) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      call(
          Syscall.LREMOVEXATTR,
          quoted(path) + ", " + quoted(name),
          path(arena, Syscall.LREMOVEXATTR, component(dir, path)).address(),
          path(arena, Syscall.LREMOVEXATTR, name).address());
    }
  }

  /** Sets an extended attribute of whatever the descriptor is of, O_PATH included, a link itself included. Needs /proc. */
  public static void setxattrOf(Fd fd, String name, byte[] value, int flags) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      long file = path(arena, Syscall.SETXATTR, throughProc(fd)).address();
      long key = path(arena, Syscall.SETXATTR, name).address();
      call(Syscall.SETXATTR, fd + ", " + quoted(name), file, key, bytes(arena, value).address(), value.length, flags, 0);
    }
  }

  /** The value, null when there is none; as {@link #setxattrOf}. */
  public static byte @Nullable [] getxattrOf(Fd fd, String name) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment file = path(arena, Syscall.GETXATTR, throughProc(fd));
      return value(Syscall.GETXATTR, fd + ", " + quoted(name), file.address(), path(arena, Syscall.GETXATTR, name).address());
    }
  }

  /** The attributes' names; as {@link #setxattrOf}. */
  public static List<String> listxattrOf(Fd fd) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      return names(Syscall.LISTXATTR, fd.toString(), path(arena, Syscall.LISTXATTR, throughProc(fd)).address());
    }
  }

  /** As {@link #setxattrOf}. */
  public static void removexattrOf(Fd fd, String name) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      long file = path(arena, Syscall.REMOVEXATTR, throughProc(fd)).address();
      call(Syscall.REMOVEXATTR, fd + ", " + quoted(name), file, path(arena, Syscall.REMOVEXATTR, name).address());
    }
  }

  private static String throughProc(Fd fd) {
    return "/proc/self/fd/" + fd.raw();
  }

  /** The device number as the kernel's system calls take it (linux/kdev_t.h, new_encode_dev). */
  public static int makedev(int major, int minor) {
    return minor & 0xff | major << 8 & 0xfff00 | (minor & ~0xff) << 12;
  }

  private static String component(Fd dir, String path) {
    if (path.isEmpty() || path.contains("/") || path.equals("..")) {
      throw new IllegalArgumentException("one path component expected, not " + quoted(path));
    }
    return dir.raw() == Fcntl.AT_FDCWD ? path : "/proc/self/fd/" + dir.raw() + "/" + path;
  }

  private static byte @Nullable [] value(Syscall call, String argument, long file, long key) throws ErrnoException {
    long size = XATTR_VALUE_GUESS;
    while (true) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment buffer = arena.allocate(size);
        long n = Kernel.raw(call, file, key, buffer.address(), size, 0, 0);
        if (n == -Errno.ENODATA.number()) {
          return null;
        }
        if (n != -Errno.ERANGE.number()) {
          return buffer.asSlice(0, checked(call, argument, n)).toArray(JAVA_BYTE);
        }
        size = Math.max(size * 2, checked(call, argument, Kernel.raw(call, file, key, 0, 0, 0, 0)));
      }
    }
  }

  private static List<String> names(Syscall call, String argument, long file) throws ErrnoException {
    long size = XATTR_VALUE_GUESS;
    while (true) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment buffer = arena.allocate(size);
        long n = Kernel.raw(call, file, buffer.address(), size, 0, 0, 0);
        if (n != -Errno.ERANGE.number()) {
          return split(buffer.asSlice(0, checked(call, argument, n)).toArray(JAVA_BYTE));
        }
        size = Math.max(size * 2, checked(call, argument, Kernel.raw(call, file, 0L, 0, 0, 0, 0)));
      }
    }
  }

  private static List<String> split(byte[] list) {
    List<String> names = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < list.length; i++) {
      if (list[i] == 0) {
        names.add(FileName.decode(Arrays.copyOfRange(list, start, i)));
        start = i + 1;
      }
    }
    return names;
  }

  private static MemorySegment bytes(Arena arena, byte[] value) {
    MemorySegment segment = arena.allocate(Math.max(1, value.length));
    MemorySegment.copy(value, 0, segment, JAVA_BYTE, 0, value.length);
    return segment;
  }

  private static MemorySegment times(Arena arena, Timestamp access, Timestamp modification) {
    MemorySegment times = arena.allocate(32, 8);
    times.set(JAVA_LONG, 0, access.seconds());
    times.set(JAVA_LONG, 8, access.nanos());
    times.set(JAVA_LONG, 16, modification.seconds());
    times.set(JAVA_LONG, 24, modification.nanos());
    return times;
  }

  private static FileStatus fileStatus(MemorySegment s) {
    return new FileStatus(
        s.get(JAVA_SHORT, StatxOffsets.MODE) & 0xffff,
        s.get(JAVA_INT, StatxOffsets.NLINK),
        s.get(JAVA_INT, StatxOffsets.UID),
        s.get(JAVA_INT, StatxOffsets.GID),
        s.get(JAVA_LONG, StatxOffsets.INO),
        s.get(JAVA_LONG, StatxOffsets.SIZE),
        s.get(JAVA_LONG, StatxOffsets.BLOCKS),
        s.get(JAVA_LONG, StatxOffsets.ATTRIBUTES),
        timestamp(s, StatxOffsets.ATIME),
        timestamp(s, StatxOffsets.MTIME),
        timestamp(s, StatxOffsets.CTIME),
        s.get(JAVA_INT, StatxOffsets.RDEV_MAJOR),
        s.get(JAVA_INT, StatxOffsets.RDEV_MINOR),
        s.get(JAVA_INT, StatxOffsets.DEV_MAJOR),
        s.get(JAVA_INT, StatxOffsets.DEV_MINOR),
        s.get(JAVA_LONG, StatxOffsets.MNT_ID));
  }

  private static Timestamp timestamp(MemorySegment statx, long offset) {
    return new Timestamp(statx.get(JAVA_LONG, offset), statx.get(JAVA_INT, offset + 8) & 0xffffffffL);
  }

  private static FileSystemStatus fileSystemStatus(MemorySegment s) {
    return new FileSystemStatus(
        s.get(JAVA_LONG, offset(STATFS, "f_type")) & 0xffffffffL,
        s.get(JAVA_LONG, offset(STATFS, "f_bsize")),
        s.get(JAVA_LONG, offset(STATFS, "f_blocks")),
        s.get(JAVA_LONG, offset(STATFS, "f_bfree")),
        s.get(JAVA_LONG, offset(STATFS, "f_bavail")),
        s.get(JAVA_LONG, offset(STATFS, "f_files")),
        s.get(JAVA_LONG, offset(STATFS, "f_ffree")),
        s.get(JAVA_LONG, offset(STATFS, "f_namelen")),
        s.get(JAVA_LONG, offset(STATFS, "f_flags")));
  }

  private static void named(Syscall call, Fd dir, String path, long third, long fourth) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      call(call, quoted(path), dir.raw(), path(arena, call, path).address(), third, fourth);
    }
  }

  private static void twoNames(Syscall call, Fd fromDir, String from, Fd toDir, String to, int flags) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      call(
          call,
          quoted(from) + ", " + quoted(to),
          fromDir.raw(),
          path(arena, call, from).address(),
          toDir.raw(),
          path(arena, call, to).address(),
          flags,
          0);
    }
  }
}
