package dev.proa.shim;

/** Which build this is: what the daemon that started it said, which compares it with its own. */
final class Build {
  /** The property in which it is said. */
  static final String PROPERTY = "proa.build";

  static final String ID = System.getProperty(PROPERTY, "");

  private Build() {}
}
