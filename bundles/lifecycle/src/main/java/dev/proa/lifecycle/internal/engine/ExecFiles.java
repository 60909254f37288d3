package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.containers.ExecConfig;
import dev.proa.lifecycle.internal.Json;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the next daemon must know of execs: one small file for each in the exec root. Not in the state store: an exec ends with the host at the
 * latest, so a file that outlives the daemon's process is enough, and costs no sync.
 */
final class ExecFiles {
  private static final Logger LOG = LoggerFactory.getLogger(ExecFiles.class);
  private static final Pattern ID = Pattern.compile("[0-9a-f]{64}");

  private final Path folder;

  /** @param exitCode null until it has ended */
  record Row(String id, String container, ExecConfig config, Instant created, @Nullable Integer exitCode, @Nullable Instant endedAt) {}

  ExecFiles(Path execRoot) {
    folder = execRoot.resolve("execs");
  }

  void write(Row row) {
    try {
      if (Files.notExists(folder)) {
        Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
      Path next = folder.resolve(row.id() + ".new");
      Files.write(next, Json.write(row));
      Files.move(next, folder.resolve(row.id()), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw Trees.failure("cannot write down exec " + row.id(), e);
    }
  }

  void remove(String id) {
    try {
      Files.deleteIfExists(folder.resolve(id));
    } catch (IOException e) {
      LOG.warn("exec {} is not forgotten: {}", id, e.getMessage());
    }
  }

  /** Those of earlier daemons; what cannot be read is removed and said. */
  List<Row> all() {
    List<Row> rows = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return rows;
    }
    try (var files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Row row = read(file);
        if (row == null) {
          Files.deleteIfExists(file);
        } else {
          rows.add(row);
        }
      }
    } catch (IOException e) {
      LOG.warn("the execs of the daemon before this one are not known: {}", e.getMessage());
    }
    return rows;
  }

  private static @Nullable Row read(Path file) throws IOException {
    String name = file.getFileName().toString();
    if (!ID.matcher(name).matches()) {
      return null;
    }
    try {
      return Json.read(Files.readAllBytes(file), Row.class, "exec " + name);
    } catch (ProaException e) {
      LOG.warn("{}", e.getMessage());
      return null;
    }
  }
}
