package dev.proa.plugins.internal;

import dev.proa.plugins.internal.PluginRecords.ContentRow;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out which plugin took a daemon down. A marker is written before a plugin is started here and removed when the daemon has gone on for a while,
 * or stops in order. One that is there at the next start tells that the daemon ended without a word with that plugin just started: a plugin that was
 * never proven is quarantined for that at once, another one when it happens twice in a row, because a daemon is killed for other reasons as well.
 */
final class Markers implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Markers.class);
  private static final String PREFIX = "started-";

  private final PluginRecords records;
  private final Duration settling;
  private final Set<String> young = ConcurrentHashMap.newKeySet();

  Markers(PluginRecords records, Duration settling) {
    this.records = records;
    this.settling = settling;
  }

  /** Judges what the last daemon left; before any plugin is started. */
  List<String> judge() {
    List<String> judged = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(records.folder(), PREFIX + "*")) {
      for (Path file : files) {
        String id = String.valueOf(file.getFileName()).substring(PREFIX.length());
        String what = Files.readString(file).strip();
        ContentRow row = records.content(id);
        int strikes = row.strikes() + 1;
        String quarantine =
            strikes > (row.proven() ? 1 : 0)
                ? "quarantined: the daemon ended without a word just after it was started; enable it to try again"
                : null;
        records.content(id, new ContentRow(row.proven(), strikes, quarantine));
        LOG.warn("the last daemon ended without a word just after plugin {} was started{}", what, quarantine == null ? "" : ": it is quarantined");
        if (quarantine != null) {
          judged.add(what);
        }
        Files.delete(file);
      }
    } catch (IOException e) {
      LOG.warn("cannot read the markers in {}: {}", records.folder(), e.toString());
    }
    return judged;
  }

  /** Called before a start; on the disk when it returns. */
  void begin(String id, String what) throws PluginFailure {
    Path file = file(id);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
      channel.write(java.nio.ByteBuffer.wrap(what.getBytes(StandardCharsets.UTF_8)));
      channel.force(true);
    } catch (IOException e) {
      throw new PluginFailure("cannot write " + file + " before its start: " + e);
    }
    young.add(id);
  }

  /** It came up: proven if the daemon goes on for a while. */
  void settle(String id) {
    Thread.ofVirtual()
        .name("settle plugin")
        .start(
            () -> {
              try {
                Thread.sleep(settling);
              } catch (InterruptedException e) {
                return;
              }
              prove(id);
            });
  }

  /** It did not come up, and the daemon is still there. */
  void clear(String id) {
    if (young.remove(id)) {
      delete(id);
    }
  }

  private void prove(String id) {
    if (young.remove(id)) {
      ContentRow row = records.content(id);
      if (!row.proven() || row.strikes() != 0) {
        records.content(id, new ContentRow(true, 0, row.quarantine()));
      }
      delete(id);
    }
  }

  private void delete(String id) {
    try {
      Files.deleteIfExists(file(id));
    } catch (IOException e) {
      LOG.warn("cannot remove {}: {}", file(id), e.toString());
    }
  }

  private Path file(String id) {
    return records.folder().resolve(PREFIX + id);
  }

  /** The daemon stops in order. */
  @Override
  public void close() {
    for (String id : List.copyOf(young)) {
      clear(id);
    }
  }
}
