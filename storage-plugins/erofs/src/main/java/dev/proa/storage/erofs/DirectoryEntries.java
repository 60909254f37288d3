package dev.proa.storage.erofs;

import dev.proa.linux.FileName;
import dev.proa.linux.abi.Stat;
import dev.proa.storage.layers.DirectoryNode;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What stands in a directory, in the order of the names' bytes, {@code .} and {@code ..} among them: the kernel searches by halves. The leaves and the
 * directories are merged on the way.
 */
final class DirectoryEntries {
  private static final int DIRECTORY = Erofs.fileType(Stat.S_IFDIR);

  private final LeafTable leaves;
  private final int[] order;
  private final Directory[] directories;
  private final int endOfLeaves;
  private int nextLeaf;
  private int nextDirectory;

  private byte[] name = {};
  private @Nullable DirectoryNode directory;
  private int leaf;

  private record Directory(byte[] name, DirectoryNode node) {}

  DirectoryEntries(DirectoryNode node, LeafTable.ByDirectory byDirectory, LeafTable leaves) {
    this.leaves = leaves;
    this.order = byDirectory.order();
    this.nextLeaf = byDirectory.starts()[node.number];
    this.endOfLeaves = byDirectory.starts()[node.number + 1];
    Map<String, DirectoryNode> children = node.children();
    this.directories = new Directory[children.size() + 2];
    directories[0] = new Directory(new byte[] {'.'}, node);
    directories[1] = new Directory(new byte[] {'.', '.'}, node.parent == null ? node : node.parent);
    int i = 2;
    for (DirectoryNode child : children.values()) {
      directories[i++] = new Directory(FileName.encode(child.name), child);
    }
    Arrays.sort(directories, (a, b) -> Arrays.compareUnsigned(a.name(), b.name()));
  }

  /** Goes to the next one; false at the end. */
  boolean next() {
    byte[] leafName = nextLeaf < endOfLeaves ? leaves.name(order[nextLeaf]) : null;
    Directory candidate = nextDirectory < directories.length ? directories[nextDirectory] : null;
    if (candidate != null && (leafName == null || Arrays.compareUnsigned(candidate.name(), leafName) < 0)) {
      nextDirectory++;
      name = candidate.name();
      directory = candidate.node();
      return true;
    }
    if (leafName == null) {
      return false;
    }
    name = leafName;
    directory = null;
    leaf = order[nextLeaf++];
    return true;
  }

  byte[] name() {
    return name;
  }

  /** Null if it is none. */
  @Nullable DirectoryNode directory() {
    return directory;
  }

  /** EROFS_FT_*. */
  int type() {
    return directory != null ? DIRECTORY : leaves.type(leaf);
  }

  /** The number of the inode of what is no directory. */
  long inode() {
    return leaves.inode(leaf);
  }
}
