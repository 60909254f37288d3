package dev.proa.launcher;

import java.util.Set;

/**
 * Bundles start from the lowest level up and stop the other way round: first the API's door, which answers a ping at once and lets everything
 * else wait until the engine is there, then what everything stands on, then the plugins, then the engine. Only the door is closed before all
 * others, see {@link Daemon}, so that a request never meets an engine whose drivers are gone.
 */
final class StartLevels {
  /** Libraries, the component runtime, and the API's server. */
  static final int DOOR = 1;

  /** SPI, Linux, the shim's client, the state store. */
  static final int GROUND = 2;

  /** The plugins' host, which installs the plugins at this level as well. */
  static final int PLUGINS = 3;

  /** What uses drivers. */
  static final int ENGINE = 4;

  /** The bundle that listens. */
  static final String API = "proa-engine-api";

  private static final Set<String> GROUND_BUNDLES = Set.of("proa-spi", "proa-linux", "proa-spawn", "proa-store");

  private StartLevels() {}

  /** What drivers may use of Proa's. */
  static boolean isGround(String symbolicName) {
    return GROUND_BUNDLES.contains(symbolicName) && !symbolicName.equals("proa-store");
  }

  static int of(String symbolicName) {
    if (symbolicName.equals(API) || !symbolicName.startsWith("proa-")) {
      return DOOR;
    }
    if (symbolicName.equals("proa-plugins")) {
      return PLUGINS;
    }
    return GROUND_BUNDLES.contains(symbolicName) ? GROUND : ENGINE;
  }
}
