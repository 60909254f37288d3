package dev.proa.storage.overlay;

import dev.proa.storage.layers.ApplyLimits;
import dev.proa.storage.layers.Catalogue;
import dev.proa.storage.layers.LayerStore;
import dev.proa.storage.layers.SnapshotDriver;
import java.io.IOException;
import java.nio.file.Path;

/** One directory a layer, overlayfs at run time (Documentation/filesystems/overlayfs.rst). */
public sealed class OverlayDriver extends SnapshotDriver permits OverlayComponent {
  /** The value of {@link dev.proa.spi.Driver#NAME}. */
  public static final String NAME = "overlay";

  private final ApplyLimits limits;

  public OverlayDriver() {
    this(ApplyLimits.DEFAULT);
  }

  OverlayDriver(ApplyLimits limits) {
    super(NAME);
    this.limits = limits;
  }

  @Override
  protected LayerStore openStore(Path folder, Catalogue catalogue) throws IOException {
    return OverlayStore.open(folder, catalogue, limits);
  }
}
