package dev.proa.spi;

import java.util.Map;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Says what is wrong with settings beyond what their metadata can say (types, limits, lists of values). It is registered as a service with the property
 * {@link #PID}, by whoever gets the settings, and asked before they count.
 */
@ConsumerType
@FunctionalInterface
public interface SettingsCheck {
  /** The service property that names the settings. */
  String PID = "proa.settings";

  /**
   * Changes nothing and ends soon.
   *
   * @param settings all of them, defaults included
   * @throws ProaException {@code INVALID_ARGUMENT} with the reason
   */
  void check(Map<String, Object> settings);
}
