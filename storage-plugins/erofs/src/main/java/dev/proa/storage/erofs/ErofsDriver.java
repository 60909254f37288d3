package dev.proa.storage.erofs;

import dev.proa.storage.layers.ApplyLimits;
import dev.proa.storage.layers.Catalogue;
import dev.proa.storage.layers.LayerStore;
import dev.proa.storage.layers.SnapshotDriver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** One EROFS image a layer, mounted once for all containers; overlayfs for what they write (fs/erofs, Documentation/filesystems/erofs.rst). */
public sealed class ErofsDriver extends SnapshotDriver permits ErofsComponent {
  /** The value of {@link dev.proa.spi.Driver#NAME}. */
  public static final String NAME = "erofs";

  private final ApplyLimits limits;
  private final List<LayerMounts> ways;

  public ErofsDriver() {
    this(ApplyLimits.DEFAULT, List.of(LayerMounts.values()));
  }

  /** @param ways of mounting an image that may be used, the preferred one first */
  ErofsDriver(ApplyLimits limits, List<LayerMounts> ways) {
    super(NAME);
    this.limits = limits;
    this.ways = ways;
  }

  @Override
  protected LayerStore openStore(Path folder, Catalogue catalogue) throws IOException {
    return ErofsStore.open(folder, catalogue, limits, ways);
  }
}
