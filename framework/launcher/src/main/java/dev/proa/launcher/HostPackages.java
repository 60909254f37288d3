package dev.proa.launcher;

import java.util.List;

/** Packages of the class path that every bundle may import from the system bundle: the log, which has to be one for all. */
final class HostPackages {
  private static final String SLF4J = ";version=\"2.0.19\"";

  static final List<String> EXPORTED =
      List.of("org.slf4j" + SLF4J, "org.slf4j.event" + SLF4J, "org.slf4j.helpers" + SLF4J, "org.slf4j.spi" + SLF4J);

  private HostPackages() {}
}
