package dev.proa.vmm.control;

import java.io.IOException;

/** The other end said what no end of this protocol says. */
public final class ProtocolException extends IOException {
  private static final long serialVersionUID = 1;

  public ProtocolException(String message) {
    super(message);
  }
}
