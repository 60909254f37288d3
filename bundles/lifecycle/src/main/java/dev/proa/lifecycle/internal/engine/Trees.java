package dev.proa.lifecycle.internal.engine;

import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Folders of the engine's own. */
final class Trees {
  private static final Logger LOG = LoggerFactory.getLogger(Trees.class);

  private Trees() {}

  /** A file operation's failure: a full disk is its own class. */
  static ProaException failure(String what, IOException e) {
    String reason = e instanceof FileSystemException f && f.getReason() != null ? f.getReason() : String.valueOf(e.getMessage());
    if (reason.contains("No space left on device") || reason.contains("Disk quota exceeded")) {
      return ProaException.exhausted(what + ": no space left on device", e);
    }
    return ProaException.internal(what + ": " + e.getMessage(), e);
  }

  /** Links are removed, never followed. A missing folder is no failure. */
  static void delete(Path folder) throws IOException {
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
              Files.delete(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e)
                throws IOException {
              if (e != null) {
                throw e;
              }
              Files.delete(directory);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (NoSuchFileException gone) {
      // Never made, or removed by somebody else.
    }
  }

  /** As a part of the clean-up after {@code first}. */
  static void delete(Path folder, Exception first) {
    try {
      delete(folder);
    } catch (IOException e) {
      first.addSuppressed(e);
    }
  }

  /** What cannot be removed now is nobody's, and is swept at the next start. */
  static void deleteQuietly(Path folder) {
    try {
      delete(folder);
    } catch (IOException e) {
      LOG.warn("cannot remove {}: {}", folder, e.getMessage());
    }
  }

  static boolean isEmptyVolume(Path folder) throws IOException {
    Path data = folder.resolve("_data");
    if (!Files.isDirectory(data)) {
      try (var entries = Files.list(folder)) {
        return entries.findAny().isEmpty();
      }
    }
    try (var entries = Files.list(data)) {
      return entries.findAny().isEmpty();
    }
  }

  /** Bytes of all plain files; what disappears meanwhile does not count. */
  static long size(Path folder) {
    AtomicLong total = new AtomicLong();
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              if (attributes.isRegularFile()) {
                total.addAndGet(attributes.size());
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      LOG.debug("{}: {}", folder, e.getMessage());
    }
    return total.get();
  }
}
