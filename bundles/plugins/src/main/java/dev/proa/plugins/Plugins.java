package dev.proa.plugins;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The plugin bundles of this daemon: jars in the {@code plugins} folders of the installation and of the data root. A jar that is put there
 * is installed, one that is replaced is updated, one that is taken away is removed, all while the daemon works. Where both folders hold a
 * bundle of one symbolic name, that of the data root counts.
 */
@ProviderType
public interface Plugins {
  /** All jars found, broken ones too, by symbolic name. */
  List<PluginInfo> list();

  /** The folders that are watched. */
  List<Path> folders();

  /**
   * @param name symbolic name; of a jar that is none or broken, its file name
   * @param version bundle version, empty if unknown
   * @param file the jar
   * @param reason why it is not active, or why its update failed, else null
   */
  record PluginInfo(String name, String version, Path file, State state, @Nullable String reason) {}

  enum State {
    ACTIVE,
    /** Another file of the same symbolic name is preferred. */
    SHADOWED,
    FAILED
  }
}
