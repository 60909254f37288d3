package dev.proa.plugins.internal;

import dev.proa.plugins.Plugins.Origin;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jars that there are at one moment, in the folders and among the installed ones, and which of them should be up.
 *
 * @param jars all, broken ones too
 * @param candidates those that may come up by symbolic name, the preferred one first; without those that are disabled
 */
record Catalogue(List<PluginJar> jars, Map<String, List<PluginJar>> candidates, Map<Path, Origin> origins, Set<String> disabledNames) {
  private static final Logger LOG = LoggerFactory.getLogger(Catalogue.class);

  /** @param folders the installation's, then the data root's */
  static Catalogue look(List<Path> folders, PluginRecords records) {
    Map<Path, PluginJar> found = new LinkedHashMap<>();
    Map<Path, Origin> origins = new LinkedHashMap<>();
    for (int i = 0; i < folders.size(); i++) {
      for (Path file : jarsIn(folders.get(i))) {
        look(file, i == 0 ? Origin.SHIPPED : Origin.DROPPED, found, origins);
      }
    }
    for (PluginRow row : records.rows()) {
      PluginRow.Installed current = row.current();
      if (current != null) {
        look(records.jar(current.id()), Origin.INSTALLED, found, origins);
      }
    }
    Set<String> disabled = records.rows().stream().filter(row -> !row.enabled()).map(PluginRow::symbolicName).collect(Collectors.toSet());
    Map<String, List<PluginJar>> candidates = new TreeMap<>();
    for (PluginJar jar : found.values()) {
      if (jar.broken() == null && !disabled.contains(jar.symbolicName())) {
        candidates.computeIfAbsent(jar.symbolicName(), name -> new ArrayList<>()).add(jar);
      }
    }
    candidates
        .values()
        .forEach(
            jars ->
                jars.sort(
                    (one, other) -> {
                      int byOrigin = origins.get(other.file()).compareTo(origins.get(one.file()));
                      return byOrigin != 0 ? byOrigin : other.version().compareTo(one.version());
                    }));
    return new Catalogue(List.copyOf(found.values()), candidates, origins, disabled);
  }

  private static void look(Path file, Origin origin, Map<Path, PluginJar> found, Map<Path, Origin> origins) {
    try {
      found.put(file, PluginJar.look(file));
      origins.put(file, origin);
    } catch (NoSuchFileException e) {
      LOG.debug("{} went while it was looked at", file);
    } catch (IOException e) {
      LOG.warn("cannot read {}: {}", file, e.toString());
    }
  }

  private static List<Path> jarsIn(Path folder) {
    List<Path> sorted = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.jar")) {
      for (Path file : files) {
        if (!String.valueOf(file.getFileName()).startsWith(".")) {
          sorted.add(file);
        }
      }
    } catch (NoSuchFileException e) {
      LOG.debug("no folder {}", folder);
    } catch (IOException e) {
      LOG.warn("cannot read {}: {}", folder, e.toString());
    }
    sorted.sort(null);
    return sorted;
  }

  Origin origin(PluginJar jar) {
    return origins.getOrDefault(jar.file(), Origin.DROPPED);
  }

  boolean disabled(String symbolicName) {
    return disabledNames.contains(symbolicName);
  }
}
