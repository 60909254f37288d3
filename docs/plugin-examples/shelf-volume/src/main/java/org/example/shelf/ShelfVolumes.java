package org.example.shelf;

import dev.proa.spi.DriverContext;
import dev.proa.spi.ProaException;
import dev.proa.spi.volume.VolumeDriver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;

/**
 * Volumes as folders of the driver's own, with the owner and the mode that {@code --opt uid=…,mode=…} ask for. What lies in the state folder is all that
 * it knows, so that the next version finds everything; nothing has to be mounted, so that {@link #mount} and {@link #unmount} have nothing to do.
 */
public class ShelfVolumes implements VolumeDriver {
  private Path root;

  @Override
  public void open(DriverContext context) {
    root = context.stateDir();
  }

  @Override
  public void close() {}

  @Override
  public Path create(String name, Map<String, String> options) {
    for (String option : options.keySet()) {
      if (!option.equals("mode") && !option.equals("uid")) {
        throw ProaException.invalid("unknown option \"" + option + "\": known are mode and uid");
      }
    }
    int mode = number(options, "mode", 8, 07777, 0755);
    int uid = number(options, "uid", 10, Integer.MAX_VALUE, 0);
    Path folder = root.resolve(name);
    try {
      if (Files.notExists(folder)) {
        // whole at once: one that is found by its name has its owner and mode
        Path made = Files.createTempDirectory(root, ".making");
        Files.setAttribute(made, "unix:mode", mode);
        Files.setAttribute(made, "unix:uid", uid);
        Files.move(made, folder);
      }
      return folder;
    } catch (IOException e) {
      throw ProaException.internal("cannot make its folder: " + e, e);
    }
  }

  private static int number(Map<String, String> options, String option, int radix, int largest, int otherwise) {
    String text = options.get(option);
    if (text == null) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(text, radix);
      if (number >= 0 && number <= largest) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw ProaException.invalid(option + "=" + text + " is no number from 0 to " + Integer.toString(largest, radix));
  }

  @Override
  public void mount(String name, String user) {
    if (!Files.isDirectory(root.resolve(name))) {
      throw ProaException.notFound("volume " + name + " has lost its folder " + root.resolve(name));
    }
  }

  @Override
  public void unmount(String name, String user) {}

  @Override
  public void remove(String name) {
    try {
      Files.walkFileTree(
          root.resolve(name),
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
              Files.delete(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, IOException e) throws IOException {
              Files.delete(folder);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (NoSuchFileException e) {
      // it never was, or is gone already
    } catch (IOException e) {
      throw ProaException.internal("cannot remove its folder: " + e, e);
    }
  }

  @Override
  public Map<String, String> status(String name) {
    try (var entries = Files.list(root.resolve(name))) {
      return Map.of("entries", Long.toString(entries.count()));
    } catch (IOException | UncheckedIOException e) {
      return Map.of("entries", "unknown: " + e.getMessage());
    }
  }
}
