package dev.proa.microvm;

/** When a start got how far, in milliseconds since it began. */
final class BootTimes {
  private final long began = System.nanoTime();
  private final StringBuilder text = new StringBuilder();

  void reached(String what) {
    text.append(text.isEmpty() ? "" : ", ").append(what).append(" after ").append((System.nanoTime() - began) / 1_000_000).append(" ms");
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
