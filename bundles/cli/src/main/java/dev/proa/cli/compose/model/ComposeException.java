package dev.proa.cli.compose.model;

import dev.proa.cli.CliException;

/** A project cannot be used; the message says where and why. */
public final class ComposeException extends CliException {
  private static final long serialVersionUID = 1L;
  private static final int STATUS = 15;

  public ComposeException(String message) {
    super(STATUS, message);
  }
}
