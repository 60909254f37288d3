package dev.proa.microvm;

import dev.proa.namespace.cgroup.CgroupLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What tests leave in the host's control groups. */
final class CgroupsForTests {
  private CgroupsForTests() {}

  static List<Path> below(String parent) throws IOException {
    List<Path> found = new ArrayList<>();
    for (Path folder : folders(parent)) {
      if (Files.isDirectory(folder)) {
        try (Stream<Path> children = Files.list(folder)) {
          children.filter(Files::isDirectory).forEach(found::add);
        }
      }
    }
    return found;
  }

  static void removeParent(String parent) throws IOException {
    for (Path folder : folders(parent)) {
      Files.deleteIfExists(folder);
    }
  }

  private static Set<Path> folders(String parent) {
    CgroupLayout layout = CgroupLayout.discover();
    Set<Path> folders = new LinkedHashSet<>();
    layout.v1().values().forEach(point -> folders.add(Path.of(point + parent)));
    if (layout.unified() != null) {
      folders.add(Path.of(layout.unified() + parent));
    }
    return folders;
  }
}
