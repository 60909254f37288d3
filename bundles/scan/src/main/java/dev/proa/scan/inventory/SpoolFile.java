package dev.proa.scan.inventory;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A copy of a member of an archive on the disk, for formats that are read from their end; gone when it is closed. */
final class SpoolFile implements AutoCloseable {
  private final Path path;

  SpoolFile(Path folder, InputStream in, String suffix) throws IOException {
    path = Files.createTempFile(folder, "scan-", suffix);
    boolean complete = false;
    try {
      Files.copy(in, path, StandardCopyOption.REPLACE_EXISTING);
      complete = true;
    } finally {
      if (!complete) {
        Files.deleteIfExists(path);
      }
    }
  }

  Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(path);
  }
}
