package dev.proa.cli;

import java.util.List;

/** Parses for tests of other packages. */
public final class FlagsAccess {
  private FlagsAccess() {}

  public static void parse(Flags flags, List<String> line) {
    flags.parse(line);
  }
}
