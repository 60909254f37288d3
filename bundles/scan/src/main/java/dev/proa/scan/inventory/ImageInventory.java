package dev.proa.scan.inventory;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What an image has installed once its layers lie upon each other.
 *
 * @param packages by type, name and version
 * @param notices of its layers, by the index of the layer
 */
public record ImageInventory(Distribution distribution, List<Installed> packages, Map<Integer, List<Notice>> notices) {

  /**
   * @param layer the index of the layer that brought it
   * @param paths the files that tell of it, as they are in the image
   */
  public record Installed(PackageRecord record, int layer, List<String> paths) {}

  /** @param layers lowest first */
  public static ImageInventory of(List<LayerContents> layers) {
    Stack stack = new Stack();
    Map<Integer, List<Notice>> notices = new LinkedHashMap<>();
    for (int i = 0; i < layers.size(); i++) {
      stack.put(layers.get(i), i);
      if (!layers.get(i).notices().isEmpty()) {
        notices.put(i, layers.get(i).notices());
      }
    }
    Distribution distribution = stack.releases.getOrDefault("etc/os-release", stack.releases.getOrDefault("usr/lib/os-release", Distribution.NONE));
    return new ImageInventory(distribution, stack.installed(), notices);
  }

  private static final class Stack {
    /** Of one package. */
    private static final int MAX_PATHS = 20;

    /** Packages with the layer that brought them, by the file that tells of them. */
    final Map<String, Map<PackageRecord, Integer>> files = new LinkedHashMap<>();

    final Map<String, List<String>> owned = new HashMap<>();
    final Map<String, Distribution> releases = new HashMap<>();

    void put(LayerContents layer, int index) {
      Map<String, Map<PackageRecord, Integer>> before = new HashMap<>();
      layer.files().forEach(file -> before.put(file.path(), files.getOrDefault(file.path(), Map.of())));
      files.keySet().removeIf(layer::hides);
      owned.keySet().removeIf(layer::hides);
      releases.keySet().removeIf(layer::hides);
      for (PackageFile file : layer.files()) {
        Map<PackageRecord, Integer> now = new LinkedHashMap<>();
        for (PackageRecord each : file.packages()) {
          now.put(each, before.getOrDefault(file.path(), Map.of()).getOrDefault(each, index));
        }
        files.put(file.path(), now);
      }
      owned.putAll(layer.owned());
      releases.putAll(layer.releases());
    }

    List<Installed> installed() {
      Set<String> ofDistribution = new HashSet<>();
      owned.values().forEach(ofDistribution::addAll);
      Map<PackageRecord, Installed> found = new LinkedHashMap<>();
      files.forEach(
          (path, packages) ->
              packages.forEach(
                  (record, layer) -> {
                    // What a distribution's package brings is that package: its versions say what is mended, not the upstream's.
                    if (record.type().ofDistribution() || !ofDistribution.contains(path)) {
                      found.merge(record, new Installed(record, layer, List.of(path)), Stack::joined);
                    }
                  }));
      return sorted(found.values());
    }

    private static Installed joined(Installed one, Installed other) {
      List<String> paths = new ArrayList<>(one.paths());
      other.paths().stream().limit(MAX_PATHS - paths.size()).forEach(paths::add);
      return new Installed(one.record(), Math.min(one.layer(), other.layer()), paths);
    }

    private static List<Installed> sorted(Collection<Installed> packages) {
      return packages.stream()
          .sorted(
              (a, b) -> {
                int order = a.record().type().compareTo(b.record().type());
                order = order != 0 ? order : a.record().name().compareTo(b.record().name());
                order = order != 0 ? order : a.record().version().compareTo(b.record().version());
                return order != 0 ? order : a.record().arch().compareTo(b.record().arch());
              })
          .toList();
    }
  }
}
