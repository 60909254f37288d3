package dev.proa.api.router;

import dev.proa.spi.ProaException;

/** What this engine does not do, or not yet. */
public final class Unsupported {
  private Unsupported() {}

  /** A handler that answers 501 with one sentence. */
  public static Handler because(String sentence) {
    return call -> {
      throw ProaException.notImplemented(sentence);
    };
  }
}
