package dev.proa.microvm.guest;

import java.io.IOException;

/** What was given as a kernel is none, or lacks something that a microVM needs. */
public final class BadKernelException extends IOException {
  private static final long serialVersionUID = 1;

  BadKernelException(String message) {
    super(message);
  }

  BadKernelException(String message, Throwable cause) {
    super(message, cause);
  }
}
