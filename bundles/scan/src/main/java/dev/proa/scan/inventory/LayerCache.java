package dev.proa.scan.inventory;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What layers hold, by the digest of their bytes: one file each, written beside and renamed, with a checksum, so that a crash leaves the former state or one
 * that is noticed. Of all files the longest unused go when they are together too large.
 */
public final class LayerCache {
  private static final Logger LOG = LoggerFactory.getLogger(LayerCache.class);

  /** Changes with the form of the files and with what the readers find: files of another version are not looked at. */
  private static final String VERSION = ".v1";

  private final Path folder;
  private final long maxBytes;

  public LayerCache(Path folder, long maxBytes) {
    this.folder = folder;
    this.maxBytes = maxBytes;
  }

  private Path file(String diffId) {
    if (!diffId.matches("[a-z0-9]+:[0-9a-f]{32,128}")) {
      throw new IllegalArgumentException("no digest: " + diffId);
    }
    return folder.resolve(diffId.replace(':', '-') + VERSION);
  }

  /** Empty for one that is not there, or that is damaged. */
  public Optional<LayerContents> get(String diffId) {
    Path file = file(diffId);
    CRC32 sum = new CRC32();
    try (DataInputStream in = new DataInputStream(new CheckedInputStream(new BufferedInputStream(Files.newInputStream(file), 64 << 10), sum))) {
      LayerContents contents = LayerFormat.read(in);
      long expected = sum.getValue();
      if (in.readLong() != expected) {
        throw new IOException("its checksum does not match");
      }
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
      return Optional.of(contents);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException | RuntimeException e) {
      LOG.warn("the layer is scanned again: {} cannot be read: {}", file, e.toString());
      return Optional.empty();
    }
  }

  /** Not being able to keep it does no harm: the next scan is slower. */
  public void put(String diffId, LayerContents contents) {
    Path file = file(diffId);
    try {
      Files.createDirectories(folder);
      Path temporary = Files.createTempFile(folder, "new-", ".tmp");
      try {
        CRC32 sum = new CRC32();
        try (OutputStream raw = Files.newOutputStream(temporary);
            DataOutputStream out = new DataOutputStream(new BufferedOutputStream(new CheckedOutputStream(raw, sum), 64 << 10))) {
          LayerFormat.write(contents, out);
          out.flush();
          out.writeLong(sum.getValue());
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
      trim();
    } catch (IOException | UncheckedIOException e) {
      LOG.warn("cannot keep what layer {} holds: {}", diffId, e.toString());
    }
  }

  private record Kept(Path file, long bytes, FileTime used) {}

  private void trim() throws IOException {
    List<Kept> kept = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        try {
          BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
          if (!file.toString().endsWith(".tmp") || attributes.lastModifiedTime().toInstant().isBefore(Instant.now().minusSeconds(3600))) {
            kept.add(new Kept(file, attributes.size(), attributes.lastModifiedTime()));
          }
        } catch (FileSystemException e) {
          LOG.trace("{} went meanwhile", file);
        }
      }
    }
    long total = kept.stream().mapToLong(Kept::bytes).sum();
    kept.sort(Comparator.comparing(Kept::used));
    for (Kept each : kept) {
      boolean foreign = !each.file().toString().endsWith(VERSION);
      if (total > maxBytes || foreign) {
        Files.deleteIfExists(each.file());
        total -= each.bytes();
      }
    }
  }

  /** How many layers are kept, in how many bytes. */
  public Map.Entry<Long, Long> size() {
    if (Files.notExists(folder)) {
      return Map.entry(0L, 0L);
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> all = files.filter(file -> file.toString().endsWith(VERSION)).toList();
      long bytes = 0;
      for (Path file : all) {
        bytes += Files.size(file);
      }
      return Map.entry((long) all.size(), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
