package dev.proa.vmm.boot;

import java.io.IOException;

/** A kernel or an initramfs that cannot be booted, and why. */
public final class KernelException extends IOException {
  private static final long serialVersionUID = 1;

  public KernelException(String message) {
    super(message);
  }

  public KernelException(String message, Throwable cause) {
    super(message, cause);
  }
}
