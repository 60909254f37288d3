package dev.proa.shim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/** Loads every class of the shim's class path, so that nothing that happens to the files later, a full disk or a removal, can fail it in the middle. */
final class AllClasses {
  private static final String CLASS = ".class";
  private static final List<String> ITS_OWN = List.of("dev/proa/shim/", "dev/proa/linux/", "dev/proa/spawn/");

  private AllClasses() {}

  static void load() {
    for (String entry : System.getProperty("java.class.path").split(":")) {
      try (Stream<String> names = names(Path.of(entry))) {
        names.filter(name -> name.endsWith(CLASS) && ITS_OWN.stream().anyMatch(name::startsWith)).forEach(AllClasses::loadOne);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static Stream<String> names(Path entry) throws IOException {
    if (Files.isDirectory(entry)) {
      return Files.walk(entry).map(file -> entry.relativize(file).toString());
    }
    try (JarFile jar = new JarFile(entry.toFile())) {
      return jar.stream().map(each -> each.getName()).toList().stream();
    }
  }

  private static void loadOne(String file) {
    String name = file.substring(0, file.length() - CLASS.length()).replace('/', '.');
    if (name.endsWith("Component") || name.endsWith("-info")) {
      return; // of the daemon's side, with types that are not here
    }
    try {
      Class.forName(name, false, AllClasses.class.getClassLoader());
    } catch (ClassNotFoundException | LinkageError e) {
      throw new IllegalStateException("class " + name + " cannot be loaded", e);
    }
  }
}
