package dev.proa.images.internal.layer;

import dev.proa.images.internal.content.Digest;
import java.io.IOException;

/** The content of a layer is not what the image's configuration says. */
public final class DiffIdMismatch extends IOException {
  private static final long serialVersionUID = 1L;

  DiffIdMismatch(Digest expected, Digest actual) {
    super("layers from manifest don't match image configuration: expected diff id " + expected + ", got " + actual);
  }
}
