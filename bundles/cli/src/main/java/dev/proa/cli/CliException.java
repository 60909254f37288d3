package dev.proa.cli;

/** Ends the command: a message for standard error (none if empty) and the exit status. */
public class CliException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  public CliException(int status, String message) {
    super(message);
    this.status = status;
  }

  public int status() {
    return status;
  }
}
