package org.example.lines;

import dev.proa.spi.DriverContext;
import dev.proa.spi.ProaException;
import dev.proa.spi.SelfCheck;
import dev.proa.spi.log.LogDriver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Keeps a container's log as one file of records: length of the text (4 bytes), source (1), seconds (8), nanoseconds (4), text. A cursor is the offset of
 * the next record. The driver remembers nothing: each call opens the file, so that another version can go on at any time.
 */
public class LinesLog implements LogDriver, SelfCheck {
  private static final int HEAD = 17;
  private static final int MAX_TEXT = 1 << 20;

  private volatile int maxLineBytes = MAX_TEXT;
  private Path folder;

  /** What is longer is cut off from now on. */
  void maxLineBytes(int bytes) {
    maxLineBytes = bytes;
  }

  @Override
  public void open(DriverContext context) {
    folder = context.stateDir();
  }

  @Override
  public void close() {}

  @Override
  public void selfCheck() {
    LogTarget target = new LogTarget("self-check", "self-check", "", Map.of());
    write(target, List.of(new LogEntry(Source.STDOUT, Instant.EPOCH, new byte[] {'\n'})));
    int read = read(target, null, -1, 2).entries().size();
    remove(target);
    if (read != 1) {
      throw ProaException.internal(folder + ": one entry was written and " + read + " were read", null);
    }
  }

  @Override
  public void check(Map<String, String> options) {
    for (String option : options.keySet()) {
      throw ProaException.invalid("unknown log opt '" + option + "' for lines log driver");
    }
  }

  @Override
  public void write(LogTarget log, List<LogEntry> entries) {
    int longest = maxLineBytes;
    int size = entries.stream().mapToInt(entry -> HEAD + Math.min(entry.text().length, longest)).sum();
    ByteBuffer records = ByteBuffer.allocate(size);
    for (LogEntry entry : entries) {
      int length = Math.min(entry.text().length, longest);
      records.putInt(length).put((byte) entry.source().ordinal());
      records.putLong(entry.time().getEpochSecond()).putInt(entry.time().getNano()).put(entry.text(), 0, length);
    }
    records.flip();
    Path file = file(log);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      while (records.hasRemaining()) {
        channel.write(records);
      }
    } catch (IOException e) {
      throw ProaException.exhausted("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void finish(LogTarget log) {}

  @Override
  public LogBatch read(LogTarget log, String cursor, int tail, int limit) {
    Path file = file(log);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long position = cursor != null ? Long.parseLong(cursor) : tail < 0 ? 0 : startOfTail(channel, tail);
      List<LogEntry> entries = new ArrayList<>();
      ByteBuffer head = ByteBuffer.allocate(HEAD);
      while (entries.size() < limit && readFully(channel, head.clear(), position)) {
        ByteBuffer text = ByteBuffer.allocate(checked(file, head.getInt(0)));
        if (!readFully(channel, text, position + HEAD)) {
          break; // it is being written
        }
        entries.add(new LogEntry(Source.values()[head.get(4)], Instant.ofEpochSecond(head.getLong(5), head.getInt(13)), text.array()));
        position += HEAD + text.capacity();
      }
      return new LogBatch(entries, Long.toString(position));
    } catch (NoSuchFileException e) {
      return new LogBatch(List.of(), cursor == null ? "0" : cursor);
    } catch (IOException e) {
      throw ProaException.internal("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static long startOfTail(FileChannel channel, int tail) throws IOException {
    ArrayDeque<Long> last = new ArrayDeque<>();
    ByteBuffer head = ByteBuffer.allocate(HEAD);
    long position = 0;
    while (readFully(channel, head.clear(), position)) {
      last.add(position);
      if (last.size() > tail) {
        last.poll();
      }
      position += HEAD + head.getInt(0);
    }
    return last.isEmpty() ? position : last.peek();
  }

  private static int checked(Path file, int length) {
    if (length < 0 || length > MAX_TEXT) {
      throw ProaException.dataLoss(file + " is damaged: a record of " + length + " bytes");
    }
    return length;
  }

  private static boolean readFully(FileChannel channel, ByteBuffer into, long position) throws IOException {
    while (into.hasRemaining()) {
      int n = channel.read(into, position + into.position());
      if (n < 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void remove(LogTarget log) {
    try {
      Files.deleteIfExists(file(log));
    } catch (IOException e) {
      throw ProaException.internal("cannot remove " + file(log) + ": " + e.getMessage(), e);
    }
  }

  private Path file(LogTarget log) {
    return folder.resolve(log.containerId() + ".lines");
  }
}
