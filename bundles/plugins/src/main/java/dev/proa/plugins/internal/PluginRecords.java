package dev.proa.plugins.internal;

import dev.proa.plugins.Plugins;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.store.StateStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What survives a restart: rows in the state store, and the jars of installed versions in a folder, named by their hashes. A jar that no row names is
 * swept at the start.
 */
final class PluginRecords {
  private static final Logger LOG = LoggerFactory.getLogger(PluginRecords.class);
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String CONTENT = "plugin-content";

  private final StateStore store;
  private final Path folder;
  private final Map<String, PluginRow> rows = new TreeMap<>();
  private final Map<String, ContentRow> contents = new TreeMap<>();

  /**
   * What is known of the bytes of one jar.
   *
   * @param proven it was started and the daemon went on
   * @param strikes how often the daemon ended without a word while it was being started
   * @param quarantine why it is not started any more, else null
   */
  record ContentRow(boolean proven, int strikes, @Nullable String quarantine) {
    static final ContentRow UNKNOWN = new ContentRow(false, 0, null);
  }

  /** @param folder where the jars of installed versions lie; made if needed */
  PluginRecords(StateStore store, Path folder) throws IOException {
    this.store = store;
    this.folder = folder;
    Files.createDirectories(folder);
    store.all(PluginRow.KIND).forEach((name, json) -> rows.put(name, read(json, PluginRow.class, "plugin " + name)));
    store.all(CONTENT).forEach((id, json) -> contents.put(id, read(json, ContentRow.class, "plugin content " + id)));
    sweep();
  }

  private static <T> T read(byte[] json, Class<T> type, String what) {
    try {
      return JSON.readValue(json, type);
    } catch (JacksonException e) {
      throw new ProaException(ErrorClass.DATA_LOSS, what + ": its document cannot be read: " + e.getOriginalMessage(), e);
    }
  }

  synchronized PluginRow row(String symbolicName) {
    return rows.getOrDefault(symbolicName, PluginRow.of(symbolicName));
  }

  synchronized List<PluginRow> rows() {
    return List.copyOf(rows.values());
  }

  /** Returns once it is on the disk. A row that says nothing is removed. */
  synchronized void put(PluginRow row) {
    boolean plain = row.enabled() && row.versions().isEmpty();
    store.write(
        transaction -> {
          if (plain) {
            transaction.delete(PluginRow.KIND, row.symbolicName());
          } else {
            transaction.put(PluginRow.KIND, row.symbolicName(), JSON.writeValueAsBytes(row));
          }
        });
    if (plain) {
      rows.remove(row.symbolicName());
    } else {
      rows.put(row.symbolicName(), row);
    }
  }

  synchronized ContentRow content(String id) {
    return contents.getOrDefault(id, ContentRow.UNKNOWN);
  }

  synchronized void content(String id, ContentRow row) {
    store.write(transaction -> transaction.put(CONTENT, id, JSON.writeValueAsBytes(row)));
    contents.put(id, row);
  }

  Path folder() {
    return folder;
  }

  /** The jar of an installed version. */
  Path jar(String id) {
    return folder.resolve(id + ".jar");
  }

  Path signature(String id) {
    return folder.resolve(id + ".jar.sig");
  }

  /** Copies a jar to its place, synced, with its signature. */
  Path keep(Plugins.Package source, String id) {
    Path target = jar(id);
    try {
      copy(source.jar(), target);
      if (source.signature() != null) {
        Files.write(signature(id), source.signature());
      }
      return target;
    } catch (IOException e) {
      throw ProaException.internal("cannot keep " + source.source() + " as " + target + ": " + e, e);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    if (Files.exists(to)) {
      return;
    }
    Path part = to.resolveSibling(to.getFileName() + ".part");
    Files.copy(from, part, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    try {
      Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(part, to);
    }
  }

  /** Removes the jars that no row names. */
  synchronized void sweep() {
    Set<String> named = rows.values().stream().flatMap(row -> row.versions().stream()).map(PluginRow.Installed::id).collect(Collectors.toSet());
    List<Path> gone = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.{jar,sig,part}")) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        if (!named.contains(name.substring(0, name.indexOf('.'))) || name.endsWith(".part")) {
          gone.add(file);
        }
      }
      for (Path file : gone) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      LOG.warn("cannot sweep {}: {}", folder, e.toString());
    }
  }
}
