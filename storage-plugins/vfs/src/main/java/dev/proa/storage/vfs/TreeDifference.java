package dev.proa.storage.vfs;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileName;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Timestamp;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Stat;
import dev.proa.spi.storage.StorageDriver.ChangeKind;
import dev.proa.storage.layers.LayerTarget;
import dev.proa.storage.layers.TreeWalk;
import dev.proa.storage.layers.Walk;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What of a tree differs from the one below it, as a walk: what is new or different, the directories on the way to it, and a whiteout for what is
 * gone. Both trees are gone through together, in the order of the names' bytes.
 */
final class TreeDifference implements Walk {
  private static final int BUFFER = 64 << 10;

  private final Fd below;
  private final TreeWalk walk;
  private final TreeWalk lower;
  private final @Nullable Timestamp unchangedBefore;
  private final Deque<Found> ready = new ArrayDeque<>();

  /** Directories that are the same themselves, while it is not known whether all in them is. */
  private final List<Visit> same = new ArrayList<>();

  private @Nullable Visit mine;
  private @Nullable Visit theirs;
  private ChangeKind kind = ChangeKind.MODIFIED;

  private record Found(Visit visit, ChangeKind kind) {}

  /**
   * @param root stays the caller's
   * @param below the tree it is compared with; closed with this
   * @param unchangedBefore files whose ctime is older are known to be the same; null to compare their content
   */
  TreeDifference(Fd root, Fd below, @Nullable Timestamp unchangedBefore) throws ErrnoException {
    this.below = below;
    this.unchangedBefore = unchangedBefore;
    TreeWalk first = null;
    try {
      first = new TreeWalk(root, true);
      this.walk = first;
      this.lower = new TreeWalk(below, true);
      this.mine = walk.next();
      this.theirs = lower.next();
    } catch (ErrnoException | RuntimeException e) {
      if (first != null) {
        first.close();
      }
      below.close();
      throw e;
    }
  }

  /** What {@link #next} found. */
  ChangeKind kind() {
    return kind;
  }

  @Override
  public @Nullable Visit next() throws ErrnoException {
    while (ready.isEmpty() && (mine != null || theirs != null)) {
      step();
    }
    Found found = ready.poll();
    if (found == null) {
      return null;
    }
    kind = found.kind();
    return found.visit();
  }

  private void step() throws ErrnoException {
    Visit here = mine;
    Visit there = theirs;
    int order = here == null ? 1 : there == null ? -1 : compare(here.path(), there.path());
    if (here != null && order < 0) {
      add(here, ChangeKind.ADDED);
      mine = walk.next();
    } else if (there != null && order > 0) {
      add(whiteout(there), ChangeKind.DELETED);
      passOver(there);
    } else if (here != null && there != null) {
      if (!isSame(here, there)) {
        add(here, ChangeKind.MODIFIED);
      } else if (here.status().isDirectory()) {
        ancestors(here.path());
        same.add(here);
      }
      boolean merged = here.status().isDirectory() && there.status().isDirectory();
      mine = walk.next();
      if (merged) {
        theirs = lower.next();
      } else {
        passOver(there);
      }
    }
  }

  /** Goes on behind something of the lower tree and all that is in it. */
  private void passOver(Visit top) throws ErrnoException {
    Visit next = lower.next();
    while (next != null && next.path().startsWith(top.path() + "/")) {
      next = lower.next();
    }
    theirs = next;
  }

  /** Forgets the directories that the walk has left. */
  private void ancestors(String path) {
    while (!same.isEmpty() && !path.startsWith(same.getLast().path() + "/")) {
      same.removeLast();
    }
  }

  private void add(Visit visit, ChangeKind what) {
    ancestors(visit.path());
    for (Visit directory : same) {
      ready.add(new Found(directory, ChangeKind.MODIFIED));
    }
    same.clear();
    ready.add(new Found(visit, what));
  }

  private static Visit whiteout(Visit gone) {
    FileStatus s = gone.status();
    FileStatus status =
        new FileStatus(
            Stat.S_IFCHR, 1, 0, 0, s.ino(), 0, 0, s.attributes(), s.atime(), s.mtime(), s.ctime(), 0, 0, s.devMajor(), s.devMinor(), s.mountId());
    return new Visit(gone.path(), gone.directory(), gone.name(), status);
  }

  /** As the walks go: a slash is before every other byte. */
  private static int compare(String a, String b) {
    byte[] first = FileName.encode(a);
    byte[] second = FileName.encode(b);
    int at = Arrays.mismatch(first, second);
    if (at < 0) {
      return 0;
    }
    if (at == first.length || at == second.length) {
      return first.length - second.length;
    }
    return Integer.compare(first[at] == '/' ? -1 : first[at] & 0xff, second[at] == '/' ? -1 : second[at] & 0xff);
  }

  private boolean isSame(Visit here, Visit there) throws ErrnoException {
    FileStatus a = here.status();
    FileStatus b = there.status();
    if (a.mode() != b.mode()
        || a.uid() != b.uid()
        || a.gid() != b.gid()
        || a.rdevMajor() != b.rdevMajor()
        || a.rdevMinor() != b.rdevMinor()
        || !a.mtime().equals(b.mtime())
        || (!a.isDirectory() && (a.nlink() != b.nlink() || a.size() != b.size()))) {
      return false;
    }
    if (unchangedBefore != null && isBefore(a.ctime(), unchangedBefore)) {
      return true;
    }
    return walk.inDirectory(here, mineIn -> lower.inDirectory(there, theirsIn -> isSame(mineIn, theirsIn, here)));
  }

  private static boolean isBefore(Timestamp a, Timestamp b) {
    return a.seconds() < b.seconds() || (a.seconds() == b.seconds() && a.nanos() < b.nanos());
  }

  private static boolean isSame(Fd mineIn, Fd theirsIn, Visit visit) throws ErrnoException {
    String name = visit.name();
    List<String> xattrs = Fs.llistxattrat(mineIn, name);
    if (!new HashSet<>(xattrs).equals(new HashSet<>(Fs.llistxattrat(theirsIn, name)))) {
      return false;
    }
    for (String xattr : xattrs) {
      if (!Arrays.equals(Fs.lgetxattrat(mineIn, name, xattr), Fs.lgetxattrat(theirsIn, name, xattr))) {
        return false;
      }
    }
    return switch (visit.status().type()) {
      case Stat.S_IFLNK -> Fs.readlinkat(mineIn, name).equals(Fs.readlinkat(theirsIn, name));
      case Stat.S_IFREG -> hasSameContent(mineIn, theirsIn, name);
      default -> true;
    };
  }

  private static boolean hasSameContent(Fd mineIn, Fd theirsIn, String name) throws ErrnoException {
    int flags = Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW | Fcntl.O_NONBLOCK | Fcntl.O_NOCTTY;
    try (Fd a = Fs.openat(mineIn, name, flags);
        Fd b = Fs.openat(theirsIn, name, flags);
        Arena arena = Arena.ofConfined()) {
      MemorySegment first = arena.allocate(BUFFER);
      MemorySegment second = arena.allocate(BUFFER);
      for (long at = 0; ; ) {
        long n = Io.pread(a, first, at);
        long m = Io.pread(b, second, at);
        long both = Math.min(n, m);
        if (both == 0) {
          return n == m;
        }
        if (first.asSlice(0, both).mismatch(second.asSlice(0, both)) >= 0) {
          return false;
        }
        at += both;
      }
    }
  }

  /** Sizes of what is new or different. */
  LayerTarget.Content measure() throws ErrnoException {
    long size = 0;
    long inodes = 1; // the root
    Set<Long> linked = new HashSet<>();
    for (Visit visit = next(); visit != null; visit = next()) {
      FileStatus status = visit.status();
      if (!status.isDirectory() && status.nlink() > 1 && !linked.add(status.ino())) {
        continue;
      }
      inodes++;
      size += status.isRegularFile() ? status.size() : 0;
    }
    return new LayerTarget.Content(size, inodes);
  }

  @Override
  public <T> T inDirectory(Visit visit, InDirectory<T> what) throws ErrnoException {
    return walk.inDirectory(visit, what);
  }

  @Override
  public void close() {
    walk.close();
    lower.close();
    below.close();
  }
}
