package dev.proa.spi.image;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** An image that is there until this is closed, whatever happens to its names meanwhile. */
@ProviderType
public interface ImageContent extends AutoCloseable {
  /** {@code sha256:…}, digest of the configuration. */
  String id();

  /** Familiar names: {@code busybox:latest}; empty for an image without one. */
  List<String> names();

  /** Familiar names with the manifest's digest: {@code busybox@sha256:…}; empty for an image that was made here. */
  List<String> digests();

  /** The OCI image configuration, the bytes whose digest is the id. */
  byte[] config();

  /** Lowest first. */
  List<Layer> layers();

  /**
   * The tar stream of a layer, uncompressed, as it lies in the content store: made by somebody else, of any length. Several may be open at a time.
   *
   * @param index in {@link #layers}
   * @throws IOException if it cannot be read; a read throws it too, for a blob that is damaged
   */
  InputStream open(int index) throws IOException;

  @Override
  void close();

  /**
   * @param diffId digest of the uncompressed tar: equal ids are equal bytes, in every image
   * @param tarBytes its length
   */
  record Layer(String diffId, long tarBytes) {}
}
