package dev.proa.plugins.internal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRevision;

/**
 * What a plugin may ask for, decided by its manifest before anything of it runs: the SPI in a version that is there, the JDK, OSGi's and the log's
 * packages, and what it declares by {@code Proa-Needs}. The engine's own packages are for nobody.
 */
final class Admission {
  private static final String SPI = "dev.proa.spi";
  private static final List<String> FREE = List.of("java.", "javax.", "jdk.", "org.osgi.", "org.slf4j", "org.w3c.dom", "org.xml.sax", "org.ietf.jgss");

  /** The only packages of Proa's beyond the SPI that may be declared. */
  private static final Set<String> GROUND = Set.of("dev.proa.linux", "dev.proa.spawn");

  private final BundleContext context;

  Admission(BundleContext context) {
    this.context = context;
  }

  void check(Path jar, String plugin) throws PluginFailure {
    Attributes main;
    try (JarFile file = new JarFile(jar.toFile())) {
      Manifest manifest = file.getManifest();
      main = manifest == null ? new Attributes() : manifest.getMainAttributes();
    } catch (IOException e) {
      throw new PluginFailure("incomplete or no jar: " + e.getMessage());
    }
    for (String forbidden : List.of(Constants.REQUIRE_BUNDLE, Constants.FRAGMENT_HOST, "ExtensionBundle-Activator")) {
      if (main.getValue(forbidden) != null) {
        throw new PluginFailure("its manifest has " + forbidden + ", which a plugin may not: import packages instead");
      }
    }
    Set<String> needs = new HashSet<>();
    Headers.clauses(JarContent.header(main, JarContent.NEEDS)).forEach(clause -> needs.add(clause.path()));
    Map<String, Set<Version>> exported = exported();
    try {
      for (Headers.Clause clause : Headers.clauses(JarContent.header(main, Constants.IMPORT_PACKAGE))) {
        spiVersion(plugin, clause, exported);
        allowed(clause.path(), needs);
      }
      for (Headers.Clause clause : Headers.clauses(JarContent.header(main, Constants.DYNAMICIMPORT_PACKAGE))) {
        if (clause.path().contains("*")) {
          throw new PluginFailure("its manifest has " + Constants.DYNAMICIMPORT_PACKAGE + ": " + clause.path() + ", which leaves open what it uses");
        }
        allowed(clause.path(), needs);
      }
    } catch (IllegalArgumentException e) {
      throw new PluginFailure("its manifest cannot be read: " + e.getMessage());
    }
  }

  private static void spiVersion(String plugin, Headers.Clause clause, Map<String, Set<Version>> exported) throws PluginFailure {
    if (!isSpi(clause.path()) || clause.optional()) {
      return;
    }
    Set<Version> there = exported.getOrDefault(clause.path(), Set.of());
    if (there.isEmpty()) {
      throw new PluginFailure(plugin + " was built for " + clause.path() + " " + clause.range() + ", which this engine does not have");
    }
    if (there.stream().noneMatch(clause.range()::includes)) {
      Version version = new TreeSet<>(there).getLast();
      String advice = version.compareTo(clause.range().getLeft()) < 0 ? "update the engine, or install an older version of the plugin" : "install a newer version of the plugin";
      throw new PluginFailure(plugin + " was built for " + clause.path() + " " + clause.range() + ", and this engine has " + version + ": " + advice);
    }
  }

  private static void allowed(String imported, Set<String> needs) throws PluginFailure {
    if (isSpi(imported) || FREE.stream().anyMatch(imported::startsWith)) {
      return;
    }
    boolean ground = GROUND.stream().anyMatch(root -> imported.equals(root) || imported.startsWith(root + "."));
    if (imported.startsWith("dev.proa.") && !ground) {
      throw new PluginFailure("it imports " + imported + ", which belongs to the engine alone");
    }
    if (needs.stream().noneMatch(need -> imported.equals(need) || imported.startsWith(need + "."))) {
      throw new PluginFailure("it imports " + imported + ", which is no part of the SPI and is not declared in its manifest's " + JarContent.NEEDS);
    }
  }

  private static boolean isSpi(String name) {
    return name.equals(SPI) || name.startsWith(SPI + ".");
  }

  private Map<String, Set<Version>> exported() {
    Map<String, Set<Version>> exported = new HashMap<>();
    for (Bundle bundle : context.getBundles()) {
      BundleRevision revision = bundle.adapt(BundleRevision.class);
      if (revision == null) {
        continue;
      }
      for (BundleCapability capability : revision.getDeclaredCapabilities(BundleRevision.PACKAGE_NAMESPACE)) {
        if (capability.getAttributes().get(BundleRevision.PACKAGE_NAMESPACE) instanceof String name
            && isSpi(name)
            && capability.getAttributes().get(Constants.VERSION_ATTRIBUTE) instanceof Version version) {
          exported.computeIfAbsent(name, unknown -> new HashSet<>()).add(version);
        }
      }
    }
    return exported;
  }
}
