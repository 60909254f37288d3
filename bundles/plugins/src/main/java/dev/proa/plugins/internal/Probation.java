package dev.proa.plugins.internal;

import java.nio.file.Path;
import java.util.List;

/** Tries a plugin where it can harm nobody. */
@FunctionalInterface
interface Probation {
  /**
   * Resolves, activates and checks a plugin, and stops it again.
   *
   * @return what is no failure, but worth a warning, such as threads that go on after its stop
   * @throws PluginFailure {@code SKIPPED} if the plugin says that this host lacks something
   */
  List<String> examine(Path jar) throws PluginFailure;
}
