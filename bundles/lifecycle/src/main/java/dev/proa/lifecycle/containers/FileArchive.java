package dev.proa.lifecycle.containers;

import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Files of a container, about to become a tar stream. It may hold the container back from being started: to be closed soon, and by the thread
 * that asked for it.
 */
@ProviderType
public interface FileArchive extends AutoCloseable {

  /** What the path is; null for a whole root file system. */
  @Nullable PathStat stat();

  /** Writes all of it, once; what disappears meanwhile is left out. An interrupt ends it. */
  void writeTo(OutputStream out) throws IOException;

  @Override
  void close();
}
