package dev.proa.api.plugins;

import dev.proa.images.Artifacts;
import dev.proa.images.Decompression;
import dev.proa.images.ProgressMessage;
import dev.proa.images.ProgressSink;
import dev.proa.images.RegistryCredentials;
import dev.proa.plugins.PluginSources;
import dev.proa.plugins.Plugins.Package;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/** A plugin on its way in: fetched from its source, or taken from a request's body, into a folder that goes with this. */
final class PluginIntake implements AutoCloseable {
  static final String JAR = "application/java-archive";
  static final String SIGNATURE = "application/vnd.proa.plugin.signature.v1";
  static final String ARTIFACT = "application/vnd.proa.plugin.v1";

  private static final long MAX_BYTES = 256L << 20;
  private static final long MAX_SIGNATURE_BYTES = 64 << 10;
  private static final int MAX_ENTRIES = 10_000;

  private final Path folder;
  private final Package content;

  private PluginIntake(Path folder, Package content) {
    this.folder = folder;
    this.content = content;
  }

  private interface Filling {
    Package fill(Path folder) throws IOException;
  }

  private static PluginIntake make(Filling filling) throws IOException {
    Path folder = Files.createTempDirectory("plugin-");
    try {
      return new PluginIntake(folder, filling.fill(folder));
    } catch (IOException | RuntimeException e) {
      remove(folder);
      throw e;
    }
  }

  /** From an address, or else from a registry. */
  static PluginIntake fetch(
      String source, PluginSources sources, Artifacts artifacts, @Nullable RegistryCredentials credentials, ProgressSink progress) throws IOException {
    return make(
        folder -> {
          if (sources.knows(source)) {
            return sources.fetch(source, folder, line -> progress.send(ProgressMessage.ofStatus(line)));
          }
          Artifacts.Artifact artifact =
              artifacts.pull(source, Map.of(JAR, MAX_BYTES, SIGNATURE, MAX_SIGNATURE_BYTES), credentials, folder, progress);
          Path jar = null;
          byte[] signature = null;
          for (Artifacts.Part part : artifact.parts()) {
            if (part.mediaType().equals(SIGNATURE)) {
              signature = Files.readAllBytes(part.file());
            } else {
              jar = part.file();
            }
          }
          if (jar == null) {
            throw ProaException.invalid(source + " holds no " + JAR);
          }
          return new Package(jar, signature, source);
        });
  }

  /** A jar as it is. */
  static PluginIntake ofJar(InputStream body, byte @Nullable [] signature, String source) throws IOException {
    return make(folder -> new Package(write(body, folder), signature, source));
  }

  /** What {@code docker plugin create} sends: a tar, perhaps compressed, of {@code config.json} and {@code rootfs}, in which one jar has to be. */
  static PluginIntake ofArchive(InputStream body, String source) throws IOException {
    return make(
        folder -> {
          Path jar = null;
          byte[] signature = null;
          try (TarArchiveInputStream tar = new TarArchiveInputStream(Decompression.of(body))) {
            int entries = 0;
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
              if (++entries > MAX_ENTRIES) {
                throw ProaException.invalid("the archive has more than " + MAX_ENTRIES + " entries");
              }
              if (entry.isFile() && entry.getName().endsWith(".jar")) {
                if (jar != null) {
                  throw ProaException.invalid("the archive holds more than one jar: a plugin is one bundle");
                }
                jar = write(tar, folder);
              } else if (entry.isFile() && entry.getName().endsWith(".jar.sig")) {
                signature = tar.readNBytes((int) MAX_SIGNATURE_BYTES);
              }
            }
          }
          if (jar == null) {
            throw ProaException.invalid("the archive holds no jar: put the bundle into rootfs/");
          }
          return new Package(jar, signature, source);
        });
  }

  private static Path write(InputStream in, Path folder) throws IOException {
    Path jar = folder.resolve("plugin.jar");
    try (OutputStream out = Files.newOutputStream(jar)) {
      byte[] buffer = new byte[1 << 16];
      long size = 0;
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        size += n;
        if (size > MAX_BYTES) {
          throw ProaException.invalid("a plugin is not larger than " + (MAX_BYTES >> 20) + " MiB");
        }
        out.write(buffer, 0, n);
      }
    }
    return jar;
  }

  Package content() {
    return content;
  }

  private static void remove(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> all = new ArrayList<>(files.toList());
      all.sort(Comparator.reverseOrder());
      for (Path file : all) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    remove(folder);
  }
}
