package dev.proa.lifecycle.containers;

/** A process's output stream, with the number it has in a multiplexed stream's frames. */
public enum StreamType {
  STDOUT(1),
  STDERR(2);

  private final int number;

  StreamType(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }
}
