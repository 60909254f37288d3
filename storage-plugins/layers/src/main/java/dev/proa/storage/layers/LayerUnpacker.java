package dev.proa.storage.layers;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.FaultPoints;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Stat;
import dev.proa.spi.ProaException;
import dev.proa.storage.layers.LayerTarget.Leaf;
import dev.proa.storage.layers.LowerLayers.Found;
import dev.proa.linux.tar.TarEntry;
import dev.proa.linux.tar.TarFormatException;
import dev.proa.linux.tar.TarReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks one layer's tar stream (image-spec layer.md, "Applying Changesets"). What a member means is decided against the merged tree, as tar
 * over a plain copy of the layers would do, and not against the new layer alone. A {@link LayerTarget} only ever sees single names in directories
 * that it made: names, links and hard links in the archive cannot lead out of the root.
 */
public final class LayerUnpacker {
  private static final int BUFFER = 256 * 1024;
  private static final String WHITEOUT = ".wh.";
  private static final String WHITEOUT_META = ".wh..wh.";
  private static final String OPAQUE = ".wh..wh..opq";

  private final LayerTarget target;
  private final LayerTree tree;
  private final LowerLayers below;
  private final OverlayFormat format;
  private final ApplyLimits limits;

  private long entries;
  private long bytes;

  /**
   * @param target empty; nobody else works in it meanwhile
   * @param below the parent and all under it; may be none
   */
  public LayerUnpacker(LayerTarget target, LowerLayers below, OverlayFormat format, ApplyLimits limits) throws IOException {
    this.target = target;
    this.below = below;
    this.format = format;
    this.limits = limits;
    this.tree = new LayerTree(target, below, limits);
  }

  /**
   * Reads the stream to its end and finishes the target.
   *
   * @throws ProaException {@code INVALID_ARGUMENT} naming the entry, {@code RESOURCE_EXHAUSTED}
   * @throws IOException what the stream threw
   */
  public LayerTarget.Content unpack(InputStream in) throws IOException {
    TarReader reader = new TarReader(new Marked(in, limits.bytes()), BUFFER);
    TarEntry entry = null;
    try {
      for (entry = reader.next(); entry != null; entry = reader.next()) {
        if (++entries > limits.entries()) {
          throw ProaException.invalid("the layer has more than " + limits.entries() + " entries");
        }
        apply(entry, reader);
      }
      FaultPoints.reach("store.members-unpacked");
      return target.finish(tree.root());
    } catch (StreamFailure e) {
      throw e.failure;
    } catch (TarFormatException e) {
      throw ProaException.invalid(entry == null ? e.problem() : e.problem() + " (last entry: \"" + EntryName.shortened(entry.name()) + "\")");
    } catch (ErrnoException e) {
      throw failure(e, entry);
    }
  }

  /** What the kernel's answer means for a layer. */
  public static ProaException failure(ErrnoException e, @Nullable TarEntry entry) {
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
      target.setXattrs(tree.root(), content(entry));
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
    boolean made = node == null;
    if (node == null) {
      node = tree.makeDirectory(parent, name, entry.mode());
    }
    node.makeOwn();
    tree.describe(node, entry);
    if (!made || !entry.xattrs().isEmpty()) {
      target.setXattrs(node, content(entry)); // "the existing path's attributes MUST be replaced by those of the entry" (layer.md)
    }
  }

  /** The entry's extended attributes without overlayfs's bookkeeping of some other host: here it could redirect to what the layer has no business with. */
  private Map<String, byte[]> content(TarEntry entry) {
    if (entry.xattrs().keySet().stream().noneMatch(format::isOwn)) {
      return entry.xattrs();
    }
    Map<String, byte[]> content = new LinkedHashMap<>(entry.xattrs());
    content.keySet().removeIf(format::isOwn);
    return content;
  }

  @FunctionalInterface
  private interface Making {
    void make() throws IOException;
  }

  /** Makes something at a name, in the place of what this layer has there. */
  private void replacing(DirectoryNode parent, String name, Making making) throws IOException {
    try {
      making.make();
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      tree.clear(parent, name);
      making.make();
    }
  }

  private void file(DirectoryNode parent, String name, TarEntry entry, TarReader reader) throws IOException {
    if (entry.size() < 0 || (entry.extents() == null && entry.size() > limits.bytes() - bytes)) {
      throw ProaException.invalid(
          "entry \"" + EntryName.shortened(entry.name()) + "\": the layer has more than " + limits.bytes() + " bytes");
    }
    Map<String, byte[]> xattrs = content(entry);
    replacing(parent, name, () -> target.makeFile(parent, name, entry, xattrs, reader));
    bytes += dataBytes(entry);
  }

  private static long dataBytes(TarEntry entry) {
    long[] extents = entry.extents();
    if (extents == null) {
      return entry.size();
    }
    long sum = 0;
    for (int i = 1; i < extents.length; i += 2) {
      sum += extents[i];
    }
    return sum;
  }

  private void symbolicLink(DirectoryNode parent, String name, TarEntry entry) throws IOException {
    if (entry.linkName().isEmpty()) {
      throw ProaException.invalid("entry \"" + EntryName.shortened(entry.name()) + "\" is a symbolic link to nothing");
    }
    replacing(parent, name, () -> target.makeSymbolicLink(parent, name, entry, content(entry)));
  }

  private void node(DirectoryNode parent, String name, TarEntry entry, int type) throws IOException {
    replacing(parent, name, () -> target.makeNode(parent, name, type, entry, content(entry)));
  }

  private void hardLink(DirectoryNode parent, String name, TarEntry entry) throws IOException {
    String linked = EntryName.clean(entry.linkName(), entry.name(), limits.pathBytes());
    int slash = linked.lastIndexOf('/');
    String leaf = linked.substring(slash + 1);
    DirectoryNode directory = tree.resolveExisting(slash < 0 ? "" : linked.substring(0, slash), entry);
    if (directory == null || directory.hasWhiteout(leaf)) {
      throw dangling(entry);
    }
    if (linked.isEmpty() || directory.child(leaf) != null) {
      throw ProaException.invalid(
          "entry \"" + EntryName.shortened(entry.name()) + "\" is a hard link to the directory \"" + EntryName.shortened(entry.linkName()) + "\"");
    }
    if (target.find(directory, leaf) == Leaf.NOTHING) {
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
    replacing(parent, name, () -> target.makeHardLink(directory, leaf, parent, name));
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
    bytes += status.isRegularFile() ? status.size() : 0;
    if (bytes > limits.bytes()) {
      throw ProaException.invalid("the layer has more than " + limits.bytes() + " bytes");
    }
    try (Fd from = below.open(found.layer(), directory.path(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY)) {
      target.copyUp(directory, name, from, status);
    }
    directory.copies().add(name);
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
