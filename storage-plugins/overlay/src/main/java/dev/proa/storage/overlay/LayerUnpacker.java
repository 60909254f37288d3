package dev.proa.storage.overlay;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Timestamp;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Stat;
import dev.proa.spi.ProaException;
import dev.proa.storage.overlay.LowerLayers.Found;
import dev.proa.linux.tar.TarEntry;
import dev.proa.linux.tar.TarFormatException;
import dev.proa.linux.tar.TarReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Unpacks one layer's tar stream into an empty directory in overlayfs's format (image-spec layer.md, "Applying Changesets"). What a member
 * means is decided against the merged tree, as tar over a plain copy of the layers would do, and not against the new directory alone.
 *
 * <p>The kernel only ever sees one component names below a descriptor of a real directory, and never follows a link for us: names, links
 * and hard links in the archive cannot lead out of the root.
 */
final class LayerUnpacker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LayerUnpacker.class);
  private static final int BUFFER = 256 * 1024;
  private static final String WHITEOUT = ".wh.";
  private static final String WHITEOUT_META = ".wh..wh.";
  private static final String OPAQUE = ".wh..wh..opq";

  private final LayerTree tree;
  private final LowerLayers below;
  private final OverlayFormat format;
  private final ApplyLimits limits;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment scratch = arena.allocate(BUFFER, 64);

  private long entries;
  private long bytesWritten;
  private long sizeBytes;
  private long inodes = 1; // the root
  private boolean warnedOfXattr;

  /** What a layer uses. */
  record Content(long sizeBytes, long inodes) {}

  /**
   * @param root the empty directory, in which nobody else works meanwhile
   * @param below the parent and all under it; may be none
   */
  LayerUnpacker(Fd root, LowerLayers below, OverlayFormat format, ApplyLimits limits) throws ErrnoException {
    this.below = below;
    this.format = format;
    this.limits = limits;
    this.tree = new LayerTree(root, below, format, limits);
  }

  /**
   * Reads the stream to its end. The content is then complete, but not synced.
   *
   * @throws ProaException {@code INVALID_ARGUMENT} naming the entry, {@code RESOURCE_EXHAUSTED}
   * @throws IOException what the stream threw
   */
  Content unpack(InputStream in) throws IOException {
    TarReader reader = new TarReader(new Marked(in, limits.bytes()), BUFFER);
    TarEntry entry = null;
    try {
      for (entry = reader.next(); entry != null; entry = reader.next()) {
        if (++entries > limits.entries()) {
          throw ProaException.invalid("the layer has more than " + limits.entries() + " entries");
        }
        apply(entry, reader);
      }
      tree.finish();
      return tree.hasRemoved() ? count() : new Content(sizeBytes, inodes + tree.inodes());
    } catch (StreamFailure e) {
      throw e.failure;
    } catch (TarFormatException e) {
      throw ProaException.invalid(entry == null ? e.problem() : e.problem() + " (last entry: \"" + EntryName.shortened(entry.name()) + "\")");
    } catch (ErrnoException e) {
      throw failure(e, entry);
    }
  }

  private Content count() throws IOException {
    LayerUsage usage = LayerUsage.of(tree.rootDirectory());
    return new Content(usage.sizeBytes(), usage.inodes());
  }

  static ProaException failure(ErrnoException e, @Nullable TarEntry entry) {
    String where = entry == null ? "the layer" : "entry \"" + EntryName.shortened(entry.name()) + "\"";
    return switch (e.errno()) {
      case ENOSPC, EDQUOT -> ProaException.exhausted("cannot unpack " + where + ": no space left on the storage driver's disk", e);
      case ENAMETOOLONG, ELOOP, ENOTDIR, EFBIG, E2BIG, ERANGE, EINVAL, EOVERFLOW, EMLINK ->
          new ProaException(dev.proa.spi.ErrorClass.INVALID_ARGUMENT, where + ": " + e.getMessage(), e);
      default -> ProaException.internal("cannot unpack " + where + ": " + e.getMessage(), e);
    };
  }

  private void apply(TarEntry entry, TarReader reader) throws IOException {
    String path = EntryName.clean(entry.name(), entry.name(), limits.pathBytes());
    if (path.isEmpty()) {
      if (entry.type() != TarEntry.Type.DIRECTORY) {
        throw ProaException.invalid("entry \"" + EntryName.shortened(entry.name()) + "\" would replace the layer's root");
      }
      tree.describe(tree.root(), entry);
      setXattrsAgain(tree.root(), entry);
      return;
    }
    int slash = path.lastIndexOf('/');
    String leaf = path.substring(slash + 1);
    String parentPath = slash < 0 ? "" : path.substring(0, slash);
    if (leaf.startsWith(WHITEOUT) || isDeviceZero(entry)) {
      whiteout(entry, parentPath, leaf.startsWith(WHITEOUT) ? leaf : WHITEOUT + leaf);
      return;
    }
    if (path.startsWith(WHITEOUT_META)) {
      return; // AUFS's own folders in the oldest images
    }
    if (parentPath.startsWith(WHITEOUT) || parentPath.contains("/" + WHITEOUT)) {
      throw ProaException.invalid("entry \"" + EntryName.shortened(entry.name()) + "\" lies below a whiteout");
    }
    DirectoryNode parent = tree.resolve(parentPath, entry);
    switch (entry.type()) {
      case DIRECTORY -> directory(parent, leaf, entry);
      case FILE -> file(parent, leaf, entry, reader);
      case HARD_LINK -> hardLink(parent, leaf, entry);
      case SYMBOLIC_LINK -> symbolicLink(parent, leaf, entry);
      case CHARACTER_DEVICE -> node(parent, leaf, entry, Stat.S_IFCHR);
      case BLOCK_DEVICE -> node(parent, leaf, entry, Stat.S_IFBLK);
      case FIFO -> node(parent, leaf, entry, Stat.S_IFIFO);
    }
    tree.touched(leaf);
  }

  /** A character device 0/0 is how overlayfs stores a whiteout: nothing could show it as anything else. */
  private static boolean isDeviceZero(TarEntry entry) {
    return entry.type() == TarEntry.Type.CHARACTER_DEVICE && entry.deviceMajor() == 0 && entry.deviceMinor() == 0;
  }

  private void whiteout(TarEntry entry, String parentPath, String leaf) throws IOException {
    if (leaf.startsWith(WHITEOUT_META) && !leaf.equals(OPAQUE)) {
      return; // AUFS's bookkeeping
    }
    String hidden = leaf.substring(WHITEOUT.length());
    if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
      throw ProaException.invalid("entry \"" + EntryName.shortened(entry.name()) + "\" is a whiteout of nothing");
    }
    DirectoryNode parent = tree.resolveExisting(parentPath, entry);
    if (parent == null) {
      return; // what is not there need not be hidden
    }
    if (leaf.equals(OPAQUE)) {
      tree.makeOpaque(parent);
    } else {
      tree.hide(parent, hidden);
    }
    tree.touched(hidden);
  }

  private void directory(DirectoryNode parent, String name, TarEntry entry) throws IOException {
    DirectoryNode node = parent.child(name);
    if (node == null) {
      node = tree.makeDirectory(parent, name, entry.mode());
      node.makeOwn();
      tree.describe(node, entry);
      if (!entry.xattrs().isEmpty()) {
        setXattrs(tree.open(node), node, entry);
      }
    } else {
      node.makeOwn();
      tree.describe(node, entry);
      setXattrsAgain(node, entry);
    }
  }

  /** "The existing path's attributes MUST be replaced by those of the entry" (layer.md). */
  private void setXattrsAgain(DirectoryNode node, TarEntry entry) throws IOException {
    Fd directory = tree.open(node);
    for (String old : Fs.flistxattr(directory)) {
      if (!format.isOwn(old) && !entry.xattrs().containsKey(old) && !old.equals("security.selinux")) {
        Fs.fremovexattr(directory, old);
      }
    }
    node.defaultAcl = false;
    setXattrs(directory, node, entry);
  }

  private void file(DirectoryNode parent, String name, TarEntry entry, TarReader reader) throws IOException {
    if (entry.size() < 0 || (entry.extents() == null && entry.size() > limits.bytes() - bytesWritten)) {
      throw ProaException.invalid(
          "entry \"" + EntryName.shortened(entry.name()) + "\": the layer has more than " + limits.bytes() + " bytes");
    }
    try (Fd file = create(parent, name, entry.mode() & 0777)) {
      if (entry.extents() == null) {
        writePlain(file, reader);
      } else {
        writeSparse(file, reader, entry.extents(), entry.size());
      }
      own(file, parent, entry);
      setXattrs(file, null, entry);
      Timestamp time = time(entry);
      Fs.futimens(file, time, time);
    }
    sizeBytes += entry.size();
    inodes++;
  }

  private Fd create(DirectoryNode parent, String name, int mode) throws IOException {
    int flags = Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW;
    try {
      return Fs.openat(tree.open(parent), name, flags, mode);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      replace(parent, name);
      return Fs.openat(tree.open(parent), name, flags, mode);
    }
  }

  private void replace(DirectoryNode parent, String name) throws IOException {
    tree.clear(parent, name);
  }

  private void writePlain(Fd file, TarReader reader) throws IOException {
    for (int n = reader.chunk(); n > 0; n = reader.chunk()) {
      MemorySegment.copy(reader.buffer(), reader.chunkOffset(), scratch, ValueLayout.JAVA_BYTE, 0, n);
      Io.writeFully(file, n == BUFFER ? scratch : scratch.asSlice(0, n));
      bytesWritten += n;
    }
  }

  private void writeSparse(Fd file, TarReader reader, long[] extents, long size) throws IOException {
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
        int piece = (int) Math.min(left, n - done);
        long written = Io.pwrite(file, scratch.asSlice(done, piece), offset);
        offset += written;
        left -= written;
        done += (int) written;
      }
      bytesWritten += n;
      if (bytesWritten > limits.bytes()) {
        throw ProaException.invalid("the layer has more than " + limits.bytes() + " bytes");
      }
    }
    Io.ftruncate(file, size);
  }

  /** Owner and mode as far as creating the file did not give them yet. chown(2) takes set-id bits away: it comes first. */
  private void own(Fd file, DirectoryNode parent, TarEntry entry) throws IOException {
    boolean owned = tree.isOwnedByDefault(entry.uid(), entry.gid());
    if (!owned) {
      Fs.fchown(file, entry.uid(), entry.gid());
    }
    if (parent.defaultAcl) {
      AccessLists.dropInherited(file);
    }
    if (parent.defaultAcl || !tree.isModeKept(entry.mode())) {
      Fs.fchmod(file, entry.mode());
    }
  }

  private void setXattrs(Fd file, @Nullable DirectoryNode directory, TarEntry entry) throws IOException {
    for (Map.Entry<String, byte[]> xattr : entry.xattrs().entrySet()) {
      String name = xattr.getKey();
      if (format.isOwn(name)) {
        continue; // overlayfs's bookkeeping of some other host: here it could redirect to what the layer has no business with
      }
      if (directory != null && name.equals(AccessLists.DEFAULT)) {
        directory.defaultAcl = true;
      }
      try {
        Fs.fsetxattr(file, name, xattr.getValue(), 0);
      } catch (ErrnoException e) {
        tolerate(e, entry, name, xattr.getValue().length);
      }
    }
  }

  /** As Docker does: an attribute that this file system or this user cannot have does not make the image unusable. */
  private void tolerate(ErrnoException e, TarEntry entry, String xattr, int bytes) throws ErrnoException {
    if (e.errno() == Errno.ENOSPC) { // which is also how ext4 says that a file can have no more attributes
      throw ProaException.exhausted(
          "cannot unpack entry \"" + EntryName.shortened(entry.name()) + "\": no space left for its extended attribute " + EntryName.shortened(xattr)
              + " of " + bytes + " bytes: the disk is full, or its file system cannot hold so much for one file", e);
    }
    if (e.errno() != Errno.EOPNOTSUPP && e.errno() != Errno.EPERM) {
      throw e;
    }
    if (!warnedOfXattr) {
      warnedOfXattr = true;
      LOG.warn("extended attribute {} of entry \"{}\" is left out, and perhaps others: {}", xattr, entry.name(), e.getMessage());
    }
  }

  private void symbolicLink(DirectoryNode parent, String name, TarEntry entry) throws IOException {
    if (entry.linkName().isEmpty()) {
      throw ProaException.invalid("entry \"" + EntryName.shortened(entry.name()) + "\" is a symbolic link to nothing");
    }
    try {
      Fs.symlinkat(entry.linkName(), tree.open(parent), name);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      replace(parent, name);
      Fs.symlinkat(entry.linkName(), tree.open(parent), name);
    }
    if (!tree.isOwnedByDefault(entry.uid(), entry.gid())) {
      Fs.fchownat(tree.open(parent), name, entry.uid(), entry.gid(), Fcntl.AT_SYMLINK_NOFOLLOW);
    }
    finishNamed(parent, name, entry);
  }

  private void node(DirectoryNode parent, String name, TarEntry entry, int type) throws IOException {
    int mode = type | (entry.mode() & 0777);
    try {
      Fs.mknodat(tree.open(parent), name, mode, entry.deviceMajor(), entry.deviceMinor());
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      replace(parent, name);
      Fs.mknodat(tree.open(parent), name, mode, entry.deviceMajor(), entry.deviceMinor());
    }
    Fd dir = tree.open(parent);
    if (!tree.isOwnedByDefault(entry.uid(), entry.gid())) {
      Fs.fchownat(dir, name, entry.uid(), entry.gid(), Fcntl.AT_SYMLINK_NOFOLLOW);
    }
    if (parent.defaultAcl) {
      AccessLists.dropInherited(dir, name);
    }
    if (parent.defaultAcl || !tree.isModeKept(entry.mode())) {
      Fs.fchmodat(dir, name, entry.mode());
    }
    finishNamed(parent, name, entry);
  }

  /** Attributes and times of what cannot be opened. */
  private void finishNamed(DirectoryNode parent, String name, TarEntry entry) throws IOException {
    Fd dir = tree.open(parent);
    for (Map.Entry<String, byte[]> xattr : entry.xattrs().entrySet()) {
      if (!format.isOwn(xattr.getKey())) {
        try {
          Fs.lsetxattrat(dir, name, xattr.getKey(), xattr.getValue(), 0);
        } catch (ErrnoException e) {
          tolerate(e, entry, xattr.getKey(), xattr.getValue().length);
        }
      }
    }
    Timestamp time = time(entry);
    Fs.utimensat(dir, name, time, time, Fcntl.AT_SYMLINK_NOFOLLOW);
    inodes++;
  }

  private void hardLink(DirectoryNode parent, String name, TarEntry entry) throws IOException {
    String target = EntryName.clean(entry.linkName(), entry.name(), limits.pathBytes());
    int slash = target.lastIndexOf('/');
    String leaf = target.substring(slash + 1);
    DirectoryNode directory = tree.resolveExisting(slash < 0 ? "" : target.substring(0, slash), entry);
    if (directory == null || directory.hasWhiteout(leaf)) {
      throw dangling(entry);
    }
    if (target.isEmpty() || directory.child(leaf) != null) {
      throw ProaException.invalid(
          "entry \"" + EntryName.shortened(entry.name()) + "\" is a hard link to the directory \"" + EntryName.shortened(entry.linkName()) + "\"");
    }
    if (Fs.statxIfExists(tree.open(directory), leaf, Fcntl.AT_SYMLINK_NOFOLLOW) == null) {
      Found found = directory.lowers.length == 0 ? null : below.lookup(directory.lowers, directory.path(), leaf);
      if (found == null) {
        throw dangling(entry);
      }
      if (found.status().isDirectory()) {
        throw ProaException.invalid(
            "entry \"" + EntryName.shortened(entry.name()) + "\" is a hard link to the directory \"" + EntryName.shortened(entry.linkName()) + "\"");
      }
      copyUp(directory, leaf, found);
    }
    if (directory == parent && leaf.equals(name)) {
      return; // a link to itself
    }
    DirectoryNode inTheWay = parent.child(name);
    if (inTheWay != null && inTheWay.holds(directory)) {
      throw ProaException.invalid(
          "entry \"" + EntryName.shortened(entry.name()) + "\" is a hard link to \"" + EntryName.shortened(entry.linkName()) + "\", which it replaces");
    }
    Fd from = tree.open(directory);
    Fd to = tree.open(parent);
    try {
      Fs.linkat(from, leaf, to, name, 0);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      replace(parent, name);
      Fs.linkat(tree.open(directory), leaf, tree.open(parent), name, 0);
    }
  }

  private static ProaException dangling(TarEntry entry) {
    return ProaException.invalid(
        "entry \"" + EntryName.shortened(entry.name()) + "\" is a hard link to \"" + EntryName.shortened(entry.linkName())
            + "\", which is not in the layer's root");
  }

  /** A hard link to a file of a layer below: the file is copied, so that both names are one file in this layer. */
  private void copyUp(DirectoryNode directory, String name, Found found) throws IOException {
    FileStatus status = found.status();
    tree.countKept();
    try (Fd from = below.open(found.layer(), directory.path(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY)) {
      Fd to = tree.open(directory);
      if (status.isRegularFile()) {
        try (Fd source = Fs.openat(from, name, Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW | Fcntl.O_NONBLOCK);
            Fd copy = Fs.openat(to, name, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW, 0600)) {
          FileCopy.data(source, copy, status.size());
          Fs.fchown(copy, status.uid(), status.gid());
          AccessLists.dropInherited(copy);
          Fs.fchmod(copy, status.permissions());
          FileCopy.xattrs(source, copy, format);
          Fs.futimens(copy, status.atime(), status.mtime());
        }
      } else {
        if (status.isSymbolicLink()) {
          Fs.symlinkat(Fs.readlinkat(from, name), to, name);
        } else {
          Fs.mknodat(to, name, status.mode(), status.rdevMajor(), status.rdevMinor());
        }
        Fs.fchownat(to, name, status.uid(), status.gid(), Fcntl.AT_SYMLINK_NOFOLLOW);
        if (!status.isSymbolicLink()) {
          AccessLists.dropInherited(to, name);
          Fs.fchmodat(to, name, status.permissions());
        }
        for (String xattr : Fs.llistxattrat(from, name)) {
          byte[] value = format.isOwn(xattr) ? null : Fs.lgetxattrat(from, name, xattr);
          if (value != null) {
            Fs.lsetxattrat(to, name, xattr, value, 0);
          }
        }
        Fs.utimensat(to, name, status.atime(), status.mtime(), Fcntl.AT_SYMLINK_NOFOLLOW);
      }
    }
    directory.copies().add(name);
    sizeBytes += status.isRegularFile() ? status.size() : 0;
    bytesWritten += status.isRegularFile() ? status.size() : 0;
    inodes++;
    if (bytesWritten > limits.bytes()) {
      throw ProaException.invalid("the layer has more than " + limits.bytes() + " bytes");
    }
  }

  private static Timestamp time(TarEntry entry) {
    return new Timestamp(entry.modifiedSeconds(), entry.modifiedNanos());
  }

  @Override
  public void close() {
    tree.close();
    arena.close();
  }

  /** Tells failures of the stream from those of the disk, and ends what does not end. */
  private static final class Marked extends FilterInputStream {
    private final long limit;
    private long bytes;

    Marked(InputStream in, long limit) {
      super(in);
      this.limit = limit;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      try {
        int n = in.read(buffer, offset, length);
        bytes += Math.max(n, 0);
        if (bytes > limit) {
          throw ProaException.invalid("the layer has more than " + limit + " bytes");
        }
        return n;
      } catch (IOException e) {
        throw new StreamFailure(e);
      }
    }
  }

  private static final class StreamFailure extends IOException {
    private static final long serialVersionUID = 1L;
    final IOException failure;

    StreamFailure(IOException failure) {
      super(failure);
      this.failure = failure;
    }
  }
}
