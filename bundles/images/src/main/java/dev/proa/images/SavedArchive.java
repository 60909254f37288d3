package dev.proa.images;

import java.io.IOException;
import java.io.OutputStream;
import org.osgi.annotation.versioning.ProviderType;

/** An archive about to be written. */
@ProviderType
public interface SavedArchive extends AutoCloseable {
  /** Writes the tar; the stream is flushed, not closed. */
  void writeTo(OutputStream out) throws IOException;

  @Override
  void close();
}
