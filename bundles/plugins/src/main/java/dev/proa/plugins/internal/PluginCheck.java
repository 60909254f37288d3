package dev.proa.plugins.internal;

import java.util.List;
import org.osgi.framework.Bundle;

/** What else can be wrong with a plugin that has been started. */
@FunctionalInterface
interface PluginCheck {
  /** A sentence for each component of the bundle that did not come up. */
  List<String> problems(Bundle bundle);
}
