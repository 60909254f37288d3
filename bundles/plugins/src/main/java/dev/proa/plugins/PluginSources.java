package dev.proa.plugins;

import java.nio.file.Path;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;

/** Gets plugins from addresses: {@code https://…}, {@code file:///…}, {@code mvn:https://REPOSITORY!GROUP:ARTIFACT:VERSION}. References to registries are the images' trade. */
@ProviderType
public interface PluginSources {
  /** Whether that is one of the addresses above, and no reference to a registry. */
  boolean knows(String source);

  /**
   * Fetches the jar, and its detached signature (the same address with {@code .sig}) if there is one.
   *
   * @param folder where to put it; the caller removes it
   */
  Plugins.Package fetch(String source, Path folder, Consumer<String> progress);
}
