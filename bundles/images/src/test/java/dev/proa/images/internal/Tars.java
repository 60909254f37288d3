package dev.proa.images.internal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** Builds tars in memory. */
final class Tars {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8");

  Tars() {
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
  }

  Tars file(String name, byte[] content) {
    return entry(name, TarConstants.LF_NORMAL, "", content);
  }

  Tars file(String name, String content) {
    return file(name, content.getBytes(StandardCharsets.UTF_8));
  }

  Tars folder(String name) {
    return entry(name + "/", TarConstants.LF_DIR, "", new byte[0]);
  }

  Tars symlink(String name, String target) {
    return entry(name, TarConstants.LF_SYMLINK, target, new byte[0]);
  }

  Tars hardlink(String name, String target) {
    return entry(name, TarConstants.LF_LINK, target, new byte[0]);
  }

  private Tars entry(String name, byte type, String link, byte[] content) {
    try {
      TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
      entry.setLinkName(link);
      entry.setMode(type == TarConstants.LF_DIR ? 0755 : 0644);
      entry.setModTime(1_700_000_000_000L);
      entry.setSize(content.length);
      tar.putArchiveEntry(entry);
      tar.write(content);
      tar.closeArchiveEntry();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  byte[] bytes() {
    try {
      tar.close();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A layer of one file. */
  static byte[] layer(String name, String content) {
    return new Tars().folder("etc").file(name, content).bytes();
  }

  /** A layer of incompressible bytes. */
  static byte[] randomLayer(int size, long seed) {
    byte[] noise = new byte[size];
    new java.util.Random(seed).nextBytes(noise);
    return new Tars().file("noise", noise).bytes();
  }

  static byte[] gunzip(byte[] bytes) {
    try (java.util.zip.GZIPInputStream in = new java.util.zip.GZIPInputStream(new java.io.ByteArrayInputStream(bytes))) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] gzip(byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (java.util.zip.GZIPOutputStream gzip = new java.util.zip.GZIPOutputStream(out)) {
      gzip.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  static byte[] zstd(byte[] content) {
    return com.github.luben.zstd.Zstd.compress(content);
  }

  static Map<String, byte[]> map() {
    return new LinkedHashMap<>();
  }
}
