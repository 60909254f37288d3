package dev.proa.cli.http;

/** What the daemon answered instead of doing it: the status and the text of its {@code {"message": …}}. */
public final class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  public EngineException(int status, String message) {
    super(message);
    this.status = status;
  }

  public int status() {
    return status;
  }
}
