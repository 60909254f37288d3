package dev.proa.plugins.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;

/**
 * A jar in a plugins folder as one look at it found it. Two looks that are equal saw the same content: size, time and file key decide.
 *
 * @param symbolicName the file's name if it is no readable bundle
 * @param broken why it cannot be installed, else null
 */
record PluginJar(Path file, String symbolicName, Version version, long sizeBytes, FileTime modified, @Nullable Object fileKey, @Nullable String broken) {
  /** Larger than any plugin, smaller than the heap. */
  private static final long MAX_BYTES = 256L << 20;

  static PluginJar look(Path file) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    String broken = null;
    String name = String.valueOf(file.getFileName());
    Version version = Version.emptyVersion;
    if (!attributes.isRegularFile()) {
      broken = "not a regular file";
    } else if (attributes.size() > MAX_BYTES) {
      broken = "larger than " + (MAX_BYTES >> 20) + " MiB";
    } else {
      // a file that is still being written has no central directory yet, and so does not open
      try (JarFile jar = new JarFile(file.toFile())) {
        Manifest manifest = jar.getManifest();
        Attributes main = manifest == null ? new Attributes() : manifest.getMainAttributes();
        String header = main.getValue(Constants.BUNDLE_SYMBOLICNAME);
        if (header == null) {
          broken = "no OSGi bundle: its manifest has no " + Constants.BUNDLE_SYMBOLICNAME;
        } else {
          name = header.split(";", 2)[0].strip();
          version = Version.parseVersion(Objects.requireNonNullElse(main.getValue(Constants.BUNDLE_VERSION), "0"));
        }
      } catch (IOException e) {
        broken = "incomplete or no jar: " + e.getMessage();
      } catch (IllegalArgumentException e) {
        broken = "its version is none: " + e.getMessage();
      }
    }
    return new PluginJar(file, name, version, attributes.size(), attributes.lastModifiedTime(), attributes.fileKey(), broken);
  }

  /** Whether the file still is what this look found. */
  boolean unchanged() {
    try {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return (now.isSymbolicLink() || now.size() == sizeBytes && now.lastModifiedTime().equals(modified)) && Files.size(file) == sizeBytes;
    } catch (IOException e) {
      return false;
    }
  }
}
