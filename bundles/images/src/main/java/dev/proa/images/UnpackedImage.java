package dev.proa.images;

import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/** A lease on an image whose layers are in the storage driver. */
@ProviderType
public interface UnpackedImage extends AutoCloseable {
  ImageRecord image();

  /** The parent for {@code StorageDriver.prepare}; null for an image without layers. */
  @Nullable String topChainId();

  @Override
  void close();
}
