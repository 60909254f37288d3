package dev.proa.storage.layers;

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
import dev.proa.linux.tar.TarReader;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A layer as a directory in overlayfs's format. The kernel only ever sees one component names below a descriptor of a real directory, and never
 * follows a link for us.
 */
public class DirectoryTarget implements LayerTarget {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryTarget.class);
  private static final int BUFFER = 256 * 1024;
  private static final int MAX_OPEN = 128;

  /** A file of this size is worth a call that has the disk begin with it; the sync at the end then waits for less. */
  private static final long WRITEBACK = 1 << 20;

  private static final int DIRECTORY = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW;
  private static final long WITHOUT_LINKS = Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_NO_SYMLINKS | Fcntl.RESOLVE_NO_MAGICLINKS;
  private static final String TRASH = ".wh..wh..proa-"; // no member can have such a name

  private final Fd root;
  private final OverlayFormat format;
  private final int umask;
  private final int ownerUid;
  private final int ownerGid;
  private final Map<DirectoryNode, Fd> open = new LinkedHashMap<>(64, 0.75f, true);
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment scratch = arena.allocate(BUFFER, 64);

  private long sizeBytes;
  private long inodes = 1; // the root
  private boolean removed;
  private boolean warnedOfXattr;

  /** @param root an empty directory, in which nobody else works; stays the caller's */
  public DirectoryTarget(Fd root, OverlayFormat format) throws ErrnoException {
    this.root = root;
    this.format = format;
    AccessLists.drop(root); // those of the folder that the driver was given
    FileStatus made = Fs.fstat(root);
    this.ownerUid = made.uid();
    this.ownerGid = made.gid();
    this.umask = probeUmask();
  }

  /** What the process's umask takes from new files; asking for it by umask(2) would change it for all threads for a moment. */
  private int probeUmask() throws ErrnoException {
    String probe = TRASH + "umask";
    try (Fd file = Fs.openat(root, probe, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL, 0777)) {
      return ~Fs.fstat(file).mode() & 0777;
    } finally {
      Fs.unlinkat(root, probe, 0);
    }
  }

  private boolean isOwnedByDefault(int uid, int gid) {
    return uid == ownerUid && gid == ownerGid;
  }

  /** Whether a file created with the mode has it. */
  private boolean isModeKept(int mode) {
    return (mode & 07000) == 0 && (mode & umask) == 0;
  }

  /** A descriptor of the directory, valid until two more are asked for; not to be closed. */
  private Fd open(DirectoryNode node) throws ErrnoException {
    if (node.parent == null) {
      return root;
    }
    Fd fd = open.get(node);
    if (fd == null) {
      Fd parent = node.parent.parent == null ? root : open.get(node.parent);
      fd = parent != null ? Fs.openat(parent, node.name, DIRECTORY) : Fs.openat2(root, node.path(), DIRECTORY, 0, WITHOUT_LINKS);
      open.put(node, fd);
      if (open.size() > MAX_OPEN) {
        Iterator<Fd> eldest = open.values().iterator();
        eldest.next().close();
        eldest.remove();
      }
    }
    return fd;
  }

  @Override
  public void root(DirectoryNode node, @Nullable Fd below) throws ErrnoException {
    if (below != null) {
      copyXattrs(node, below);
    }
  }

  @Override
  public Leaf find(DirectoryNode parent, String name) throws ErrnoException {
    FileStatus status = Fs.statxIfExists(open(parent), name, Fcntl.AT_SYMLINK_NOFOLLOW);
    if (status == null) {
      return Leaf.NOTHING;
    }
    return status.isSymbolicLink() ? Leaf.SYMBOLIC_LINK : OverlayFormat.isWhiteout(status) ? Leaf.WHITEOUT : Leaf.OTHER;
  }

  @Override
  public String readLink(DirectoryNode parent, String name) throws ErrnoException {
    return Fs.readlinkat(open(parent), name);
  }

  @Override
  public void makeDirectory(DirectoryNode node, int mode) throws ErrnoException {
    DirectoryNode parent = parent(node);
    Fs.mkdirat(open(parent), node.name, mode & 0777);
    inodes++;
    if (parent.defaultAcl) {
      AccessLists.drop(open(node));
    }
  }

  private static DirectoryNode parent(DirectoryNode node) {
    if (node.parent == null) {
      throw new IllegalArgumentException("the root is there from the start");
    }
    return node.parent;
  }

  @Override
  public void setXattrs(DirectoryNode node, Map<String, byte[]> xattrs) throws ErrnoException {
    Fd directory = open(node);
    for (String old : Fs.flistxattr(directory)) {
      if (!format.isOwn(old) && !xattrs.containsKey(old) && !old.equals("security.selinux")) {
        Fs.fremovexattr(directory, old);
      }
    }
    setXattrs(directory, node.path(), xattrs);
    node.defaultAcl = xattrs.containsKey(AccessLists.DEFAULT);
  }

  @Override
  public void copyXattrs(DirectoryNode node, Fd from) throws ErrnoException {
    FileCopy.xattrs(from, open(node), format);
    node.defaultAcl = Fs.flistxattr(from).contains(AccessLists.DEFAULT);
  }

  private void setXattrs(Fd file, String path, Map<String, byte[]> xattrs) throws ErrnoException {
    for (Map.Entry<String, byte[]> xattr : xattrs.entrySet()) {
      try {
        Fs.fsetxattr(file, xattr.getKey(), xattr.getValue(), 0);
      } catch (ErrnoException e) {
        tolerate(e, path, xattr.getKey(), xattr.getValue().length);
      }
    }
  }

  /** As Docker does: an attribute that this file system or this user cannot have does not make the image unusable. */
  private void tolerate(ErrnoException e, String path, String xattr, int bytes) throws ErrnoException {
    if (e.errno() == Errno.ENOSPC) { // which is also how ext4 says that a file can have no more attributes
      throw ProaException.exhausted(
          "cannot unpack entry \"" + EntryName.shortened(path) + "\": no space left for its extended attribute " + EntryName.shortened(xattr)
              + " of " + bytes + " bytes: the disk is full, or its file system cannot hold so much for one file", e);
    }
    if (e.errno() != Errno.EOPNOTSUPP && e.errno() != Errno.EPERM) {
      throw e;
    }
    if (!warnedOfXattr) {
      warnedOfXattr = true;
      LOG.warn("extended attribute {} of entry \"{}\" is left out, and perhaps others: {}", xattr, path, e.getMessage());
    }
  }

  @Override
  public void makeOpaque(DirectoryNode node) throws ErrnoException {
    format.makeOpaque(open(node));
  }

  @Override
  public void makeWhiteout(DirectoryNode parent, String name) throws ErrnoException {
    OverlayFormat.makeWhiteout(open(parent), name);
    inodes++;
  }

  @Override
  public void makeFile(DirectoryNode parent, String name, TarEntry entry, Map<String, byte[]> xattrs, TarReader data) throws IOException {
    int flags = Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW;
    try (Fd file = Fs.openat(open(parent), name, flags, entry.mode() & 0777)) {
      if (entry.extents() == null) {
        writePlain(file, data);
      } else {
        writeSparse(file, data, entry.extents(), entry.size());
      }
      if (entry.size() >= WRITEBACK) {
        Io.startWriteback(file, 0, entry.size());
      }
      own(file, parent, entry);
      setXattrs(file, entry.name(), xattrs);
      Timestamp time = time(entry);
      Fs.futimens(file, time, time);
    }
    sizeBytes += entry.size();
    inodes++;
  }

  private void writePlain(Fd file, TarReader reader) throws IOException {
    for (int n = reader.chunk(); n > 0; n = reader.chunk()) {
      MemorySegment.copy(reader.buffer(), reader.chunkOffset(), scratch, ValueLayout.JAVA_BYTE, 0, n);
      Io.writeFully(file, n == BUFFER ? scratch : scratch.asSlice(0, n));
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
    }
    Io.ftruncate(file, size);
  }

  /** Owner and mode as far as creating the file did not give them yet. chown(2) takes set-id bits away: it comes first. */
  private void own(Fd file, DirectoryNode parent, TarEntry entry) throws ErrnoException {
    boolean owned = isOwnedByDefault(entry.uid(), entry.gid());
    if (!owned) {
      Fs.fchown(file, entry.uid(), entry.gid());
    }
    if (parent.defaultAcl) {
      AccessLists.dropInherited(file);
    }
    if (parent.defaultAcl || !isModeKept(entry.mode())) {
      Fs.fchmod(file, entry.mode());
    }
  }

  @Override
  public void makeSymbolicLink(DirectoryNode parent, String name, TarEntry entry, Map<String, byte[]> xattrs) throws ErrnoException {
    Fd dir = open(parent);
    Fs.symlinkat(entry.linkName(), dir, name);
    if (!isOwnedByDefault(entry.uid(), entry.gid())) {
      Fs.fchownat(dir, name, entry.uid(), entry.gid(), Fcntl.AT_SYMLINK_NOFOLLOW);
    }
    finishNamed(dir, name, entry, xattrs);
  }

  @Override
  public void makeNode(DirectoryNode parent, String name, int type, TarEntry entry, Map<String, byte[]> xattrs) throws ErrnoException {
    Fd dir = open(parent);
    Fs.mknodat(dir, name, type | (entry.mode() & 0777), entry.deviceMajor(), entry.deviceMinor());
    if (!isOwnedByDefault(entry.uid(), entry.gid())) {
      Fs.fchownat(dir, name, entry.uid(), entry.gid(), Fcntl.AT_SYMLINK_NOFOLLOW);
    }
    if (parent.defaultAcl) {
      AccessLists.dropInherited(dir, name);
    }
    if (parent.defaultAcl || !isModeKept(entry.mode())) {
      Fs.fchmodat(dir, name, entry.mode());
    }
    finishNamed(dir, name, entry, xattrs);
  }

  /** Attributes and times of what cannot be opened. */
  private void finishNamed(Fd dir, String name, TarEntry entry, Map<String, byte[]> xattrs) throws ErrnoException {
    for (Map.Entry<String, byte[]> xattr : xattrs.entrySet()) {
      try {
        Fs.lsetxattrat(dir, name, xattr.getKey(), xattr.getValue(), 0);
      } catch (ErrnoException e) {
        tolerate(e, entry.name(), xattr.getKey(), xattr.getValue().length);
      }
    }
    Timestamp time = time(entry);
    Fs.utimensat(dir, name, time, time, Fcntl.AT_SYMLINK_NOFOLLOW);
    inodes++;
  }

  private static Timestamp time(TarEntry entry) {
    return new Timestamp(entry.modifiedSeconds(), entry.modifiedNanos());
  }

  @Override
  public void makeHardLink(DirectoryNode from, String target, DirectoryNode to, String name) throws ErrnoException {
    Fd source = open(from);
    Fs.linkat(source, target, open(to), name, 0);
  }

  @Override
  public void copyUp(DirectoryNode to, String name, Fd below, FileStatus status) throws ErrnoException {
    FileCopy.one(below, name, status, open(to), format);
    sizeBytes += status.isRegularFile() ? status.size() : 0;
    inodes++;
  }

  @Override
  public void unlink(DirectoryNode parent, String name) throws ErrnoException {
    Fs.unlinkat(open(parent), name, 0);
    removed = true;
  }

  @Override
  public void removeTree(DirectoryNode node) throws ErrnoException {
    Iterator<Map.Entry<DirectoryNode, Fd>> all = open.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<DirectoryNode, Fd> each = all.next();
      if (node.holds(each.getKey())) {
        each.getValue().close();
        all.remove();
      }
    }
    new TreeRemover(root, TRASH).remove(open(parent(node)), node.name);
    removed = true;
  }

  /** Told when all members are there and owners, modes and times of the directories are not yet. */
  protected void complete(DirectoryNode top) throws IOException {}

  @Override
  public final Content finish(DirectoryNode top) throws IOException {
    Content content = removed ? counted() : new Content(sizeBytes, inodes);
    complete(top);
    Deque<DirectoryNode> pending = new ArrayDeque<>();
    pending.push(top);
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
    Fs.fchown(root, top.uid, top.gid);
    Fs.fchmod(root, top.mode);
    if (top.modified != Timestamp.OMIT) {
      Fs.futimens(root, top.modified, top.modified);
    }
    return content;
  }

  private Content counted() throws ErrnoException {
    LayerUsage usage = LayerUsage.of(root);
    return new Content(usage.sizeBytes(), usage.inodes());
  }

  @Override
  public void close() {
    open.values().forEach(Fd::close);
    open.clear();
    arena.close();
  }
}
