package dev.proa.storage.layers;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.ProaException;
import dev.proa.spi.storage.StorageDriver.Change;
import dev.proa.spi.storage.StorageDriver.ChangeKind;
import dev.proa.storage.layers.LowerLayers.Found;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Paths of a layer or a writable root that differ from what is below it. */
final class LayerChanges {
  private static final int MAX_CHANGES = 2_000_000;

  private final LowerLayers below;
  private final OverlayFormat format;
  private final List<Change> changes = new ArrayList<>();

  /** Directory to the layers that it is merged of, or would be were it not opaque. */
  private final Map<String, int[]> layers = new HashMap<>();

  private LayerChanges(LowerLayers below, OverlayFormat format) {
    this.below = below;
    this.format = format;
    layers.put("", below.rootLayers());
  }

  static List<Change> of(Fd root, LowerLayers below, OverlayFormat format) throws ErrnoException {
    LayerChanges changes = new LayerChanges(below, format);
    try (TreeWalk walk = new TreeWalk(root, false)) {
      for (Walk.Visit visit = walk.next(); visit != null; visit = walk.next()) {
        changes.visit(walk, visit);
      }
    }
    return List.copyOf(changes.changes);
  }

  private void visit(TreeWalk walk, Walk.Visit visit) throws ErrnoException {
    if (OverlayFormat.isWhiteout(visit.status())) {
      add(visit.path(), ChangeKind.DELETED);
      return;
    }
    int[] merged = layers.getOrDefault(visit.directory(), LowerLayers.NONE);
    @Nullable Found found = merged.length == 0 ? null : below.lookup(merged, visit.directory(), visit.name());
    add(visit.path(), found == null ? ChangeKind.ADDED : ChangeKind.MODIFIED);
    if (visit.status().isDirectory() && found != null && found.layers().length > 0) {
      layers.put(visit.path(), found.layers());
      walk.inDirectory(visit, in -> opaque(in, visit, found.layers()));
    }
  }

  private boolean opaque(Fd in, Walk.Visit visit, int[] merged) throws ErrnoException {
    try (Fd directory = Fs.openat(in, visit.name(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW)) {
      if (!format.isOpaque(directory)) {
        return false;
      }
      for (String name : below.names(merged, visit.path())) {
        if (Fs.statxIfExists(directory, name, Fcntl.AT_SYMLINK_NOFOLLOW) == null) {
          add(visit.path() + "/" + name, ChangeKind.DELETED);
        }
      }
      return true;
    }
  }

  private void add(String path, ChangeKind kind) {
    if (changes.size() == MAX_CHANGES) {
      throw ProaException.exhausted("more than " + MAX_CHANGES + " paths differ", null);
    }
    changes.add(new Change("/" + path, kind));
  }
}
