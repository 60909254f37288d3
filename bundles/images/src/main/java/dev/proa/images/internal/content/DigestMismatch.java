package dev.proa.images.internal.content;

import java.io.IOException;

/** What came is not what was announced. */
public final class DigestMismatch extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient Digest expected;

  DigestMismatch(Digest expected, long expectedSize, Digest actual, long actualSize) {
    super(
        actual.equals(expected)
            ? expected + " has " + actualSize + " bytes instead of " + expectedSize
            : "expected " + expected + ", got " + actual + " (" + actualSize + " bytes)");
    this.expected = expected;
  }

  public Digest expected() {
    return expected;
  }
}
