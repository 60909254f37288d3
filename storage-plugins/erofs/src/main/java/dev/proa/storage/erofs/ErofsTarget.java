package dev.proa.storage.erofs;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileName;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Timestamp;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Stat;
import dev.proa.linux.tar.TarEntry;
import dev.proa.linux.tar.TarReader;
import dev.proa.storage.layers.DirectoryNode;
import dev.proa.storage.layers.FileCopy;
import dev.proa.storage.layers.LayerTarget;
import dev.proa.storage.layers.OverlayFormat;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A layer as an EROFS image, written as its members come: the blocks of a file go to the end of the image at once, the rest of its last block is put
 * behind its inode. In memory are the names, the directories, and nothing of the files. {@link DirectoryWriter} writes the directories at the end, and
 * the superblock last.
 *
 * <p>What an entry replaces or a later one hides stays in the image as blocks that nothing leads to.
 */
final class ErofsTarget implements LayerTarget {
  private static final Logger LOG = LoggerFactory.getLogger(ErofsTarget.class);
  private static final int MAX_EXTENTS = 1 << 18;
  private static final byte[] OPAQUE = {'y'};
  private static final byte[] NOTHING = {};
  private static final int REGULAR = Erofs.fileType(Stat.S_IFREG);
  private static final int SYMBOLIC_LINK = Erofs.fileType(Stat.S_IFLNK);
  private static final Timestamp NO_TIME = new Timestamp(0, 0);

  private final Fd file;
  private final ImageOutput image;
  private final InodeArea inodes;
  private final FileData data;
  private final LeafTable leaves;
  private final OverlayFormat format;
  private final UUID uuid;

  /** By a directory's number. */
  private final Map<Integer, Map<String, byte[]>> directoryXattrs = new HashMap<>();

  /** Inodes that have had several names, with how many they have in the end. */
  private final Map<Long, Integer> names = new HashMap<>();

  /** Sizes of the regular files that have not just the one name. */
  private long sizeBytes;

  private long inodeCount = 1;
  private boolean removed;
  private boolean chunked;
  private boolean warnedOfXattr;

  /**
   * @param file new and empty; stays the caller's
   * @param uuid of the file system
   * @param mostNames how many files there may be
   */
  ErofsTarget(Fd file, UUID uuid, OverlayFormat format, int mostNames) throws ErrnoException {
    this.file = file;
    this.uuid = uuid;
    this.format = format;
    this.image = new ImageOutput(file);
    this.inodes = new InodeArea(image);
    this.data = new FileData(image);
    this.leaves = new LeafTable(mostNames);
    image.reserve(Erofs.BLOCK); // superblock and root
  }

  @Override
  public void root(DirectoryNode root, @Nullable Fd below) throws ErrnoException {
    if (below != null) {
      copyXattrs(root, below);
    }
  }

  private int leaf(DirectoryNode parent, String name) {
    return leaves.find(parent.number, FileName.encode(name));
  }

  @Override
  public Leaf find(DirectoryNode parent, String name) {
    int leaf = leaf(parent, name);
    if (leaf == LeafTable.ABSENT) {
      return Leaf.NOTHING;
    }
    if (leaves.inode(leaf) == whiteout) {
      return Leaf.WHITEOUT;
    }
    return leaves.type(leaf) == SYMBOLIC_LINK ? Leaf.SYMBOLIC_LINK : Leaf.OTHER;
  }

  @Override
  public String readLink(DirectoryNode parent, String name) throws ErrnoException {
    long at = leaves.inode(leaf(parent, name)) << Erofs.SLOT_BITS;
    byte[] inode = inodes.read(at, Erofs.INODE_BYTES);
    int length = Erofs.get32(inode, Erofs.INODE_SIZE);
    boolean inline = Erofs.get16(inode, 0) == Erofs.FLAT_INLINE;
    long text = inline ? at + Erofs.INODE_BYTES + Xattrs.bytes(Erofs.get16(inode, 2)) : (long) Erofs.get32(inode, Erofs.INODE_UNION) << Erofs.BLOCK_BITS;
    return FileName.decode(inodes.read(text, length));
  }

  /** The name's bytes, if it is free. */
  private byte[] free(DirectoryNode parent, String name) throws ErrnoException {
    byte[] bytes = FileName.encode(name);
    if (bytes.length > Erofs.NAME_MAX) {
      throw new ErrnoException("make", Errno.ENAMETOOLONG, name);
    }
    if (name.indexOf('\0') >= 0) {
      throw new ErrnoException("make", Errno.EINVAL, name);
    }
    if (parent.child(name) != null || leaves.find(parent.number, bytes) != LeafTable.ABSENT) {
      throw new ErrnoException("make", Errno.EEXIST, name);
    }
    return bytes;
  }

  @Override
  public void makeDirectory(DirectoryNode node, int mode) throws ErrnoException {
    if (node.parent != null) {
      free(node.parent, node.name);
    }
  }

  @Override
  public void setXattrs(DirectoryNode node, Map<String, byte[]> xattrs) throws ErrnoException {
    Map<String, byte[]> stored = storable(node.path(), xattrs, true);
    Xattrs.encode(stored); // refused here, with the entry named, and not at the end
    Map<String, byte[]> before = directoryXattrs.get(node.number);
    byte[] opaque = before == null ? null : before.get(format.prefix() + "opaque");
    if (opaque != null) {
      stored = new LinkedHashMap<>(stored);
      stored.put(format.prefix() + "opaque", opaque);
    }
    directoryXattrs.put(node.number, stored);
  }

  private Map<String, byte[]> storable(String path, Map<String, byte[]> xattrs, boolean fileOrDirectory) {
    if (xattrs.isEmpty()) {
      return xattrs;
    }
    Map<String, byte[]> stored = new LinkedHashMap<>();
    xattrs.forEach(
        (name, value) -> {
          if (Xattrs.isStorable(name, fileOrDirectory)) {
            stored.put(name, value);
          } else if (!warnedOfXattr) {
            warnedOfXattr = true;
            LOG.warn("extended attribute {} of entry \"{}\" is left out, and perhaps others: EROFS has none of that name, or not for such a file", name, path);
          }
        });
    return stored;
  }

  @Override
  public void copyXattrs(DirectoryNode node, Fd from) throws ErrnoException {
    Map<String, byte[]> copied = new LinkedHashMap<>();
    for (String name : Fs.flistxattr(from)) {
      byte[] value = format.isOwn(name) ? null : Fs.fgetxattr(from, name);
      if (value != null) {
        copied.put(name, value);
      }
    }
    setXattrs(node, copied);
  }

  @Override
  public void makeOpaque(DirectoryNode node) {
    Map<String, byte[]> xattrs = new LinkedHashMap<>(directoryXattrs.getOrDefault(node.number, Map.of()));
    xattrs.put(format.prefix() + "opaque", OPAQUE);
    directoryXattrs.put(node.number, xattrs);
  }

  /** The inode that all whiteouts share; none has attributes that mean anything. */
  private long whiteout = -1;

  @Override
  public void makeWhiteout(DirectoryNode parent, String name) throws ErrnoException {
    byte[] bytes = free(parent, name);
    if (whiteout < 0) {
      whiteout = put(new Inode(Stat.S_IFCHR, 0, 0, NO_TIME, 1, 0, Erofs.FLAT_PLAIN, 0, Xattrs.NONE), NOTHING, 0);
    } else {
      names.put(whiteout, 0);
    }
    leaves.add(parent.number, bytes, whiteout, Erofs.fileType(Stat.S_IFCHR));
  }

  private long put(Inode inode, byte[] tail, int length) throws ErrnoException {
    inodeCount++;
    return inodes.put(inode, tail, length);
  }

  private byte[] encoded(TarEntry entry, Map<String, byte[]> xattrs, boolean file) throws ErrnoException {
    return Xattrs.encode(storable(entry.name(), xattrs, file));
  }

  @Override
  public void makeFile(DirectoryNode parent, String name, TarEntry entry, Map<String, byte[]> xattrs, TarReader reader) throws IOException {
    byte[] bytes = free(parent, name);
    Inode described =
        new Inode(Stat.S_IFREG | entry.mode(), entry.uid(), entry.gid(), time(entry), 1, entry.size(), 0, 0, encoded(entry, xattrs, true));
    leaves.add(parent.number, bytes, regular(described, Pieces.of(reader), entry.extents()), REGULAR);
    sizeBytes += entry.size();
  }

  /** @param extents where the data goes, null for a file without holes */
  private long regular(Inode inode, Pieces pieces, long @Nullable [] extents) throws IOException {
    if (extents != null && inode.size() > 0) {
      chunked = true;
      Chunks chunks = Chunks.of(inode.size());
      byte[] map = data.copySparse(pieces, chunks, extents);
      return put(with(inode, Erofs.CHUNK_BASED, chunks.format()), map, map.length);
    }
    boolean inline = inode.bytes() + (inode.size() & Erofs.BLOCK - 1) <= Erofs.BLOCK;
    return putWithTail(inode, data.copy(pieces, inode.size(), inline), inline);
  }

  /** Puts the inode of a file whose data is written, with the end of the data behind it if that was kept back. */
  private long putWithTail(Inode inode, int block, boolean inline) throws ErrnoException {
    int tail = inline ? data.tailLength() : 0;
    return put(with(inode, tail > 0 ? Erofs.FLAT_INLINE : Erofs.FLAT_PLAIN, block), data.tail(), tail);
  }

  private static Inode with(Inode i, int layout, int union) {
    return new Inode(i.mode(), i.uid(), i.gid(), i.modified(), i.nlink(), i.size(), layout, union, i.xattrs());
  }

  private static Timestamp time(TarEntry entry) {
    return new Timestamp(entry.modifiedSeconds(), entry.modifiedNanos());
  }

  @Override
  public void makeSymbolicLink(DirectoryNode parent, String name, TarEntry entry, Map<String, byte[]> xattrs) throws ErrnoException {
    byte[] bytes = free(parent, name);
    Inode described = new Inode(Stat.S_IFLNK | 0777, entry.uid(), entry.gid(), time(entry), 1, 0, 0, 0, encoded(entry, xattrs, false));
    leaves.add(parent.number, bytes, symbolicLink(described, entry.linkName()), Erofs.fileType(Stat.S_IFLNK));
  }

  private long symbolicLink(Inode inode, String target) throws ErrnoException {
    byte[] text = FileName.encode(target);
    if (text.length > Erofs.LINK_MAX) {
      throw new ErrnoException("symlinkat", Errno.ENAMETOOLONG, target);
    }
    Inode sized = new Inode(inode.mode(), inode.uid(), inode.gid(), inode.modified(), inode.nlink(), text.length, 0, 0, inode.xattrs());
    boolean inline = sized.bytes() + text.length <= Erofs.BLOCK;
    int block = data.copy(text, inline);
    return putWithTail(sized, block, inline);
  }

  @Override
  public void makeNode(DirectoryNode parent, String name, int type, TarEntry entry, Map<String, byte[]> xattrs) throws ErrnoException {
    byte[] bytes = free(parent, name);
    int device = type == Stat.S_IFIFO ? 0 : Erofs.device(entry.deviceMajor(), entry.deviceMinor());
    Inode inode =
        new Inode(type | entry.mode(), entry.uid(), entry.gid(), time(entry), 1, 0, Erofs.FLAT_PLAIN, device, encoded(entry, xattrs, false));
    leaves.add(parent.number, bytes, put(inode, NOTHING, 0), Erofs.fileType(type));
  }

  @Override
  public void makeHardLink(DirectoryNode from, String target, DirectoryNode to, String name) throws ErrnoException {
    byte[] bytes = free(to, name);
    int leaf = leaf(from, target);
    long nid = leaves.inode(leaf);
    leaves.add(to.number, bytes, nid, leaves.type(leaf));
    names.put(nid, 0);
  }

  @Override
  public void copyUp(DirectoryNode to, String name, Fd below, FileStatus status) throws IOException {
    byte[] bytes = free(to, name);
    Map<String, byte[]> xattrs = new LinkedHashMap<>();
    for (String xattr : Fs.llistxattrat(below, name)) {
      byte[] value = format.isOwn(xattr) ? null : Fs.lgetxattrat(below, name, xattr);
      if (value != null) {
        xattrs.put(xattr, value);
      }
    }
    byte[] encoded = Xattrs.encode(storable(name, xattrs, status.isRegularFile()));
    int device = status.type() == Stat.S_IFCHR || status.type() == Stat.S_IFBLK ? Erofs.device(status.rdevMajor(), status.rdevMinor()) : 0;
    Inode described =
        new Inode(status.mode(), status.uid(), status.gid(), status.mtime(), 1, status.isRegularFile() ? status.size() : 0, Erofs.FLAT_PLAIN, device, encoded);
    long nid;
    if (status.isRegularFile()) {
      try (Fd source = Fs.openat(below, name, Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW | Fcntl.O_NONBLOCK)) {
        long[] extents = FileCopy.extents(source, status.size(), MAX_EXTENTS);
        boolean holes = extents != null && !(extents.length == 2 && extents[1] == status.size());
        long[] read = extents != null ? extents : new long[] {0, status.size()};
        nid = regular(described, Pieces.of(source, read), holes ? extents : null);
      }
      sizeBytes += status.size();
    } else if (status.isSymbolicLink()) {
      nid = symbolicLink(described, Fs.readlinkat(below, name));
    } else {
      nid = put(described, NOTHING, 0);
    }
    leaves.add(to.number, bytes, nid, Erofs.fileType(status.mode()));
  }

  @Override
  public void unlink(DirectoryNode parent, String name) throws ErrnoException {
    int leaf = leaf(parent, name);
    if (leaf == LeafTable.ABSENT) {
      throw new ErrnoException("unlinkat", Errno.ENOENT, name);
    }
    leaves.remove(leaf);
    removed = true;
  }

  /** Its leaves are found no more: no later directory has its number. */
  @Override
  public void removeTree(DirectoryNode node) {
    removed = true;
  }

  @Override
  public Content finish(DirectoryNode root) throws ErrnoException {
    DirectoryWriter writer = new DirectoryWriter(image, leaves, directoryXattrs, names);
    inodes.flush();
    Superblock superblock = writer.write(root);
    image.finish();
    for (Map.Entry<Long, Integer> each : names.entrySet()) {
      if (each.getValue() > 0) { // 0: nothing leads to it any more
        byte[] nlink = new byte[4];
        Erofs.put32(nlink, 0, each.getValue());
        image.fill((each.getKey() << Erofs.SLOT_BITS) + Erofs.INODE_NLINK, nlink, 0, nlink.length);
      }
    }
    superblock.write(image, uuid, inodeCount + writer.directories() - 1, chunked);
    Io.fdatasync(file);
    return removed ? counted(writer) : new Content(sizeBytes, inodeCount + writer.directories() - 1);
  }

  /** Sums up what is there after something was taken away. */
  private Content counted(DirectoryWriter writer) throws ErrnoException {
    long sizes = 0;
    long count = writer.directories();
    Set<Long> seen = new HashSet<>();
    for (DirectoryNode node : writer.all()) {
      LeafTable.ByDirectory reached = writer.reached();
      for (int i = reached.starts()[node.number]; i < reached.starts()[node.number + 1]; i++) {
        int leaf = reached.order()[i];
        long nid = leaves.inode(leaf);
        if (!names.containsKey(nid) || seen.add(nid)) {
          count++;
          sizes += leaves.type(leaf) == REGULAR ? Erofs.get64(image.read((nid << Erofs.SLOT_BITS) + Erofs.INODE_SIZE, 8), 0) : 0;
        }
      }
    }
    return new Content(sizes, count);
  }

  @Override
  public void close() {
    image.close();
  }
}
