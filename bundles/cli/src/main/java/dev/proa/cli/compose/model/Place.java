package dev.proa.cli.compose.model;

/**
 * Where something stands.
 *
 * @param line and {@code column} count from 1
 */
record Place(String file, int line, int column) {
  /** An error about what stands here. */
  ComposeException error(String what) {
    return new ComposeException(this + ": " + what);
  }

  @Override
  public String toString() {
    return file + ":" + line + ":" + column;
  }
}
