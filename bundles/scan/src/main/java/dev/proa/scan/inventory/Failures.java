package dev.proa.scan.inventory;

/** What went wrong with somebody else's bytes, in words. */
final class Failures {
  private Failures() {}

  static String text(Exception e) {
    String message = e.getMessage();
    return message == null || message.isBlank() ? "cannot be read: " + e.getClass().getSimpleName() : message;
  }
}
