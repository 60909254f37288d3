package dev.proa.api.router;

import dev.proa.spi.ProaException;
import io.netty.handler.codec.http.QueryStringDecoder;
import org.jspecify.annotations.Nullable;

/**
 * A request's target, taken apart.
 *
 * @param version what stood behind {@code /v}; null if the path has no version
 * @param path percent-decoded, without version
 * @param query as it was sent
 */
record Target(@Nullable String version, String path, String query) {

  static Target parse(String text) {
    String rest = text;
    if (!rest.startsWith("/")) {
      // The absolute form, http://d/_ping, is what proxies are sent; servers accept it as well (RFC 9112, 3.2.2).
      int authority = rest.indexOf("://");
      int slash = authority < 0 ? -1 : rest.indexOf('/', authority + 3);
      rest = slash < 0 ? "/" : rest.substring(slash);
    }
    int question = rest.indexOf('?');
    String query = question < 0 ? "" : rest.substring(question + 1);
    String path;
    try {
      path = QueryStringDecoder.decodeComponent((question < 0 ? rest : rest.substring(0, question)).replace("+", "%2B"));
    } catch (IllegalArgumentException e) {
      throw ProaException.invalid("invalid path: " + e.getMessage());
    }
    int end = versionEnd(path);
    return end < 0 ? new Target(null, path, query) : new Target(path.substring(2, end), path.substring(end), query);
  }

  /** Where {@code /v1.51} ends if the path starts so and goes on, else −1. */
  private static int versionEnd(String path) {
    if (!path.startsWith("/v")) {
      return -1;
    }
    int end = 2;
    while (end < path.length() && (Character.digit(path.charAt(end), 10) >= 0 || path.charAt(end) == '.')) {
      end++;
    }
    return end > 2 && end < path.length() && path.charAt(end) == '/' ? end : -1;
  }
}
