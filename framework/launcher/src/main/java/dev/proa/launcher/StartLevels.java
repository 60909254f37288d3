package dev.proa.launcher;

import java.util.Set;

/**
 * Bundles start from the lowest level up and stop the other way round, so that a request never meets an engine whose drivers are gone:
 * first what everything stands on, then the plugins, then the engine.
 */
final class StartLevels {
  /** Libraries, the component runtime, SPI, Linux, the shim's client, the state store. */
  static final int GROUND = 1;

  /** The plugins' host, which installs the plugins at this level as well. */
  static final int PLUGINS = 2;

  /** What uses drivers. */
  static final int ENGINE = 3;

  private static final Set<String> GROUND_BUNDLES = Set.of("proa-spi", "proa-linux", "proa-spawn", "proa-store");

  private StartLevels() {}

  static int of(String symbolicName) {
    if (symbolicName.equals("proa-plugins")) {
      return PLUGINS;
    }
    return symbolicName.startsWith("proa-") && !GROUND_BUNDLES.contains(symbolicName) ? ENGINE : GROUND;
  }
}
