package dev.proa.scan.report;

import java.net.URI;
import java.net.URISyntaxException;

/** Paths as they may stand in a document. */
final class Uris {
  private Uris() {}

  /** A relative reference, with all that is not allowed there escaped. */
  static String path(String path) {
    try {
      // the slash keeps a colon in the first part from looking like a scheme
      return new URI(null, null, "/" + path, null).toASCIIString().substring(1).replace(":", "%3A");
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
