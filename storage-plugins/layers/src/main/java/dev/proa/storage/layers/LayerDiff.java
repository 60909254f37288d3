package dev.proa.storage.layers;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Stat;
import dev.proa.spi.ProaException;
import dev.proa.linux.tar.TarEntry;
import dev.proa.linux.tar.TarEntry.Type;
import dev.proa.linux.tar.TarWriter;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A layer or a writable root as a layer's tar stream (image-spec layer.md, "Representing Changes"): names in order, a directory before its
 * content, whiteouts as {@code .wh.NAME}, opaque directories with {@code .wh..wh..opq}. Made while it is read; nothing is kept but names.
 */
public final class LayerDiff extends InputStream {
  private static final long SPARSE_FROM_BYTES = 1 << 20;
  private static final int MAX_EXTENTS = 100_000;
  private static final int MAX_LINKS = 2_000_000;

  private final Fd root;
  private final OverlayFormat format;
  private final Walk walk;
  private final Map<Long, Link> links = new HashMap<>();
  private final Deque<TarEntry> pending = new ArrayDeque<>();

  private byte[] bytes = {};
  private int bytesAt;
  private @Nullable Fd file;
  private long[] extents = {};
  private int extent;
  private long fileAt;
  private long dataLeft;
  private int padding;
  private boolean ended;

  private static final class Link {
    final String firstName;
    int left;

    Link(String firstName, int left) {
      this.firstName = firstName;
      this.left = left;
    }
  }

  /**
   * @param root closed with this
   * @param base the parent's root directory's status, null without one
   */
  LayerDiff(Fd root, @Nullable FileStatus base, OverlayFormat format) throws ErrnoException {
    this(root, base, format, new TreeWalk(root, true));
  }

  /** @param walk what of the tree is in it, whiteouts among it; closed with this */
  public LayerDiff(Fd root, @Nullable FileStatus base, OverlayFormat format, Walk walk) throws ErrnoException {
    this.root = root;
    this.format = format;
    this.walk = walk;
    FileStatus status = Fs.fstat(root);
    Map<String, byte[]> xattrs = xattrs(root);
    boolean plain =
        base == null
            ? status.permissions() == 0755 && status.uid() == 0 && status.gid() == 0 && xattrs.isEmpty()
            : status.permissions() == base.permissions() && status.uid() == base.uid() && status.gid() == base.gid();
    if (!plain) {
      pending.add(entry("./", Type.DIRECTORY, "", status, 0, xattrs, null));
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (length == 0) {
      return 0;
    }
    try {
      while (true) {
        if (bytesAt < bytes.length) {
          int n = Math.min(length, bytes.length - bytesAt);
          System.arraycopy(bytes, bytesAt, target, offset, n);
          bytesAt += n;
          return n;
        }
        if (dataLeft > 0) {
          return data(target, offset, length);
        }
        if (padding > 0) {
          int n = Math.min(length, padding);
          Arrays.fill(target, offset, offset + n, (byte) 0);
          padding -= n;
          return n;
        }
        closeFile();
        if (ended) {
          return -1;
        }
        advance();
      }
    } catch (ErrnoException e) {
      throw ProaException.internal("cannot read the layer's content: " + e.getMessage(), e);
    }
  }

  private int data(byte[] target, int offset, int length) throws ErrnoException {
    while (extent < extents.length && extents[extent + 1] == 0) {
      extent += 2;
      fileAt = extent < extents.length ? extents[extent] : 0;
    }
    int wanted = (int) Math.min(length, extents[extent + 1]);
    Fd from = Objects.requireNonNull(file);
    if (Io.lseek(from, fileAt, Fcntl.SEEK_SET) != fileAt) {
      throw new ErrnoException("lseek", Errno.EIO, from.toString());
    }
    int n = Io.read(from, target, offset, wanted);
    if (n == 0) { // it has become shorter: the header promised these bytes
      Arrays.fill(target, offset, offset + wanted, (byte) 0);
      n = wanted;
    }
    fileAt += n;
    extents[extent + 1] -= n;
    dataLeft -= n;
    return n;
  }

  private void advance() throws ErrnoException {
    TarEntry waiting = pending.poll();
    if (waiting != null) {
      start(waiting);
      return;
    }
    Walk.Visit visit = walk.next();
    if (visit == null) {
      bytes = new byte[TarWriter.END_BYTES];
      bytesAt = 0;
      ended = true;
      return;
    }
    try {
      TarEntry entry = entry(visit);
      if (entry != null) {
        start(entry);
      }
    } catch (ErrnoException e) {
      closeFile();
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.ELOOP && e.errno() != Errno.ENOTDIR && e.errno() != Errno.ENXIO) {
        throw e;
      } // gone since it was listed
    }
  }

  private void start(TarEntry entry) {
    bytes = TarWriter.header(entry);
    bytesAt = 0;
    if (file != null) {
      extents = entry.extents() == null ? new long[] {0, entry.size()} : entry.extents().clone();
      extent = 0;
      fileAt = extents.length == 0 ? 0 : extents[0];
      dataLeft = TarWriter.dataBytes(entry);
      padding = TarWriter.padding(entry);
    }
  }

  private @Nullable TarEntry entry(Walk.Visit visit) throws ErrnoException {
    FileStatus status = visit.status();
    if (OverlayFormat.isWhiteout(status)) {
      String directory = visit.directory().isEmpty() ? "" : visit.directory() + "/";
      return mark(directory + ".wh." + visit.name(), status);
    }
    if (visit.name().startsWith(".wh.")) {
      throw ProaException.invalid("\"/" + EntryName.shortened(visit.path()) + "\" cannot be in a layer: its name is that of a whiteout");
    }
    if (status.isDirectory()) {
      return walk.inDirectory(visit, in -> directory(in, visit));
    }
    if (status.nlink() > 1) {
      Link link = links.get(status.ino());
      if (link != null) {
        if (--link.left == 0) {
          links.remove(status.ino());
        }
        return entry(visit.path(), Type.HARD_LINK, link.firstName, status, 0, Map.of(), null);
      }
      if (links.size() == MAX_LINKS) {
        throw ProaException.exhausted("more than " + MAX_LINKS + " files have several names", null);
      }
      links.put(status.ino(), new Link(visit.path(), status.nlink() - 1));
    }
    return switch (status.type()) {
      case Stat.S_IFREG -> walk.inDirectory(visit, in -> regular(in, visit));
      case Stat.S_IFLNK -> walk.inDirectory(visit, in -> named(in, visit, Type.SYMBOLIC_LINK, Fs.readlinkat(in, visit.name())));
      case Stat.S_IFCHR -> walk.inDirectory(visit, in -> named(in, visit, Type.CHARACTER_DEVICE, ""));
      case Stat.S_IFBLK -> walk.inDirectory(visit, in -> named(in, visit, Type.BLOCK_DEVICE, ""));
      case Stat.S_IFIFO -> walk.inDirectory(visit, in -> named(in, visit, Type.FIFO, ""));
      default -> null; // a socket: tar has no member for it, and it means nothing without its process
    };
  }

  private TarEntry directory(Fd in, Walk.Visit visit) throws ErrnoException {
    try (Fd directory = Fs.openat(in, visit.name(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW)) {
      if (format.isOpaque(directory)) {
        pending.add(mark(visit.path() + "/.wh..wh..opq", visit.status()));
      }
      return entry(visit.path() + "/", Type.DIRECTORY, "", visit.status(), 0, xattrs(directory), null);
    }
  }

  private TarEntry regular(Fd in, Walk.Visit visit) throws ErrnoException {
    Fd opened = Fs.openat(in, visit.name(), Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW | Fcntl.O_NONBLOCK | Fcntl.O_NOCTTY);
    file = opened;
    FileStatus status = Fs.fstat(opened);
    if (!status.isRegularFile()) {
      throw new ErrnoException("openat", Errno.ENOENT, visit.name());
    }
    long[] map = status.size() >= SPARSE_FROM_BYTES ? holes(FileCopy.extents(opened, status.size(), MAX_EXTENTS), status.size()) : null;
    return entry(visit.path(), Type.FILE, "", status, status.size(), xattrs(opened), map);
  }

  /** The map, if leaving the holes out is worth one. */
  private static long @Nullable [] holes(long @Nullable [] map, long size) {
    if (map == null) {
      return null;
    }
    long data = 0;
    for (int i = 1; i < map.length; i += 2) {
      data += map[i];
    }
    return size - data >= SPARSE_FROM_BYTES ? map : null;
  }

  private TarEntry named(Fd in, Walk.Visit visit, Type type, String target) throws ErrnoException {
    return entry(visit.path(), type, target, visit.status(), 0, namedXattrs(in, visit.name()), null);
  }

  private TarEntry mark(String name, FileStatus status) {
    return new TarEntry(name, Type.FILE, "", 0, 0, 0, 0, status.mtime().seconds(), 0, 0, 0, Map.of(), null);
  }

  private TarEntry entry(
      String name, Type type, String target, FileStatus status, long size, Map<String, byte[]> xattrs, long @Nullable [] map) {
    boolean device = type == Type.CHARACTER_DEVICE || type == Type.BLOCK_DEVICE;
    return new TarEntry(
        name,
        type,
        target,
        status.permissions(),
        status.uid(),
        status.gid(),
        size,
        status.mtime().seconds(),
        (int) status.mtime().nanos(),
        device ? status.rdevMajor() : 0,
        device ? status.rdevMinor() : 0,
        xattrs,
        map);
  }

  private Map<String, byte[]> xattrs(Fd opened) throws ErrnoException {
    List<String> names = Fs.flistxattr(opened);
    if (names.isEmpty()) {
      return Map.of();
    }
    Map<String, byte[]> found = new LinkedHashMap<>();
    for (String name : names.stream().sorted().toList()) {
      byte[] value = isContent(name) ? Fs.fgetxattr(opened, name) : null;
      if (value != null) {
        found.put(name, value);
      }
    }
    return found;
  }

  private Map<String, byte[]> namedXattrs(Fd in, String name) throws ErrnoException {
    List<String> names = Fs.llistxattrat(in, name);
    if (names.isEmpty()) {
      return Map.of();
    }
    Map<String, byte[]> found = new LinkedHashMap<>();
    for (String xattr : names.stream().sorted().toList()) {
      byte[] value = isContent(xattr) ? Fs.lgetxattrat(in, name, xattr) : null;
      if (value != null) {
        found.put(xattr, value);
      }
    }
    return found;
  }

  /** Not overlayfs's own, and not the label that this host's SELinux put on it. */
  private boolean isContent(String xattr) {
    return !format.isOwn(xattr) && !xattr.equals("security.selinux");
  }

  private void closeFile() {
    if (file != null) {
      file.close();
      file = null;
    }
    dataLeft = 0;
  }

  @Override
  public void close() {
    ended = true;
    bytes = new byte[0];
    bytesAt = 0;
    padding = 0;
    closeFile();
    walk.close();
    root.close();
  }
}
