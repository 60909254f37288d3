package dev.proa.lifecycle.internal.files;

import dev.proa.lifecycle.internal.run.RootPaths;
import dev.proa.linux.DirectoryEntry;
import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Timestamp;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Stat;
import dev.proa.linux.tar.TarEntry;
import dev.proa.linux.tar.TarFormatException;
import dev.proa.linux.tar.TarReader;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks a tar stream below a folder of a container, over what is there. Names are resolved by the kernel inside the container's root, whatever
 * links the container has or makes meanwhile; the last component is never followed.
 */
final class Extraction implements AutoCloseable {
  private static final int BUFFER = 1 << 17;
  private static final int MAX_DEPTH = 512;

  /** Folders whose times are set at the end; those beyond get them at once, and lose them to what comes into them. */
  private static final int MAX_FOLDER_TIMES = 100_000;

  private final Fd root;
  private final String folder;
  private final boolean noOverwrite;
  private final @Nullable Owner owner;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment scratch = arena.allocate(BUFFER, 64);
  private final List<FolderTime> times = new ArrayList<>();
  private String parentPath = "";
  private @Nullable Fd parent;

  /** Who everything is to belong to. */
  record Owner(int uid, int gid) {}

  private record FolderTime(String path, Timestamp time) {}

  /**
   * @param folder absolute in the container; exists
   * @param noOverwrite whether a folder in place of something else, and the other way round, is a failure
   * @param owner null to take those of the archive
   */
  Extraction(Fd root, String folder, boolean noOverwrite, @Nullable Owner owner) {
    this.root = root;
    this.folder = folder;
    this.noOverwrite = noOverwrite;
    this.owner = owner;
  }

  /**
   * Reads the stream to its end.
   *
   * @throws ProaException {@code INVALID_ARGUMENT} for what is no tar archive or leaves the folder
   * @throws IOException what the stream threw
   */
  void unpack(InputStream in) throws IOException {
    TarReader reader = new TarReader(in, BUFFER);
    TarEntry entry = null;
    try {
      for (entry = reader.next(); entry != null; entry = reader.next()) {
        entry(entry, reader);
      }
      for (FolderTime time : times.reversed()) {
        touch(time);
      }
    } catch (TarFormatException e) {
      throw ProaException.invalid("the archive is broken: " + e.problem());
    } catch (ErrnoException e) {
      throw failure(e, entry);
    }
  }

  private static ProaException failure(ErrnoException e, @Nullable TarEntry entry) {
    String what = entry == null ? "cannot unpack the archive" : "cannot unpack \"" + entry.name() + "\"";
    return switch (e.errno()) {
      case ENOSPC, EDQUOT -> ProaException.exhausted(what + ": no space left on device", e);
      case EROFS -> new ProaException(ErrorClass.INVALID_ARGUMENT, what + ": read-only file system", e);
      case ENAMETOOLONG, ELOOP, ENOTDIR, EFBIG, EINVAL -> new ProaException(ErrorClass.INVALID_ARGUMENT, what + ": " + e.getMessage(), e);
      default -> ProaException.internal(what + ": " + e.getMessage(), e);
    };
  }

  private void touch(FolderTime time) throws ErrnoException {
    try (Fd directory = Fs.openInRoot(root, time.path(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0)) {
      Fs.futimens(directory, time.time(), time.time());
    } catch (ErrnoException e) {
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR && e.errno() != Errno.ELOOP) {
        throw e;
      } // The archive itself, or the container, has replaced it.
    }
  }

  private void entry(TarEntry entry, TarReader reader) throws IOException {
    String path = clean(entry.name());
    if (path.isEmpty()) {
      return; // The folder itself is there already and stays as it is.
    }
    int slash = path.lastIndexOf('/');
    String name = path.substring(slash + 1);
    Fd in = parent(slash < 0 ? "" : path.substring(0, slash));
    boolean directory = entry.type() == TarEntry.Type.DIRECTORY;
    FileStatus there = Fs.statxIfExists(in, name, Fcntl.AT_SYMLINK_NOFOLLOW);
    if (there != null && noOverwrite && there.isDirectory() != directory) {
      throw ProaException.invalid(
          there.isDirectory()
              ? "cannot overwrite directory \"" + folder + "/" + path + "\" with non-directory \"" + folder + "\""
              : "cannot overwrite non-directory \"" + folder + "/" + path + "\" with directory \"" + folder + "\"");
    }
    boolean keep = there != null && there.isDirectory() && directory;
    boolean inPlace = false;
    if (there != null && !keep) {
      inPlace = !remove(in, name, there, Fs.fstat(in).mountId(), 0);
      if (inPlace && (entry.type() != TarEntry.Type.FILE || !there.isRegularFile())) {
        throw ProaException.conflict("cannot replace " + folder + "/" + path + ": something is mounted there");
      }
    }
    switch (entry.type()) {
      case DIRECTORY -> directory(in, name, path, entry, keep);
      case FILE -> file(in, name, entry, reader, inPlace);
      case HARD_LINK -> hardLink(in, name, entry);
      case SYMBOLIC_LINK -> {
        Fs.symlinkat(entry.linkName(), in, name);
        named(in, name, entry);
      }
      case CHARACTER_DEVICE -> node(in, name, entry, Stat.S_IFCHR);
      case BLOCK_DEVICE -> node(in, name, entry, Stat.S_IFBLK);
      case FIFO -> node(in, name, entry, Stat.S_IFIFO);
    }
  }

  /** Relative, without {@code .} and {@code ..}; one that leads out of the folder is refused. */
  private String clean(String name) {
    List<String> parts = new ArrayList<>();
    for (String part : name.split("/")) {
      if (part.equals("..")) {
        if (parts.isEmpty()) {
          throw ProaException.invalid("\"" + name + "\" is outside of \"" + folder + "\"");
        }
        parts.removeLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    return String.join("/", parts);
  }

  /** Most members lie in the same folder as the one before. */
  private Fd parent(String path) throws ErrnoException {
    Fd last = parent;
    if (last != null && parentPath.equals(path)) {
      return last;
    }
    String full = folder + "/" + path;
    Fd found;
    try {
      found = Fs.openInRoot(root, full, Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
      RootPaths.makeFolders(root, full);
      found = Fs.openInRoot(root, full, Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0);
    }
    if (last != null) {
      last.close();
    }
    parent = found;
    parentPath = path;
    return found;
  }

  /** False if it is a mount point, which is left as it is. */
  private static boolean remove(Fd in, String name, FileStatus status, long mountId, int depth) throws IOException {
    if (status.mountId() != mountId) {
      return false;
    }
    if (!status.isDirectory()) {
      Fs.unlinkat(in, name, 0);
      return true;
    }
    if (depth > MAX_DEPTH) {
      throw new IOException(name + ": folders are nested more than " + MAX_DEPTH + " deep");
    }
    try (Fd directory = Fs.openat(in, name, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW)) {
      for (DirectoryEntry entry : Fs.getdents(directory)) {
        FileStatus below = Fs.statxIfExists(directory, entry.name(), Fcntl.AT_SYMLINK_NOFOLLOW);
        if (below != null && !remove(directory, entry.name(), below, mountId, depth + 1)) {
          throw ProaException.conflict("cannot replace " + name + ": something is mounted at " + entry.name() + " in it");
        }
      }
    }
    Fs.unlinkat(in, name, Fcntl.AT_REMOVEDIR);
    return true;
  }

  private void directory(Fd in, String name, String path, TarEntry entry, boolean keep) throws IOException {
    if (!keep) {
      Fs.mkdirat(in, name, 0700);
    }
    try (Fd directory = Fs.openat(in, name, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW)) {
      own(directory, entry);
      Timestamp time = time(entry);
      if (times.size() < MAX_FOLDER_TIMES) {
        times.add(new FolderTime(folder + "/" + path, time));
      } else {
        Fs.futimens(directory, time, time);
      }
    }
  }

  private void file(Fd in, String name, TarEntry entry, TarReader reader, boolean inPlace) throws IOException {
    int create = Fcntl.O_WRONLY | Fcntl.O_NOFOLLOW | Fcntl.O_CREAT | Fcntl.O_EXCL;
    try (Fd file = inPlace ? emptied(in, name) : Fs.openat(in, name, create, 0600)) {
      write(file, entry, reader);
      own(file, entry);
      Timestamp time = time(entry);
      Fs.futimens(file, time, time);
    }
  }

  /** Looked at before it is opened: what a container puts there meanwhile may be a device. */
  private static Fd emptied(Fd in, String name) throws ErrnoException {
    try (Fd found = Fs.openat(in, name, Fcntl.O_PATH | Fcntl.O_NOFOLLOW)) {
      if (!Fs.fstat(found).isRegularFile()) {
        throw new ErrnoException("openat", Errno.EINVAL, name);
      }
      return Fs.open("/proc/self/fd/" + found.raw(), Fcntl.O_WRONLY | Fcntl.O_TRUNC);
    }
  }

  private void write(Fd file, TarEntry entry, TarReader reader) throws IOException {
    long[] extents = entry.extents() == null ? new long[] {0, entry.size()} : entry.extents();
    int extent = 0;
    long offset = extents.length == 0 ? 0 : extents[0];
    long left = extents.length == 0 ? 0 : extents[1];
    for (int n = reader.chunk(); n > 0; n = reader.chunk()) {
      MemorySegment.copy(reader.buffer(), reader.chunkOffset(), scratch, ValueLayout.JAVA_BYTE, 0, n);
      for (int done = 0; done < n; ) {
        while (left == 0) { // the reader has checked that the map covers the data exactly
          extent += 2;
          offset = extents[extent];
          left = extents[extent + 1];
        }
        long written = Io.pwrite(file, scratch.asSlice(done, Math.min(left, n - done)), offset);
        offset += written;
        left -= written;
        done += (int) written;
      }
    }
    if (entry.extents() != null) {
      Io.ftruncate(file, entry.size());
    }
  }

  private void own(Fd file, TarEntry entry) throws ErrnoException {
    // chown(2) takes set-id bits and capabilities away: it comes first.
    Fs.fchown(file, uid(entry), gid(entry));
    Fs.fchmod(file, entry.mode());
    for (Map.Entry<String, byte[]> xattr : entry.xattrs().entrySet()) {
      if (isForeign(xattr.getKey())) {
        continue;
      }
      try {
        Fs.fsetxattr(file, xattr.getKey(), xattr.getValue(), 0);
      } catch (ErrnoException e) {
        if (e.errno() != Errno.EOPNOTSUPP && e.errno() != Errno.EPERM) {
          throw e;
        } // As Docker does: what this file system cannot keep is left out.
      }
    }
  }

  /** What an overlay keeps for itself would lead it astray. */
  private static boolean isForeign(String xattr) {
    return xattr.startsWith("trusted.") || xattr.startsWith("user.overlay.") || xattr.equals("security.selinux");
  }

  private void hardLink(Fd in, String name, TarEntry entry) throws IOException {
    String target = clean(entry.linkName());
    int slash = target.lastIndexOf('/');
    try (Fd from = Fs.openInRoot(root, folder + "/" + (slash < 0 ? "" : target.substring(0, slash)), Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0)) {
      Fs.linkat(from, target.substring(slash + 1), in, name, 0);
    }
  }

  private void node(Fd in, String name, TarEntry entry, int type) throws IOException {
    Fs.mknodat(in, name, type | 0600, entry.deviceMajor(), entry.deviceMinor());
    named(in, name, entry);
    try (Fd node = Fs.openat(in, name, Fcntl.O_PATH | Fcntl.O_NOFOLLOW)) {
      if (!Fs.fstat(node).isSymbolicLink()) {
        Fs.fchmodat(Fd.cwd(), "/proc/self/fd/" + node.raw(), entry.mode());
      }
    }
  }

  private void named(Fd in, String name, TarEntry entry) throws ErrnoException {
    Fs.fchownat(in, name, uid(entry), gid(entry), Fcntl.AT_SYMLINK_NOFOLLOW);
    Timestamp time = time(entry);
    Fs.utimensat(in, name, time, time, Fcntl.AT_SYMLINK_NOFOLLOW);
  }

  private int uid(TarEntry entry) {
    return owner == null ? entry.uid() : owner.uid();
  }

  private int gid(TarEntry entry) {
    return owner == null ? entry.gid() : owner.gid();
  }

  private static Timestamp time(TarEntry entry) {
    return new Timestamp(entry.modifiedSeconds(), entry.modifiedNanos());
  }

  @Override
  public void close() {
    if (parent != null) {
      parent.close();
    }
    arena.close();
  }
}
