package dev.proa.lifecycle.internal.logs;

import dev.proa.lifecycle.containers.LogStream;
import dev.proa.lifecycle.containers.LogsRequest;
import dev.proa.lifecycle.containers.StreamType;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A container's log in Docker's json-file format. One for the container's life; the file is open only while the container runs. Lines
 * longer than 16 KiB are kept in pieces, as Docker does. Thread-safe.
 */
public final class JsonFileLog implements ContainerLog {
  private static final Logger LOG = LoggerFactory.getLogger(JsonFileLog.class);
  static final int MAX_ENTRY = 16384;

  /** A full disk must not fill the daemon's own log as well. */
  private static final Duration COMPLAIN_EVERY = Duration.ofMinutes(1);

  private final Path file;
  private final LogOptions options;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private @Nullable FileChannel channel;
  private long size;
  private long generation;
  private boolean running;
  private @Nullable Instant complained;

  public JsonFileLog(Path file, LogOptions options) {
    this.file = file;
    this.options = options;
  }

  /** The file is made with the first line: many processes have nothing to say. */
  @Override
  public void begin() {
    lock.lock();
    try {
      running = true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void end() {
    lock.lock();
    try {
      running = false;
      close();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void open() throws IOException {
    if (channel == null) {
      try {
        channel = create();
      } catch (NoSuchFileException e) {
        Files.createDirectories(file.getParent());
        channel = create();
      }
      size = channel.size();
      if (size > 0 && !endsWithALine()) {
        // What a loss of power tore; it would spoil the next line.
        size += channel.write(ByteBuffer.wrap(new byte[] {'\n'}));
      }
    }
  }

  private boolean endsWithALine() throws IOException {
    try (FileChannel reader = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer last = ByteBuffer.allocate(1);
      return reader.read(last, size - 1) == 1 && last.get(0) == '\n';
    }
  }

  private FileChannel create() throws IOException {
    return FileChannel.open(
        file,
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----")));
  }

  private void close() {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        LOG.warn("{}: {}", file, e.getMessage());
      }
      channel = null;
    }
  }

  @Override
  public int append(StreamType stream, byte[] bytes, int length, boolean end, Instant time) {
    byte[] tail = JsonLines.tail(stream, time, options.attributesJson());
    EntryBuffer entries = new EntryBuffer(length * 2 + tail.length * 4);
    int done = 0;
    while (done < length) {
      int limit = Math.min(length, done + MAX_ENTRY);
      int newline = done;
      while (newline < limit && bytes[newline] != '\n') {
        newline++;
      }
      if (newline < limit) {
        limit = newline + 1;
      } else if (limit - done == MAX_ENTRY) {
        // A character is not torn apart: the halves would both be replaced.
        limit -= JsonLines.unfinished(bytes, done, limit);
      } else if (!end) {
        break;
      }
      JsonLines.encode(entries, bytes, done, limit - done, tail);
      done = limit;
      if (options.maxSizeBytes() >= 0 && entries.length() + size() >= options.maxSizeBytes()) {
        // A file ends with the entry that takes it over its size.
        write(entries);
        entries.clear();
      }
    }
    if (entries.length() > 0) {
      write(entries);
    }
    return done;
  }

  private long size() {
    lock.lock();
    try {
      return size;
    } finally {
      lock.unlock();
    }
  }

  /** What cannot be written is lost, as with Docker: a full disk does not stop the container. */
  private void write(EntryBuffer entries) {
    lock.lock();
    try {
      open();
      if (options.maxSizeBytes() >= 0 && size >= options.maxSizeBytes()) {
        rotate();
      }
      FileChannel target = channel;
      ByteBuffer buffer = entries.view();
      long before = size;
      try {
        while (target != null && buffer.hasRemaining()) {
          size += target.write(buffer);
        }
      } catch (IOException e) {
        if (target != null && size != before) {
          // Half a line would spoil the next one.
          target.truncate(before);
          size = before;
        }
        throw e;
      }
    } catch (IOException e) {
      Instant now = Instant.now();
      if (complained == null || complained.plus(COMPLAIN_EVERY).isBefore(now)) {
        complained = now;
        LOG.error("output of a container is lost: cannot write {}: {}", file, e.getMessage());
      }
    } finally {
      changed.signalAll();
      lock.unlock();
    }
  }

  private void rotate() throws IOException {
    close();
    if (options.maxFiles() == 1) {
      Files.deleteIfExists(file);
    } else {
      Files.deleteIfExists(rotated(options.maxFiles() - 1));
      for (int i = options.maxFiles() - 2; i >= 1; i--) {
        moveIfExists(rotated(i), rotated(i + 1));
      }
      if (options.compress()) {
        compress(file, rotated(1));
        Files.deleteIfExists(file);
      } else {
        moveIfExists(file, rotated(1));
      }
    }
    generation++;
    open();
  }

  private static void moveIfExists(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (NoSuchFileException e) {
      LOG.debug("{} was never written", from);
    }
  }

  private static void compress(Path from, Path to) throws IOException {
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(to))) {
      Files.copy(from, out);
    }
  }

  /** The {@code number}th older file. */
  Path rotated(int number) {
    return file.resolveSibling(file.getFileName() + "." + number + (options.compress() ? ".gz" : ""));
  }

  @Override
  public LogStream read(LogsRequest request, boolean tty) {
    return new LogReader(this, request, tty);
  }

  @Override
  public String clientPath() {
    return options.driver() == LogOptions.Driver.JSON_FILE ? file.toString() : "";
  }

  Path file() {
    return file;
  }

  LogOptions options() {
    return options;
  }

  /** Where a reader stands: how often the file had been rotated when it was opened. */
  long generation() {
    lock.lock();
    try {
      return generation;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until there is more to read than {@code position} of the file of that generation.
   *
   * @return false once nothing can follow, or the reader is closed
   */
  boolean awaitMore(long ofGeneration, long position, LogReader reader) throws InterruptedException {
    lock.lock();
    try {
      while (!reader.closed() && generation == ofGeneration && size <= position && running) {
        changed.await();
      }
      return !reader.closed() && (generation != ofGeneration || size > position);
    } finally {
      lock.unlock();
    }
  }

  /** Wakes readers, to look whether they were closed. */
  void wake() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Opens the current file for reading; null if it was never written. */
  @Nullable OpenFile openCurrent() throws IOException {
    lock.lock();
    try {
      return new OpenFile(FileChannel.open(file, StandardOpenOption.READ), generation);
    } catch (NoSuchFileException e) {
      return null;
    } finally {
      lock.unlock();
    }
  }

  record OpenFile(FileChannel channel, long generation) {}
}
