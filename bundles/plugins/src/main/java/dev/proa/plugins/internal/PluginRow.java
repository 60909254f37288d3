package dev.proa.plugins.internal;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a plugin across restarts; of one that only lies in a folder that is nothing, or that it is disabled.
 *
 * @param versions what was installed, the present one last; empty for a plugin of a folder
 */
record PluginRow(String symbolicName, @Nullable String alias, boolean enabled, List<Installed> versions) {
  static final String KIND = "plugin";

  /** Former versions that are kept. */
  private static final int KEPT = 3;

  PluginRow {
    versions = List.copyOf(versions);
  }

  /** @param id hash of the jar, in hexadecimal digits; its file is named by it */
  record Installed(String id, String version, String source, Instant installed) {}

  static PluginRow of(String symbolicName) {
    return new PluginRow(symbolicName, null, true, List.of());
  }

  @Nullable Installed current() {
    return versions.isEmpty() ? null : versions.getLast();
  }

  PluginRow withEnabled(boolean now) {
    return new PluginRow(symbolicName, alias, now, versions);
  }

  /** With another version on top. */
  PluginRow with(Installed next, @Nullable String nextAlias, boolean nowEnabled) {
    List<Installed> all = new ArrayList<>(versions);
    all.removeIf(each -> each.id().equals(next.id()));
    all.add(next);
    return new PluginRow(symbolicName, nextAlias == null ? alias : nextAlias, nowEnabled, all.subList(Math.max(0, all.size() - 1 - KEPT), all.size()));
  }

  PluginRow withoutCurrent() {
    return new PluginRow(symbolicName, alias, enabled, versions.subList(0, versions.size() - 1));
  }
}
