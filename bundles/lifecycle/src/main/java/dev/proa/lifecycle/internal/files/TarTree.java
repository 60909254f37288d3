package dev.proa.lifecycle.internal.files;

import dev.proa.linux.DirectoryEntry;
import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileName;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Magic;
import dev.proa.linux.abi.Stat;
import dev.proa.linux.tar.TarEntry;
import dev.proa.linux.tar.TarEntry.Type;
import dev.proa.linux.tar.TarWriter;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes a tree as a tar stream: by descriptors, one component at a time, links never followed, names in the order of their bytes. The tree may
 * change meanwhile: what is gone is left out, a file that has become shorter is filled up with zeros, for its size was said already.
 */
final class TarTree {
  private static final int BLOCK = 1 << 17;
  private static final int MAX_DEPTH = 512;
  private static final int MAX_LINKS = 1_000_000;
  private static final Set<Errno> GONE = Set.of(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP, Errno.ENXIO);

  /** Not files, but windows into the kernel. Reading all of them never ends well. */
  private static final Set<Long> WINDOWS =
      Set.of(Magic.PROC_SUPER_MAGIC, Magic.SYSFS_MAGIC, Magic.CGROUP_SUPER_MAGIC, Magic.CGROUP2_SUPER_MAGIC, Magic.BPF_FS_MAGIC);

  private final OutputStream out;
  private final boolean intoMounts;
  private final Map<Inode, String> links = new HashMap<>();
  private final byte[] block = new byte[BLOCK];

  private record Inode(long device, long number) {}

  /** @param intoMounts whether what is mounted below is part of the tree; otherwise it is shown as an empty folder */
  TarTree(OutputStream out, boolean intoMounts) {
    this.out = out;
    this.intoMounts = intoMounts;
  }

  static boolean isWindow(Fd file) throws ErrnoException {
    return WINDOWS.contains(Fs.fstatfs(file).type());
  }

  /** The content of a folder, each name with {@code prefix} in front. */
  void content(Fd folder, String prefix) throws IOException {
    content(folder, prefix, Fs.fstat(folder).mountId(), 0);
  }

  /** One name of a folder, with all below it. {@code path} is its name in the archive. */
  void entry(Fd folder, String name, String path) throws IOException {
    FileStatus status = Fs.statxIfExists(folder, name, Fcntl.AT_SYMLINK_NOFOLLOW);
    if (status != null) {
      entry(folder, name, path, status, Fs.fstat(folder).mountId(), 0);
    }
  }

  /** A folder itself, without its content. */
  void folder(Fd folder, String path) throws IOException {
    put(entry(path.endsWith("/") ? path : path + "/", Type.DIRECTORY, "", Fs.fstat(folder), 0, capability(folder)));
  }

  void end() throws IOException {
    out.write(new byte[TarWriter.END_BYTES]);
  }

  private void content(Fd folder, String prefix, long mountId, int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      throw new IOException(prefix + ": folders are nested more than " + MAX_DEPTH + " deep");
    }
    List<byte[]> names = new ArrayList<>();
    for (DirectoryEntry entry : Fs.getdents(folder)) {
      names.add(FileName.encode(entry.name()));
    }
    names.sort(Arrays::compareUnsigned);
    for (byte[] bytes : names) {
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException("reading the container's files was canceled");
      }
      String name = FileName.decode(bytes);
      FileStatus status = Fs.statxIfExists(folder, name, Fcntl.AT_SYMLINK_NOFOLLOW);
      if (status == null) {
        continue;
      }
      entry(folder, name, prefix + name, status, mountId, depth);
    }
  }

  private void entry(Fd folder, String name, String path, FileStatus status, long mountId, int depth) throws IOException {
    boolean mounted = status.mountId() != mountId;
    if (mounted && !intoMounts && !status.isDirectory()) {
      return;
    }
    Inode inode = new Inode((long) status.devMajor() << 32 | status.devMinor(), status.ino());
    String first = status.isDirectory() || status.nlink() < 2 ? null : links.get(inode);
    if (first != null) {
      put(entry(path, Type.HARD_LINK, first, status, 0, Map.of()));
      return;
    }
    try {
      switch (status.type()) {
        case Stat.S_IFDIR -> directory(folder, name, path, mounted, depth);
        case Stat.S_IFREG -> file(folder, name, path);
        case Stat.S_IFLNK -> put(entry(path, Type.SYMBOLIC_LINK, Fs.readlinkat(folder, name), status, 0, Map.of()));
        case Stat.S_IFCHR -> put(entry(path, Type.CHARACTER_DEVICE, "", status, 0, Map.of()));
        case Stat.S_IFBLK -> put(entry(path, Type.BLOCK_DEVICE, "", status, 0, Map.of()));
        case Stat.S_IFIFO -> put(entry(path, Type.FIFO, "", status, 0, Map.of()));
        default -> {
          return; // A socket has no place in an archive.
        }
      }
    } catch (ErrnoException e) {
      if (!GONE.contains(e.errno())) {
        throw e;
      }
      return;
    }
    if (status.nlink() > 1 && !status.isDirectory()) {
      if (links.size() == MAX_LINKS) {
        throw new IOException("more than " + MAX_LINKS + " files have several names");
      }
      links.put(inode, path);
    }
  }

  private void directory(Fd parent, String name, String path, boolean mounted, int depth) throws IOException {
    try (Fd directory = Fs.openat(parent, name, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW)) {
      folder(directory, path);
      if (!mounted || intoMounts && !isWindow(directory)) {
        content(directory, path + "/", Fs.fstat(directory).mountId(), depth + 1);
      }
    }
  }

  private void file(Fd folder, String name, String path) throws IOException {
    try (Fd file = regular(folder, name)) {
      if (file == null) {
        return;
      }
      FileStatus status = Fs.fstat(file);
      TarEntry entry = entry(path, Type.FILE, "", status, status.size(), capability(file));
      out.write(TarWriter.header(entry));
      long left = status.size();
      while (left > 0) {
        int n = Io.read(file, block, 0, (int) Math.min(BLOCK, left));
        if (n <= 0) {
          n = (int) Math.min(BLOCK, left);
          Arrays.fill(block, 0, n, (byte) 0);
        }
        out.write(block, 0, n);
        left -= n;
      }
      out.write(new byte[TarWriter.padding(entry)]);
    }
  }

  /** Looked at before it is opened: opening a device can do things. Null if it is no plain file any more. */
  private static @Nullable Fd regular(Fd folder, String name) throws ErrnoException {
    try (Fd found = Fs.openat(folder, name, Fcntl.O_PATH | Fcntl.O_NOFOLLOW)) {
      return Fs.fstat(found).isRegularFile() ? Fs.open("/proc/self/fd/" + found.raw(), Fcntl.O_RDONLY) : null;
    }
  }

  /** The one extended attribute that Docker's archives have: what a program may do. */
  private static Map<String, byte[]> capability(Fd file) throws ErrnoException {
    try {
      byte[] value = Fs.fgetxattr(file, "security.capability");
      return value == null ? Map.of() : Map.of("security.capability", value);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EOPNOTSUPP) {
        return Map.of(); // a mount of a running container, as its /proc, may be of a kind that has none
      }
      throw e;
    }
  }

  private static TarEntry entry(String path, Type type, String target, FileStatus status, long size, Map<String, byte[]> xattrs) {
    boolean device = type == Type.CHARACTER_DEVICE || type == Type.BLOCK_DEVICE;
    return new TarEntry(
        path,
        type,
        target,
        status.permissions(),
        status.uid(),
        status.gid(),
        size,
        status.mtime().seconds(),
        0,
        device ? status.rdevMajor() : 0,
        device ? status.rdevMinor() : 0,
        xattrs,
        null);
  }

  private void put(TarEntry entry) throws IOException {
    out.write(TarWriter.header(entry));
  }
}
