package dev.proa.storage.vfs;

import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Timestamp;
import dev.proa.spi.Mount;
import dev.proa.spi.storage.StorageDriver.Change;
import dev.proa.spi.storage.StorageDriver.Kind;
import dev.proa.spi.storage.StorageDriver.StatusLine;
import dev.proa.storage.layers.ApplyLimits;
import dev.proa.storage.layers.Catalogue;
import dev.proa.storage.layers.LayerDiff;
import dev.proa.storage.layers.LayerStore;
import dev.proa.storage.layers.LayerTarget;
import dev.proa.storage.layers.LayerUnpacker;
import dev.proa.storage.layers.LowerLayers;
import dev.proa.storage.layers.OverlayFormat;
import dev.proa.storage.layers.SnapshotRecord;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Each {@code l/ID} is a whole tree, of a layer or of a writable root; of a view, empty. */
final class VfsStore extends LayerStore {
  private static final int MAX_LAYERS = 500; // as the other drivers, so that images can be moved between them
  private static final int MAX_CHANGES = 2_000_000;

  private final Path folder;
  private final ApplyLimits limits;

  VfsStore(Path folder, Catalogue catalogue, ApplyLimits limits) {
    super(catalogue, OverlayFormat.TRUSTED);
    this.folder = folder;
    this.limits = limits;
  }

  @Override
  public int maxLayers() {
    return MAX_LAYERS;
  }

  /** The layer below is whole: it is all there is to ask. */
  private static List<SnapshotRecord> top(List<SnapshotRecord> chain) {
    return chain.isEmpty() ? chain : chain.subList(0, 1);
  }

  @Override
  public LayerTarget.Content unpack(String staged, String chainId, List<SnapshotRecord> chain, InputStream tar) throws IOException {
    try (Fd root = staged(staged);
        LowerLayers below = below(top(chain));
        Fd parent = chain.isEmpty() ? Fd.cwd() : root(chain.getFirst());
        VfsTarget target = new VfsTarget(root, chain.isEmpty() ? null : parent)) {
      LayerTarget.Content content = new LayerUnpacker(target, below, format(), limits).unpack(tar);
      Io.syncfs(root);
      return content;
    }
  }

  @Override
  public void furnish(String staged, Kind kind, List<SnapshotRecord> chain) throws IOException {
    try (Fd root = staged(staged)) {
      if (kind == Kind.ACTIVE && !chain.isEmpty()) {
        try (Fd parent = root(chain.getFirst())) {
          new TreeCopy(parent, root).all();
        }
      }
      describe(root, chain);
    }
  }

  @Override
  public boolean needsWorkFolder() {
    return false;
  }

  @Override
  public List<Mount> mounts(SnapshotRecord record, List<SnapshotRecord> chain) {
    SnapshotRecord tree = record.kind() == Kind.ACTIVE || chain.isEmpty() ? record : chain.getFirst();
    String source = folder.resolve("l").resolve(tree.id()).toString();
    return List.of(new Mount("bind", source, "", List.of(record.kind() == Kind.ACTIVE ? "rw" : "ro", "rbind")));
  }

  @Override
  public Fd root(SnapshotRecord record) throws IOException {
    return Fs.openat(catalogue.content(), record.id(), DIRECTORY);
  }

  @Override
  public Sealed seal(SnapshotRecord active, String chainId, List<SnapshotRecord> chain) throws IOException {
    LayerTarget.Content content = measure(active, chain);
    try (Fd root = root(active)) {
      Io.syncfs(root);
    }
    return new Sealed(content, null);
  }

  /** What differs from the layer below. */
  @Override
  public LayerTarget.Content measure(SnapshotRecord record, List<SnapshotRecord> chain) throws IOException {
    if (chain.isEmpty() || record.kind() == Kind.VIEW) {
      return super.measure(record, chain);
    }
    try (Fd root = root(record);
        TreeDifference difference = difference(root, record, chain)) {
      return difference.measure();
    }
  }

  @Override
  public InputStream diff(SnapshotRecord record, List<SnapshotRecord> chain) throws IOException {
    if (chain.isEmpty() || record.kind() == Kind.VIEW) {
      return super.diff(record, chain);
    }
    FileStatus base;
    try (Fd parent = root(chain.getFirst())) {
      base = Fs.fstat(parent);
    }
    Fd root = root(record);
    @Nullable TreeDifference difference = null;
    try {
      difference = difference(root, record, chain);
      return new LayerDiff(root, base, format(), difference);
    } catch (IOException | RuntimeException e) {
      if (difference != null) {
        difference.close();
      }
      root.close();
      throw e;
    }
  }

  @Override
  public List<Change> changes(SnapshotRecord record, List<SnapshotRecord> chain) throws IOException {
    if (chain.isEmpty() || record.kind() == Kind.VIEW) {
      return super.changes(record, chain);
    }
    List<Change> changes = new ArrayList<>();
    try (Fd root = root(record);
        TreeDifference difference = difference(root, record, chain)) {
      for (var visit = difference.next(); visit != null; visit = difference.next()) {
        if (changes.size() == MAX_CHANGES) {
          throw dev.proa.spi.ProaException.exhausted("more than " + MAX_CHANGES + " paths differ", null);
        }
        changes.add(new Change("/" + visit.path(), difference.kind()));
      }
    }
    return changes;
  }

  /** A writable root was a copy when it was recorded: what has not been touched since is the same. */
  private TreeDifference difference(Fd root, SnapshotRecord record, List<SnapshotRecord> chain) throws IOException {
    Timestamp unchangedBefore = record.kind() == Kind.ACTIVE ? catalogue.recorded(record) : null;
    return new TreeDifference(root, root(chain.getFirst()), unchangedBefore);
  }

  @Override
  public List<StatusLine> status() {
    return List.of(new StatusLine("Layers", "whole copies"));
  }
}
