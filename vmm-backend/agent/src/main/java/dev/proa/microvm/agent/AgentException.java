package dev.proa.microvm.agent;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import java.io.IOException;

/** The agent could not do what it was asked for, and says by which errno. */
public final class AgentException extends IOException {
  private static final long serialVersionUID = 1;

  private final int number;

  AgentException(String what, int number) {
    super(what + ": " + ErrnoException.describe(number));
    this.number = number;
  }

  public Errno errno() {
    return Errno.of(number);
  }
}
