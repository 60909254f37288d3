package dev.proa.spi.daemon;

import java.nio.file.Path;
import java.util.List;

/**
 * Registered as a service by the API server once it accepts connections; until then the launcher does not call the daemon started. The
 * API server unregisters it before it closes the sockets.
 */
public interface ApiEndpoint {
  /** The sockets that are served now. */
  List<Path> sockets();
}
