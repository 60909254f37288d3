package dev.proa.storage.overlay;

import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.spi.Mount;
import dev.proa.spi.storage.StorageDriver.Kind;
import dev.proa.spi.storage.StorageDriver.StatusLine;
import dev.proa.storage.layers.ApplyLimits;
import dev.proa.storage.layers.Catalogue;
import dev.proa.storage.layers.DirectoryTarget;
import dev.proa.storage.layers.LayerStore;
import dev.proa.storage.layers.LayerTarget;
import dev.proa.storage.layers.LayerUnpacker;
import dev.proa.storage.layers.LowerLayers;
import dev.proa.storage.layers.OverlayFormat;
import dev.proa.storage.layers.OverlaySupport;
import dev.proa.storage.layers.SnapshotRecord;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;

/** Layers as directories in overlayfs's format, and the upper directories of writable roots. */
final class OverlayStore extends LayerStore {
  private final Path folder;
  private final OverlaySupport support;
  private final ApplyLimits limits;

  private OverlayStore(Path folder, Catalogue catalogue, OverlaySupport support, ApplyLimits limits) {
    super(catalogue, support.format());
    this.folder = folder;
    this.support = support;
    this.limits = limits;
  }

  static OverlayStore open(Path folder, Catalogue catalogue, ApplyLimits limits) throws IOException {
    return new OverlayStore(folder, catalogue, OverlaySupport.probe(catalogue), limits);
  }

  @Override
  public int maxLayers() {
    return OverlaySupport.MAX_LAYERS;
  }

  @Override
  public LayerTarget.Content unpack(String staged, String chainId, List<SnapshotRecord> chain, InputStream tar) throws IOException {
    try (Fd root = staged(staged);
        LowerLayers below = below(chain);
        DirectoryTarget target = new DirectoryTarget(root, format())) {
      LayerTarget.Content content = new LayerUnpacker(target, below, format(), limits).unpack(tar);
      Io.syncfs(root);
      return content;
    }
  }

  @Override
  public void furnish(String staged, Kind kind, List<SnapshotRecord> chain) throws IOException {
    try (Fd root = staged(staged)) {
      describe(root, chain);
    }
  }

  @Override
  public boolean needsWorkFolder() {
    return true;
  }

  @Override
  public List<Mount> mounts(SnapshotRecord record, List<SnapshotRecord> chain) {
    Path content = folder.resolve("l");
    Path own = content.resolve(record.id());
    boolean writable = record.kind() == Kind.ACTIVE;
    if (chain.isEmpty() || (!writable && chain.size() == 1)) { // overlayfs wants two layers at least
      Path source = chain.isEmpty() ? own : content.resolve(chain.getFirst().id());
      return List.of(new Mount("bind", source.toString(), "", List.of(writable ? "rw" : "ro", "rbind")));
    }
    List<Path> lower = chain.stream().map(layer -> content.resolve(layer.id())).toList();
    return List.of(writable ? support.writable(lower, own, folder.resolve("w").resolve(record.id())) : support.readOnly(lower));
  }

  @Override
  public Fd root(SnapshotRecord record) throws IOException {
    return Fs.openat(catalogue.content(), record.id(), DIRECTORY);
  }

  @Override
  public List<StatusLine> status() {
    return List.of(
        new StatusLine("Backing Filesystem", support.backing()),
        new StatusLine("Supports d_type", "true"), // open() refuses a file system without
        new StatusLine("Using metacopy", "false"),
        new StatusLine("Native Overlay Diff", "true"),
        new StatusLine("userxattr", Boolean.toString(format() == OverlayFormat.USER)));
  }
}
