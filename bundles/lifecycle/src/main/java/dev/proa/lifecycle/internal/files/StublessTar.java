package dev.proa.lifecycle.internal.files;

import dev.proa.linux.tar.ChunkStream;
import dev.proa.linux.tar.TarEntry;
import dev.proa.linux.tar.TarReader;
import dev.proa.linux.tar.TarWriter;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A layer without what was made only to mount something at: files and folders of certain names, as far as they are empty, and without links that
 * every start makes. A layer's entries come in the order of their names, so that a folder's content follows it at once.
 */
public final class StublessTar extends ChunkStream {
  private static final int BLOCK = 128 << 10;

  private final InputStream in;
  private final TarReader tar;
  private final Set<String> stubs;
  private final Map<String, String> links;

  private boolean inEntry;
  private int padding;
  /** Folders that may turn out to be empty. */
  private final Deque<TarEntry> held = new ArrayDeque<>();
  /** What comes once {@link #held} is out. */
  private @Nullable TarEntry waiting;

  /**
   * @param in closed with this
   * @param stubs paths without slashes at their ends
   * @param links to their targets
   */
  public StublessTar(InputStream in, Set<String> stubs, Map<String, String> links) {
    this.in = in;
    this.tar = new TarReader(in, BLOCK);
    this.stubs = stubs;
    this.links = links;
  }

  @Override
  protected void fill() throws IOException {
    if (inEntry) {
      int n = tar.chunk();
      if (n > 0) {
        give(tar.buffer(), tar.chunkOffset(), n);
      } else {
        inEntry = false;
        zeros(padding);
      }
      return;
    }
    TarEntry entry = waiting != null ? waiting : nextKept();
    if (entry != null && !held.isEmpty()) {
      waiting = entry;
      entry = held.removeFirst();
    } else {
      waiting = null;
    }
    if (entry == null) {
      last();
      zeros(TarWriter.END_BYTES);
      return;
    }
    byte[] header = TarWriter.header(entry);
    padding = TarWriter.padding(entry);
    inEntry = entry.type() == TarEntry.Type.FILE;
    give(header, 0, header.length);
  }

  /** The next entry that is no stub; {@link #held} has the folders above it that would have been. */
  private @Nullable TarEntry nextKept() throws IOException {
    for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
      String name = path(entry);
      while (!held.isEmpty() && !name.startsWith(path(held.peekLast()) + "/")) {
        held.removeLast();
      }
      if (entry.type() == TarEntry.Type.SYMBOLIC_LINK && entry.linkName().equals(links.get(name))) {
        continue;
      }
      if (!stubs.contains(name) || entry.type() == TarEntry.Type.FILE && entry.size() > 0) {
        return entry;
      }
      if (entry.type() == TarEntry.Type.DIRECTORY) {
        held.addLast(entry);
      } else if (entry.type() != TarEntry.Type.FILE) {
        return entry;
      }
    }
    held.clear();
    return null;
  }

  private static String path(TarEntry entry) {
    return entry.name().endsWith("/") ? entry.name().substring(0, entry.name().length() - 1) : entry.name();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
