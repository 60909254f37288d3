package dev.proa.lifecycle.system;

import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;

/** What the daemon knows about itself. */
@ProviderType
public interface SystemInfo {

  /** {@code GET /info}. */
  Info info();

  /** {@code GET /version}; the API's own versions are filled in by who speaks it. */
  Version version(String apiVersion, String minApiVersion);

  /** {@code GET /system/df}. @param types what to count; empty for everything */
  DiskUsage diskUsage(Set<DiskUsage.ObjectType> types);
}
