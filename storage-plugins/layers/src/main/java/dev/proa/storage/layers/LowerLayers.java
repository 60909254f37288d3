package dev.proa.storage.layers;

import dev.proa.linux.DirectoryEntry;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The layers below one, seen as overlayfs shows them merged, without a mount. A merged directory lies at the same path in each layer that
 * takes part in it, so a place is a path and the numbers of those layers, the topmost first. The path is always one of real directories:
 * callers follow symbolic links themselves, the kernel never does here.
 */
public final class LowerLayers implements AutoCloseable {
  static final int[] NONE = {};

  private static final long WITHOUT_LINKS = Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_NO_SYMLINKS | Fcntl.RESOLVE_NO_MAGICLINKS;

  private final List<Fd> roots;
  private final OverlayFormat format;

  /**
   * What lies at a place.
   *
   * @param layer where the status is from
   * @param layers for a directory, those that it is merged of
   */
  record Found(FileStatus status, int layer, int[] layers) {}

  /**
   * @param roots topmost first; closed with this
   */
  private LowerLayers(List<Fd> roots, OverlayFormat format) {
    this.roots = roots;
    this.format = format;
  }

  /** No layers. */
  public static LowerLayers none(OverlayFormat format) {
    return new LowerLayers(List.of(), format);
  }

  /** Opens the root directory of a layer. */
  @FunctionalInterface
  public interface Roots {
    Fd open(SnapshotRecord layer) throws IOException;
  }

  /** Opens the layers of a chain. */
  static LowerLayers open(List<SnapshotRecord> chain, Roots each, OverlayFormat format) throws IOException {
    List<Fd> roots = new ArrayList<>();
    try {
      for (SnapshotRecord layer : chain) {
        roots.add(each.open(layer));
      }
      return new LowerLayers(roots, format);
    } catch (IOException | RuntimeException e) {
      roots.forEach(Fd::close);
      throw e;
    }
  }

  /** The layers that the root directory is merged of: all of them. */
  int[] rootLayers() {
    int[] all = new int[roots.size()];
    Arrays.setAll(all, i -> i);
    return all;
  }

  /**
   * What {@code name} is in the merged directory.
   *
   * @param layers those that the directory is merged of
   * @param directory its path without a slash in front, empty for the root
   */
  @Nullable Found lookup(int[] layers, String directory, String name) throws ErrnoException {
    String path = directory.isEmpty() ? name : directory + "/" + name;
    int[] merged = NONE;
    Found top = null;
    for (int layer : layers) {
      FileStatus status = Fs.statxIfExists(roots.get(layer), path, Fcntl.AT_SYMLINK_NOFOLLOW);
      if (status == null) {
        continue;
      }
      if (!status.isDirectory()) {
        if (top == null && !OverlayFormat.isWhiteout(status)) {
          return new Found(status, layer, NONE);
        }
        break; // a whiteout, or a file below a directory: nothing further down shows through
      }
      merged = Arrays.copyOf(merged, merged.length + 1);
      merged[merged.length - 1] = layer;
      if (top == null) {
        top = new Found(status, layer, NONE);
      }
      try (Fd opened = open(layer, path, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY)) {
        if (format.isOpaque(opened)) {
          break;
        }
      }
    }
    return top == null ? null : new Found(top.status(), top.layer(), merged);
  }

  /** The target of a symbolic link that {@link #lookup} found. */
  String readLink(Found link, String directory, String name) throws ErrnoException {
    return Fs.readlinkat(roots.get(link.layer()), directory.isEmpty() ? name : directory + "/" + name);
  }

  /** The names in the merged directory, in no order. */
  Set<String> names(int[] layers, String directory) throws ErrnoException {
    Set<String> names = new LinkedHashSet<>();
    for (int layer : layers) {
      try (Fd opened = open(layer, directory, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY)) {
        for (DirectoryEntry entry : Fs.getdents(opened)) {
          names.add(entry.name());
        }
      }
    }
    for (Iterator<String> each = names.iterator(); each.hasNext(); ) {
      if (lookup(layers, directory, each.next()) == null) {
        each.remove();
      }
    }
    return names;
  }

  /** Opens something in one layer. */
  Fd open(int layer, String path, int flags) throws ErrnoException {
    return path.isEmpty()
        ? Fs.openat(roots.get(layer), ".", flags)
        : Fs.openat2(roots.get(layer), path, flags | Fcntl.O_NOFOLLOW, 0, WITHOUT_LINKS);
  }

  @Override
  public void close() {
    roots.forEach(Fd::close);
  }
}
