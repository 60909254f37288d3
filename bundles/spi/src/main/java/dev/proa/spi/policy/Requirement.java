package dev.proa.spi.policy;

/** What an operator asks of the images of a repository. */
public enum Requirement {
  /** Nothing: they are not looked at. */
  OFF,
  /** They are used all the same; that one could not be verified is said. */
  WARN,
  /** Without a proof they are not used. */
  REQUIRE
}
