package dev.proa.scan;

import dev.proa.scan.inventory.LayerContents;
import dev.proa.scan.inventory.LayerScan;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Layers for tests, file by file. */
public final class Image {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8");

  public static Image layer() {
    return new Image();
  }

  public Image file(String path, String content) {
    return file(path, content.getBytes(StandardCharsets.UTF_8));
  }

  public Image file(String path, byte[] content) {
    try {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      TarArchiveEntry entry = new TarArchiveEntry(path, true);
      entry.setSize(content.length);
      tar.putArchiveEntry(entry);
      tar.write(content);
      tar.closeArchiveEntry();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Image link(String path, String target) {
    return link(path, target, TarArchiveEntry.LF_LINK);
  }

  public Image symlink(String path, String target) {
    return link(path, target, TarArchiveEntry.LF_SYMLINK);
  }

  private Image link(String path, String target, byte kind) {
    try {
      TarArchiveEntry entry = new TarArchiveEntry(path, kind);
      entry.setLinkName(target);
      tar.putArchiveEntry(entry);
      tar.closeArchiveEntry();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public byte[] tar() {
    try {
      tar.finish();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public LayerContents scan(Path folder) throws IOException {
    return LayerScan.read(new ByteArrayInputStream(tar()), folder);
  }

  /** @param members names and contents in turn, {@code String} or {@code byte[]} */
  public static byte[] zip(Object... members) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (int i = 0; i < members.length; i += 2) {
        zip.putNextEntry(new ZipEntry((String) members[i]));
        zip.write(members[i + 1] instanceof byte[] raw ? raw : ((String) members[i + 1]).getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
