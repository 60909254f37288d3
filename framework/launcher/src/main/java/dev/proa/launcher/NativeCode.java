package dev.proa.launcher;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells libraries with native code where the installation keeps it unpacked. A library that is not told, or finds nothing there, unpacks its
 * own into the temporary folder, which costs some tens of milliseconds. Netty needs no telling: it looks in {@code java.library.path}.
 */
final class NativeCode {
  private static final Logger LOG = LoggerFactory.getLogger(NativeCode.class);

  private NativeCode() {}

  static void announce(Path folder) {
    boolean arm = System.getProperty("os.arch").equals("aarch64");
    Path sqlite = folder.resolve("org/sqlite/native/Linux").resolve(arm ? "aarch64" : "x86_64");
    if (Files.isDirectory(sqlite)) {
      System.setProperty("org.sqlite.lib.path", sqlite.toString());
    }
    Path zstd = folder.resolve("linux").resolve(arm ? "aarch64" : "amd64");
    if (Files.isDirectory(zstd)) {
      try (DirectoryStream<Path> libraries = Files.newDirectoryStream(zstd, "libzstd-jni*.so")) {
        for (Path library : libraries) {
          System.setProperty("ZstdNativePath", library.toString());
        }
      } catch (IOException e) {
        LOG.debug("cannot list {}: {}", zstd, e.toString());
      }
    }
  }
}
