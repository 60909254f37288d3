package dev.proa.storage.vfs;

import dev.proa.storage.layers.ApplyLimits;
import dev.proa.storage.layers.Catalogue;
import dev.proa.storage.layers.LayerStore;
import dev.proa.storage.layers.SnapshotDriver;
import java.nio.file.Path;

/** Whole copies, with the kernel's help where the file system shares blocks; what overlayfs and EROFS show is compared with it. */
public class VfsDriver extends SnapshotDriver {
  /** The value of {@link dev.proa.spi.Driver#NAME}. */
  public static final String NAME = "vfs";

  public VfsDriver() {
    this(NAME);
  }

  /** For a driver that keeps the same in another place. @param name the value of {@link dev.proa.spi.Driver#NAME} */
  protected VfsDriver(String name) {
    super(name);
  }

  /** Nothing here stands in mount options. */
  @Override
  protected void checkFolder(Path folder) {}

  @Override
  protected LayerStore openStore(Path folder, Catalogue catalogue) {
    return new VfsStore(folder, catalogue, ApplyLimits.DEFAULT);
  }
}
