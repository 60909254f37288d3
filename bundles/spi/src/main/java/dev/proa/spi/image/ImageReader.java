package dev.proa.spi.image;

import org.osgi.annotation.versioning.ProviderType;

/** The images of this engine, to be read. */
@ProviderType
public interface ImageReader {
  /**
   * Opens an image by what a user types: a name, an id or a unique prefix of one.
   *
   * @throws dev.proa.spi.ProaException {@code NOT_FOUND} with Docker's words; {@code INVALID_ARGUMENT} for a name that is none; {@code DATA_LOSS} if the
   *     content store lacks a layer
   */
  ImageContent open(String nameOrId);
}
