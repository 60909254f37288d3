package dev.proa.storage.vfs;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.ProaException;
import dev.proa.storage.layers.DirectoryNode;
import dev.proa.storage.layers.FileCopy;
import dev.proa.storage.layers.OverlayFormat;
import dev.proa.storage.layers.TreeWalk;
import dev.proa.storage.layers.Walk;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Copies a tree, into an empty directory or under what a layer has made. Names of one file stay names of one file. */
final class TreeCopy {
  private static final int DIRECTORY = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW;
  private static final long WITHOUT_LINKS = Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_NO_SYMLINKS | Fcntl.RESOLVE_NO_MAGICLINKS;
  private static final int MAX_LINKS = 2_000_000;

  private final Fd from;
  private final Fd to;
  private final Map<Long, String> links = new HashMap<>();

  /** Directories copied whole whose content is still coming, with their times. */
  private final Deque<Copied> unfinished = new ArrayDeque<>();

  /** Those of the layer that show what is below; null if everything is copied. */
  private @Nullable Map<String, DirectoryNode> layer;

  private @Nullable String passedOver;
  private String openPath = "";
  private @Nullable Fd open;

  private record Copied(String path, FileStatus status) {}

  /** Both stay the caller's. */
  TreeCopy(Fd from, Fd to) {
    this.from = from;
    this.to = to;
  }

  /** Copies everything into an empty directory. */
  void all() throws ErrnoException {
    copy();
  }

  /** Copies what a layer does not hide, and takes its whiteouts away. */
  void into(DirectoryNode root) throws ErrnoException {
    Map<String, DirectoryNode> shown = new HashMap<>();
    shown.put("", root);
    layer = shown;
    copy();
    removeWhiteouts(root);
  }

  private void copy() throws ErrnoException {
    try (TreeWalk walk = new TreeWalk(from, true)) {
      for (Walk.Visit visit = walk.next(); visit != null; visit = walk.next()) {
        finish(visit.path());
        if (!isPassedOver(visit.path())) {
          visit(walk, visit);
        }
      }
      finish("");
    } finally {
      if (open != null) {
        open.close();
      }
    }
  }

  /** Sets the times of the directories that are done when the walk is at a path. */
  private void finish(String at) throws ErrnoException {
    while (!unfinished.isEmpty() && !at.startsWith(unfinished.getFirst().path() + "/")) {
      Copied done = unfinished.pop();
      try (Fd directory = Fs.openat2(to, done.path(), DIRECTORY, 0, WITHOUT_LINKS)) {
        Fs.futimens(directory, done.status().atime(), done.status().mtime());
      }
    }
  }

  private boolean isPassedOver(String path) {
    if (passedOver != null && path.startsWith(passedOver)) {
      return true;
    }
    passedOver = null;
    return false;
  }

  private Fd target(String directory) throws ErrnoException {
    if (open == null || !openPath.equals(directory)) {
      if (open != null) {
        open.close();
        open = null;
      }
      open = directory.isEmpty() ? Fs.openat(to, ".", DIRECTORY) : Fs.openat2(to, directory, DIRECTORY, 0, WITHOUT_LINKS);
      openPath = directory;
    }
    return open;
  }

  private void visit(TreeWalk walk, Walk.Visit visit) throws ErrnoException {
    Fd target = target(visit.directory());
    if (layer != null) {
      DirectoryNode parent = layer.get(visit.directory());
      if (parent != null && isThere(parent, target, visit)) {
        return;
      }
    }
    FileStatus status = visit.status();
    if (status.isDirectory()) {
      directory(walk, visit, target);
      return;
    }
    if (status.nlink() > 1) {
      String first = links.get(status.ino());
      if (first != null) {
        link(first, target, visit.name());
        return;
      }
      if (links.size() == MAX_LINKS) {
        throw ProaException.exhausted("more than " + MAX_LINKS + " files have several names", null);
      }
      links.put(status.ino(), visit.path());
    }
    walk.inDirectory(
        visit,
        in -> {
          FileCopy.one(in, visit.name(), status, target, OverlayFormat.TRUSTED);
          return status;
        });
  }

  /** Whether the layer itself has something at the name, which may be what hides it. */
  private boolean isThere(DirectoryNode parent, Fd target, Walk.Visit visit) throws ErrnoException {
    DirectoryNode own = parent.child(visit.name());
    if (own != null && own.showsBelow() && visit.status().isDirectory() && layer != null) {
      layer.put(visit.path(), own);
      return true;
    }
    if (own == null && Fs.statxIfExists(target, visit.name(), Fcntl.AT_SYMLINK_NOFOLLOW) == null) {
      return false;
    }
    if (visit.status().isDirectory()) {
      passedOver = visit.path() + "/";
    }
    return true;
  }

  private void directory(TreeWalk walk, Walk.Visit visit, Fd target) throws ErrnoException {
    FileStatus status = visit.status();
    Fs.mkdirat(target, visit.name(), 0700);
    walk.inDirectory(
        visit,
        in -> {
          try (Fd source = Fs.openat(in, visit.name(), DIRECTORY);
              Fd made = Fs.openat(target, visit.name(), DIRECTORY)) {
            Fs.fchown(made, status.uid(), status.gid());
            Fs.fchmod(made, status.permissions());
            FileCopy.xattrs(source, made, OverlayFormat.TRUSTED);
          }
          return status;
        });
    unfinished.push(new Copied(visit.path(), status));
  }

  private void link(String first, Fd target, String name) throws ErrnoException {
    int slash = first.lastIndexOf('/');
    if (slash < 0) {
      Fs.linkat(to, first, target, name, 0);
      return;
    }
    try (Fd directory = Fs.openat2(to, first.substring(0, slash), DIRECTORY, 0, WITHOUT_LINKS)) {
      Fs.linkat(directory, first.substring(slash + 1), target, name, 0);
    }
  }

  private void removeWhiteouts(DirectoryNode root) throws ErrnoException {
    Deque<DirectoryNode> pending = new ArrayDeque<>();
    pending.push(root);
    while (!pending.isEmpty()) {
      DirectoryNode node = pending.pop();
      pending.addAll(node.children().values());
      if (node.whiteouts().isEmpty()) {
        continue;
      }
      try (Fd directory = node.parent == null ? Fs.openat(to, ".", DIRECTORY) : Fs.openat2(to, node.path(), DIRECTORY, 0, WITHOUT_LINKS)) {
        for (String name : node.whiteouts()) {
          Fs.unlinkat(directory, name, 0);
        }
      }
    }
  }
}
