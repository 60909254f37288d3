package dev.proa.storage.overlay.tar;

import java.io.IOException;

/** The stream is no tar archive, or a broken one. */
public final class TarFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  public TarFormatException(String message) {
    super(message);
  }
}
