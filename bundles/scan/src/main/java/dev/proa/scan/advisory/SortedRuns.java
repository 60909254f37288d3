package dev.proa.scan.advisory;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Sorts more entries than fit into memory: sorted files of some megabytes each, read side by side. */
final class SortedRuns implements AutoCloseable {
  private static final int RUN_BYTES = 16 << 20;
  private static final long MAX_BYTES = 8L << 30;

  private final Path folder;
  private final List<Path> runs = new ArrayList<>();
  private final List<Entry> pending = new ArrayList<>();
  private final List<Reader> readers = new ArrayList<>();
  private int pendingBytes;
  private long allBytes;

  SortedRuns(Path folder) {
    this.folder = folder;
  }

  void add(Entry entry) throws IOException {
    pending.add(entry);
    pendingBytes += entry.size();
    allBytes += entry.size();
    if (allBytes > MAX_BYTES) {
      throw new IOException("more than " + MAX_BYTES + " bytes of advisories");
    }
    if (pendingBytes >= RUN_BYTES) {
      flush();
    }
  }

  /** What was added until now can be kept by {@link #backTo} this. */
  int mark() throws IOException {
    flush();
    return runs.size();
  }

  /** Forgets what was added since. */
  void backTo(int mark) throws IOException {
    pending.clear();
    pendingBytes = 0;
    while (runs.size() > mark) {
      Files.deleteIfExists(runs.removeLast());
    }
  }

  private void flush() throws IOException {
    if (pending.isEmpty()) {
      return;
    }
    pending.sort(Entry.ORDER);
    Path run = Files.createTempFile(folder, "run-", ".tmp");
    runs.add(run);
    try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(run), 64 << 10))) {
      for (Entry entry : pending) {
        entry.write(out);
      }
    }
    pending.clear();
    pendingBytes = 0;
  }

  /** Each run in its order. */
  List<Iterator<Entry>> read() throws IOException {
    flush();
    for (Path run : runs) {
      readers.add(new Reader(run));
    }
    return List.copyOf(readers);
  }

  @Override
  public void close() throws IOException {
    for (Reader reader : readers) {
      reader.in.close();
    }
    backTo(0);
  }

  private static final class Reader implements Iterator<Entry> {
    final DataInputStream in;
    private @Nullable Entry next;

    Reader(Path run) throws IOException {
      in = new DataInputStream(new BufferedInputStream(Files.newInputStream(run), 64 << 10));
      advance();
    }

    private void advance() {
      try {
        next = Entry.read(in, in.readLong());
      } catch (EOFException e) {
        next = null;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public boolean hasNext() {
      return next != null;
    }

    @Override
    public Entry next() {
      Entry now = next;
      if (now == null) {
        throw new NoSuchElementException();
      }
      advance();
      return now;
    }
  }
}
