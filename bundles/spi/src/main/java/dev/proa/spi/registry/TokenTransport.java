package dev.proa.spi.registry;

import java.io.IOException;
import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/** Short requests to token servers: the engine's proxies, certificates and time limits hold for them, redirects are not followed. */
@ProviderType
public interface TokenTransport {
  /**
   * @param form the body of a POST, {@code application/x-www-form-urlencoded}; null for a GET
   * @throws IOException if there was no answer; its message says what happened, with the address
   */
  Answer send(URI uri, Map<String, String> headers, @Nullable String form) throws IOException;

  /** @param body at most one MiB of it */
  record Answer(int status, byte[] body) {}
}
