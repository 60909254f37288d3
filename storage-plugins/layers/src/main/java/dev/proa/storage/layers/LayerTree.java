package dev.proa.storage.layers;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Timestamp;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.ProaException;
import dev.proa.storage.layers.LayerTarget.Leaf;
import dev.proa.storage.layers.LowerLayers.Found;
import dev.proa.linux.tar.TarEntry;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The directories of the layer that is being made, and the way from a member's path to one of them through the merged tree: through
 * directories of this layer, of layers below (which are then made here too, with the attributes they have below) and through symbolic links
 * of either, for which "/" and ".." end at the root.
 */
final class LayerTree {
  private static final int MAX_LINKS = 40; // MAXSYMLINKS of linux/namei.h
  private static final int DIRECTORY = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW;

  private final LayerTarget target;
  private final LowerLayers below;
  private final ApplyLimits limits;
  private final DirectoryNode root;

  private int directories = 1;
  private int kept;
  private @Nullable String lastPath;
  private DirectoryNode lastNode;
  private Set<String> lastLinks = Set.of();

  LayerTree(LayerTarget target, LowerLayers below, ApplyLimits limits) throws IOException {
    this.target = target;
    this.below = below;
    this.limits = limits;
    this.root = new DirectoryNode(null, "", 0, below.rootLayers());
    this.lastNode = root;
    if (root.lowers.length == 0) {
      root.mode = 0755;
      target.root(root, null);
    } else {
      try (Fd parent = below.open(0, "", DIRECTORY)) {
        describe(root, Fs.fstat(parent));
        target.root(root, parent);
      }
    }
  }

  DirectoryNode root() {
    return root;
  }

  /** The directory at the path, for an entry to be made in; what is missing is made, as tar does. */
  DirectoryNode resolve(String path, TarEntry entry) throws IOException {
    DirectoryNode node = resolve(path, entry, true);
    if (node == null) {
      throw new IllegalStateException("a directory was to be made");
    }
    node.makeOwn();
    return node;
  }

  /** The directory at the path, null if the merged tree has none there. */
  @Nullable DirectoryNode resolveExisting(String path, TarEntry entry) throws IOException {
    return resolve(path, entry, false);
  }

  private @Nullable DirectoryNode resolve(String path, TarEntry entry, boolean make) throws IOException {
    if (path.isEmpty()) {
      return root;
    }
    if (path.equals(lastPath)) {
      return lastNode;
    }
    Deque<String> pending = new ArrayDeque<>();
    push(pending, path);
    Set<String> links = new HashSet<>();
    int followed = 0;
    DirectoryNode at = root;
    while (!pending.isEmpty()) {
      String name = pending.pop();
      if (name.equals("..")) {
        at = at.parent == null ? at : at.parent;
        continue;
      }
      DirectoryNode child = at.child(name);
      if (child != null) {
        at = child;
        continue;
      }
      Leaf here = target.find(at, name);
      Found found = here != Leaf.NOTHING || at.lowers.length == 0 ? null : below.lookup(at.lowers, at.path(), name);
      if (found == null && (here == Leaf.NOTHING || here == Leaf.WHITEOUT)) {
        if (!make) {
          return null;
        }
        at = makeImplied(at, name, entry);
      } else if (found != null && found.status().isDirectory()) {
        at = copyUp(at, name, found);
      } else if (here == Leaf.SYMBOLIC_LINK || (found != null && found.status().isSymbolicLink())) {
        if (++followed > MAX_LINKS) {
          throw ProaException.invalid("entry \"" + EntryName.shortened(entry.name()) + "\" lies behind too many symbolic links");
        }
        String text = found == null ? target.readLink(at, name) : below.readLink(found, at.path(), name);
        links.add(name);
        if (text.startsWith("/")) {
          at = root;
        }
        push(pending, text);
      } else {
        throw ProaException.invalid(
            "entry \"" + EntryName.shortened(entry.name()) + "\" lies below \"" + EntryName.shortened(at.pathOf(name)) + "\", which is no directory");
      }
    }
    lastPath = path;
    lastNode = at;
    lastLinks = links;
    return at;
  }

  private static void push(Deque<String> pending, String path) {
    String[] names = path.split("/", -1);
    for (int i = names.length - 1; i >= 0; i--) {
      if (!names[i].isEmpty() && !names[i].equals(".")) {
        pending.push(names[i]);
      }
    }
  }

  /** Told of every name that was made or hidden: what was found through a link of that name has to be looked for again. */
  void touched(String name) {
    if (lastLinks.contains(name)) {
      lastPath = null;
    }
  }

  private DirectoryNode makeImplied(DirectoryNode parent, String name, TarEntry entry) throws IOException {
    DirectoryNode node = makeDirectory(parent, name, 0755);
    node.mode = 0755;
    node.modified = new Timestamp(entry.modifiedSeconds(), entry.modifiedNanos());
    return node;
  }

  private DirectoryNode copyUp(DirectoryNode parent, String name, Found found) throws IOException {
    DirectoryNode node = makeDirectory(parent, name, 0700);
    describe(node, found.status());
    try (Fd source = below.open(found.layer(), node.path(), DIRECTORY)) {
      target.copyXattrs(node, source);
    }
    return node;
  }

  /** Makes a directory at a name where this layer has none; directories below at the name show through, unless something hid them. */
  DirectoryNode makeDirectory(DirectoryNode parent, String name, int mode) throws IOException {
    Found found = parent.lowers.length == 0 ? null : below.lookup(parent.lowers, parent.path(), name);
    boolean covers = found != null && found.status().isDirectory();
    DirectoryNode node = new DirectoryNode(parent, name, directories++, covers && found != null ? found.layers() : LowerLayers.NONE);
    if (node.pathLength > limits.pathBytes()) {
      throw ProaException.invalid("the layer has a path longer than " + limits.pathBytes() + " bytes");
    }
    boolean replaced = false;
    try {
      target.makeDirectory(node, mode);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      clear(parent, name);
      replaced = true;
      target.makeDirectory(node, mode);
    }
    countKept();
    parent.add(node);
    if (covers && replaced) {
      node.lowers = LowerLayers.NONE;
      target.makeOpaque(node);
    }
    return node;
  }

  /** Counts something that stays in memory until the layer is done. */
  void countKept() {
    if (++kept > limits.directories()) {
      throw ProaException.invalid("the layer has more than " + limits.directories() + " directories, whiteouts and links to layers below");
    }
  }

  void describe(DirectoryNode node, TarEntry entry) {
    node.mode = entry.mode();
    node.uid = entry.uid();
    node.gid = entry.gid();
    node.modified = new Timestamp(entry.modifiedSeconds(), entry.modifiedNanos());
  }

  private static void describe(DirectoryNode node, FileStatus status) {
    node.mode = status.permissions();
    node.uid = status.uid();
    node.gid = status.gid();
    node.modified = status.mtime();
  }

  /** Takes away what this layer has at the name, so that something else can be made there. */
  void clear(DirectoryNode parent, String name) throws IOException {
    DirectoryNode node = parent.child(name);
    if (node == null) {
      target.unlink(parent, name);
    } else {
      parent.removeChild(name);
      target.removeTree(node);
    }
    parent.forget(name);
    lastPath = null;
  }

  /**
   * A whiteout. It hides what the layers below have at the name, and nothing of this layer, in whatever order the members come (layer.md,
   * "Whiteouts").
   */
  void hide(DirectoryNode parent, String name) throws IOException {
    DirectoryNode own = parent.child(name);
    if (own != null && own.own) {
      makeOpaque(own);
      return;
    }
    if (own != null) {
      clear(parent, name);
    } else if (parent.removeCopy(name)) {
      target.unlink(parent, name);
    } else if (target.find(parent, name) != Leaf.NOTHING) {
      return;
    }
    // without something to hide a whiteout would be seen as a name that cannot be looked at: overlayfs does not filter unmerged directories
    if (parent.lowers.length > 0 && below.lookup(parent.lowers, parent.path(), name) != null) {
      target.makeWhiteout(parent, name);
      parent.whiteouts().add(name);
      countKept();
    }
  }

  /** Hides everything that the layers below have in the directory. */
  void makeOpaque(DirectoryNode node) throws IOException {
    if (node.lowers.length == 0) {
      return;
    }
    if (node == root) { // overlayfs merges the layers' roots whatever they are marked with
      for (String name : below.names(node.lowers, "")) {
        hide(node, name);
      }
      lastPath = null;
      return;
    }
    target.makeOpaque(node);
    Deque<DirectoryNode> pending = new ArrayDeque<>();
    pending.push(node);
    while (!pending.isEmpty()) {
      DirectoryNode at = pending.pop();
      at.lowers = LowerLayers.NONE;
      for (String name : at.whiteouts()) {
        target.unlink(at, name);
      }
      for (String name : at.copies()) {
        target.unlink(at, name);
      }
      at.forgetMarks();
      for (DirectoryNode child : List.copyOf(at.children().values())) {
        if (child.own) {
          pending.push(child);
        } else {
          clear(at, child.name);
        }
      }
    }
    lastPath = null;
  }
}
