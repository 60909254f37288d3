package dev.proa.vmm.snapshot;

import java.io.IOException;

/** A snapshot that cannot be read, and why. */
public final class SnapshotException extends IOException {
  private static final long serialVersionUID = 1;

  public SnapshotException(String message) {
    super(message);
  }
}
