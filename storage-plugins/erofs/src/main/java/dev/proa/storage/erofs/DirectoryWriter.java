package dev.proa.storage.erofs;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Timestamp;
import dev.proa.linux.abi.Stat;
import dev.proa.storage.layers.DirectoryNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * Writes the directories, when all files are in the image. A directory names its parent and its children by numbers that say where they lie, so all
 * get their places first, and are written in a second pass.
 */
final class DirectoryWriter {
  private static final int SLOT = 1 << Erofs.SLOT_BITS;

  private final ImageOutput image;
  private final LeafTable leaves;
  private final Map<Integer, Map<String, byte[]>> xattrs;
  private final Map<Long, Integer> names;

  private List<DirectoryNode> all = List.of();
  private LeafTable.ByDirectory byDirectory = new LeafTable.ByDirectory(new int[1], new int[0]);

  /** By a directory's number. */
  private Place[] places = {};

  /**
   * Where a directory is to be.
   *
   * @param data the first of its whole blocks, if it has any
   * @param inode where its inode is, in bytes
   * @param size of its data
   * @param inline whether the rest of the data is behind the inode, or has a block too
   */
  private record Place(long data, long inode, long size, boolean inline) {
    long nid() {
      return inode >> Erofs.SLOT_BITS;
    }
  }

  /**
   * @param xattrs by a directory's number
   * @param names the inodes whose names are to be counted, with 0
   */
  DirectoryWriter(ImageOutput image, LeafTable leaves, Map<Integer, Map<String, byte[]>> xattrs, Map<Long, Integer> names) {
    this.image = image;
    this.leaves = leaves;
    this.xattrs = xattrs;
    this.names = names;
  }

  /** Writes all but the first block. */
  Superblock write(DirectoryNode root) throws ErrnoException {
    all = reachable(root);
    int numbers = all.stream().mapToInt(node -> node.number).max().orElse(0) + 1;
    byDirectory = leaves.byDirectory(numbers);
    places = new Place[numbers];
    byte[] rootXattrs = Xattrs.encode(xattrs(root));
    byte[] shared = Xattrs.NONE;
    int sharedBlock = 0;
    if (Erofs.INODE_BYTES + rootXattrs.length > Superblock.ROOT_ROOM) {
      shared = Xattrs.encodeShared(xattrs(root));
      rootXattrs = Xattrs.references(shared);
      image.align();
      sharedBlock = image.block();
      image.append(shared, 0, shared.length);
    }
    image.align();
    placeAll(image.position(), rootXattrs);
    byte[] first = new byte[Erofs.BLOCK];
    for (DirectoryNode node : all) {
      write(node, node == root ? rootXattrs : Xattrs.encode(xattrs(node)), first);
    }
    return new Superblock(first, sharedBlock);
  }

  private static List<DirectoryNode> reachable(DirectoryNode root) {
    List<DirectoryNode> found = new ArrayList<>();
    Deque<DirectoryNode> pending = new ArrayDeque<>(List.of(root));
    for (DirectoryNode node = pending.poll(); node != null; node = pending.poll()) {
      found.add(node);
      pending.addAll(node.children().values());
    }
    return found;
  }

  private Map<String, byte[]> xattrs(DirectoryNode node) {
    return xattrs.getOrDefault(node.number, Map.of());
  }

  private void placeAll(long from, byte[] rootXattrs) throws ErrnoException {
    long at = from;
    for (DirectoryNode node : all) {
      byDirectory.sort(node.number, leaves);
      long size = size(node);
      boolean root = node.number == 0;
      int inode = Erofs.INODE_BYTES + (root ? rootXattrs : Xattrs.encode(xattrs(node))).length;
      int rest = (int) (size & Erofs.BLOCK - 1);
      boolean inline = inode + rest <= (root ? Superblock.ROOT_ROOM : Erofs.BLOCK);
      long blocks = inline ? size & -Erofs.BLOCK : size + Erofs.BLOCK - 1 & -Erofs.BLOCK;
      long data = 0;
      if (blocks > 0) {
        data = aligned(at);
        at = data + blocks;
      }
      if (root) {
        places[0] = new Place(data, Superblock.ROOT_OFFSET, size, inline);
        continue;
      }
      int slots = slots(inode + (inline ? rest : 0));
      if ((at & Erofs.BLOCK - 1) + slots > Erofs.BLOCK) { // what is behind an inode must not cross a block
        at = aligned(at);
      }
      places[node.number] = new Place(data, at, size, inline);
      at += slots;
    }
  }

  private static long aligned(long at) {
    return at + Erofs.BLOCK - 1 & -Erofs.BLOCK;
  }

  private static int slots(int bytes) {
    return bytes + SLOT - 1 & -SLOT;
  }

  /** Bytes of its data: whole blocks, and what the last one has. */
  private long size(DirectoryNode node) {
    DirectoryEntries entries = new DirectoryEntries(node, byDirectory, leaves);
    long blocks = 0;
    int used = 0;
    while (entries.next()) {
      int bytes = Erofs.DIRENT_BYTES + entries.name().length;
      if (used + bytes > Erofs.BLOCK) {
        blocks++;
        used = 0;
      }
      used += bytes;
    }
    return blocks * Erofs.BLOCK + used;
  }

  private void write(DirectoryNode node, byte[] encoded, byte[] first) throws ErrnoException {
    Place place = places[node.number];
    if (place.size() >= Erofs.BLOCK || !place.inline()) {
      image.align();
    }
    byte[] last = writeBlocks(node);
    int rest = (int) (place.size() & Erofs.BLOCK - 1);
    if (!place.inline() && rest > 0) {
      image.append(last, 0, Erofs.BLOCK);
    }
    int layout = place.inline() && rest > 0 ? Erofs.FLAT_INLINE : Erofs.FLAT_PLAIN;
    int union = (int) (place.data() >> Erofs.BLOCK_BITS);
    Timestamp time = node.modified() == Timestamp.OMIT ? new Timestamp(0, 0) : node.modified();
    Inode inode = new Inode(Stat.S_IFDIR | node.mode(), node.uid(), node.gid(), time, 2 + node.children().size(), place.size(), layout, union, encoded);
    byte[] bytes = new byte[slots(inode.bytes() + (layout == Erofs.FLAT_INLINE ? rest : 0))];
    inode.put(bytes, 0);
    if (layout == Erofs.FLAT_INLINE) {
      System.arraycopy(last, 0, bytes, inode.bytes(), rest);
    }
    if (node.number == 0) {
      System.arraycopy(bytes, 0, first, Superblock.ROOT_OFFSET, Math.min(bytes.length, Superblock.ROOT_ROOM));
      return;
    }
    image.skip(place.inode() - image.position());
    image.append(bytes, 0, bytes.length);
  }

  /** Writes the whole blocks of its data; returns the last one, which may not be whole. */
  private byte[] writeBlocks(DirectoryNode node) throws ErrnoException {
    DirectoryEntries entries = new DirectoryEntries(node, byDirectory, leaves);
    byte[] block = new byte[Erofs.BLOCK];
    List<byte[]> inBlock = new ArrayList<>();
    long[] nids = new long[Erofs.BLOCK / Erofs.DIRENT_BYTES + 1];
    int[] types = new int[nids.length];
    int used = 0;
    boolean more = entries.next();
    while (more) {
      byte[] name = entries.name();
      int bytes = Erofs.DIRENT_BYTES + name.length;
      if (used + bytes > Erofs.BLOCK) {
        fill(block, inBlock, nids, types);
        image.append(block, 0, block.length);
        inBlock.clear();
        used = 0;
      }
      nids[inBlock.size()] = nid(node, entries);
      types[inBlock.size()] = entries.type();
      inBlock.add(name);
      used += bytes;
      more = entries.next();
    }
    fill(block, inBlock, nids, types);
    if (used == Erofs.BLOCK) {
      image.append(block, 0, block.length);
    }
    return block;
  }

  private long nid(DirectoryNode node, DirectoryEntries entries) {
    DirectoryNode directory = entries.directory();
    if (directory != null) {
      return places[directory.number].nid();
    }
    long nid = entries.inode();
    names.computeIfPresent(nid, (key, count) -> count + 1);
    return nid;
  }

  private static void fill(byte[] block, List<byte[]> inBlock, long[] nids, int[] types) {
    Arrays.fill(block, (byte) 0);
    int at = inBlock.size() * Erofs.DIRENT_BYTES;
    for (int i = 0; i < inBlock.size(); i++) {
      byte[] name = inBlock.get(i);
      int entry = i * Erofs.DIRENT_BYTES;
      Erofs.put64(block, entry, nids[i]);
      Erofs.put16(block, entry + 8, at);
      block[entry + 10] = (byte) types[i];
      System.arraycopy(name, 0, block, at, name.length);
      at += name.length;
    }
  }

  int directories() {
    return all.size();
  }

  /** The leaves that are reached, by directory. */
  LeafTable.ByDirectory reached() {
    return byDirectory;
  }

  List<DirectoryNode> all() {
    return all;
  }
}
