package dev.proa.spi.conformance;

import dev.proa.spi.DriverContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A driver's two folders below one of the test's. */
record Folders(Path stateDir, Path runDir) implements DriverContext {

  static Folders below(Path directory) throws IOException {
    var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    return new Folders(
        Files.createDirectories(directory.resolve("state"), ownerOnly), Files.createDirectories(directory.resolve("run"), ownerOnly));
  }
}
