package dev.proa.linux.tar;

import java.io.IOException;

/** The stream is no tar archive, or a broken one. */
public final class TarFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String problem;

  public TarFormatException(String problem) {
    super(problem);
    this.problem = problem;
  }

  /** The message. */
  public String problem() {
    return problem;
  }
}
