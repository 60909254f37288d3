package dev.proa.storage.overlay;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Timestamp;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.ProaException;
import dev.proa.storage.overlay.LowerLayers.Found;
import dev.proa.linux.tar.TarEntry;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The directories of the layer that is being made, and the way from a member's path to one of them through the merged tree: through
 * directories of this layer, of layers below (which are then made here too, with the attributes they have below) and through symbolic links
 * of either, for which "/" and ".." end at the root.
 */
final class LayerTree implements AutoCloseable {
  private static final int MAX_LINKS = 40; // MAXSYMLINKS of linux/namei.h
  private static final int MAX_OPEN = 128;
  private static final int DIRECTORY = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW;
  private static final long WITHOUT_LINKS = Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_NO_SYMLINKS | Fcntl.RESOLVE_NO_MAGICLINKS;
  private static final String TRASH = ".wh..wh..proa-"; // no member can have such a name

  private final Fd rootDirectory;
  private final LowerLayers below;
  private final OverlayFormat format;
  private final ApplyLimits limits;
  private final DirectoryNode root;
  private final int umask;
  private final int ownerUid;
  private final int ownerGid;
  private final Map<DirectoryNode, Fd> open = new LinkedHashMap<>(64, 0.75f, true);

  private int kept;
  private long inodes;
  private boolean removed;
  private @Nullable String lastPath;
  private DirectoryNode lastNode;
  private Set<String> lastLinks = Set.of();

  LayerTree(Fd rootDirectory, LowerLayers below, OverlayFormat format, ApplyLimits limits) throws ErrnoException {
    this.rootDirectory = rootDirectory;
    this.below = below;
    this.format = format;
    this.limits = limits;
    this.root = new DirectoryNode(null, "", below.rootLayers());
    this.lastNode = root;
    AccessLists.drop(rootDirectory); // those of the folder that the driver was given
    FileStatus made = Fs.fstat(rootDirectory);
    this.ownerUid = made.uid();
    this.ownerGid = made.gid();
    this.umask = probeUmask();
    if (root.lowers.length == 0) {
      root.mode = 0755;
    } else {
      try (Fd parent = below.open(0, "", DIRECTORY)) {
        describe(root, Fs.fstat(parent));
        FileCopy.xattrs(parent, rootDirectory, format);
        root.defaultAcl = Fs.flistxattr(parent).contains(AccessLists.DEFAULT);
      }
    }
  }

  /** What the process's umask takes from new files; asking for it by umask(2) would change it for all threads for a moment. */
  private int probeUmask() throws ErrnoException {
    String probe = TRASH + "umask";
    try (Fd file = Fs.openat(rootDirectory, probe, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL, 0777)) {
      return ~Fs.fstat(file).mode() & 0777;
    } finally {
      Fs.unlinkat(rootDirectory, probe, 0);
    }
  }

  DirectoryNode root() {
    return root;
  }

  Fd rootDirectory() {
    return rootDirectory;
  }

  boolean isOwnedByDefault(int uid, int gid) {
    return uid == ownerUid && gid == ownerGid;
  }

  /** Whether a file created with the mode has it. */
  boolean isModeKept(int mode) {
    return (mode & 07000) == 0 && (mode & umask) == 0;
  }

  /** A descriptor of the directory, valid until two more are asked for; not to be closed. */
  Fd open(DirectoryNode node) throws ErrnoException {
    if (node.parent == null) {
      return rootDirectory;
    }
    Fd fd = open.get(node);
    if (fd == null) {
      Fd parent = node.parent.parent == null ? rootDirectory : open.get(node.parent);
      fd = parent != null ? Fs.openat(parent, node.name, DIRECTORY) : Fs.openat2(rootDirectory, node.path(), DIRECTORY, 0, WITHOUT_LINKS);
      open.put(node, fd);
      if (open.size() > MAX_OPEN) {
        Iterator<Fd> eldest = open.values().iterator();
        eldest.next().close();
        eldest.remove();
      }
    }
    return fd;
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
      FileStatus here = Fs.statxIfExists(open(at), name, Fcntl.AT_SYMLINK_NOFOLLOW);
      Found found = here != null || at.lowers.length == 0 ? null : below.lookup(at.lowers, at.path(), name);
      FileStatus status = here != null && !OverlayFormat.isWhiteout(here) ? here : found == null ? null : found.status();
      if (status == null) {
        if (!make) {
          return null;
        }
        at = makeImplied(at, name, entry);
      } else if (status.isDirectory() && found != null) {
        at = copyUp(at, name, found);
      } else if (status.isSymbolicLink()) {
        if (++followed > MAX_LINKS) {
          throw ProaException.invalid("entry \"" + EntryName.shortened(entry.name()) + "\" lies behind too many symbolic links");
        }
        String target = found == null ? Fs.readlinkat(open(at), name) : below.readLink(found, at.path(), name);
        links.add(name);
        if (target.startsWith("/")) {
          at = root;
        }
        push(pending, target);
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
      FileCopy.xattrs(source, open(node), format);
      node.defaultAcl = Fs.flistxattr(source).contains(AccessLists.DEFAULT);
    }
    return node;
  }

  /** Makes a directory at a name where this layer has none; directories below at the name show through, unless something hid them. */
  DirectoryNode makeDirectory(DirectoryNode parent, String name, int mode) throws IOException {
    boolean replaced = false;
    try {
      Fs.mkdirat(open(parent), name, mode & 0777);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      clear(parent, name);
      replaced = true;
      Fs.mkdirat(open(parent), name, mode & 0777);
    }
    Found found = parent.lowers.length == 0 ? null : below.lookup(parent.lowers, parent.path(), name);
    boolean below = found != null && found.status().isDirectory();
    DirectoryNode node = new DirectoryNode(parent, name, below && !replaced && found != null ? found.layers() : LowerLayers.NONE);
    if (node.pathLength > limits.pathBytes()) {
      throw ProaException.invalid("the layer has a path longer than " + limits.pathBytes() + " bytes");
    }
    countKept();
    inodes++;
    parent.add(node);
    if (below && replaced) {
      format.makeOpaque(open(node));
    }
    if (parent.defaultAcl) {
      AccessLists.drop(open(node));
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

  /** Directories and whiteouts made. */
  long inodes() {
    return inodes;
  }

  /** Whether something was taken away again, so that sums over what was made are not what is there. */
  boolean hasRemoved() {
    return removed;
  }

  /** Takes away what this layer has at the name, so that something else can be made there. */
  void clear(DirectoryNode parent, String name) throws IOException {
    DirectoryNode node = parent.child(name);
    if (node == null) {
      Fs.unlinkat(open(parent), name, 0);
    } else {
      Iterator<Map.Entry<DirectoryNode, Fd>> all = open.entrySet().iterator();
      while (all.hasNext()) {
        Map.Entry<DirectoryNode, Fd> each = all.next();
        if (node.holds(each.getKey())) {
          each.getValue().close();
          all.remove();
        }
      }
      parent.removeChild(name);
      new TreeRemover(rootDirectory, TRASH).remove(open(parent), name);
    }
    parent.forget(name);
    lastPath = null;
    removed = true;
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
      Fs.unlinkat(open(parent), name, 0);
      removed = true;
    } else if (Fs.statxIfExists(open(parent), name, Fcntl.AT_SYMLINK_NOFOLLOW) != null) {
      return;
    }
    // without something to hide a whiteout would be seen as a name that cannot be looked at: overlayfs does not filter unmerged directories
    if (parent.lowers.length > 0 && below.lookup(parent.lowers, parent.path(), name) != null) {
      OverlayFormat.makeWhiteout(open(parent), name);
      parent.whiteouts().add(name);
      inodes++;
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
    format.makeOpaque(open(node));
    Deque<DirectoryNode> pending = new ArrayDeque<>();
    pending.push(node);
    while (!pending.isEmpty()) {
      DirectoryNode at = pending.pop();
      at.lowers = LowerLayers.NONE;
      for (String name : at.whiteouts()) {
        Fs.unlinkat(open(at), name, 0);
        removed = true;
      }
      for (String name : at.copies()) {
        Fs.unlinkat(open(at), name, 0);
        removed = true;
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

  /** Gives every directory its owner, mode and times, which entries in them would have disturbed. */
  void finish() throws IOException {
    Deque<DirectoryNode> pending = new ArrayDeque<>();
    pending.push(root);
    while (!pending.isEmpty()) {
      DirectoryNode parent = pending.pop();
      for (DirectoryNode node : parent.children().values()) {
        if (!node.children().isEmpty()) {
          pending.push(node);
        }
      }
      for (DirectoryNode node : parent.children().values()) {
        Fd dir = open(parent);
        if (!isOwnedByDefault(node.uid, node.gid)) {
          Fs.fchownat(dir, node.name, node.uid, node.gid, Fcntl.AT_SYMLINK_NOFOLLOW);
        }
        Fs.fchmodat(dir, node.name, node.mode);
        Fs.utimensat(dir, node.name, node.modified, node.modified, Fcntl.AT_SYMLINK_NOFOLLOW);
      }
    }
    Fs.fchown(rootDirectory, root.uid, root.gid);
    Fs.fchmod(rootDirectory, root.mode);
    if (root.modified != Timestamp.OMIT) {
      Fs.futimens(rootDirectory, root.modified, root.modified);
    }
  }

  @Override
  public void close() {
    open.values().forEach(Fd::close);
    open.clear();
  }
}
