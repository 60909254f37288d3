package dev.proa.lifecycle.internal.logs;

import dev.proa.lifecycle.containers.LogStream;
import dev.proa.lifecycle.containers.LogsRequest;
import dev.proa.lifecycle.containers.OutputSink;
import dev.proa.lifecycle.containers.StreamType;
import dev.proa.lifecycle.internal.Json;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads a container's log for one client: by a cursor in the files, from the end where only the last lines are wanted, without polling. */
public final class LogReader implements LogStream {
  private static final Logger LOG = LoggerFactory.getLogger(LogReader.class);
  private static final int BLOCK = 65536;

  /** An entry is 16 KiB of text, six times as much when escaped, and its attributes; anything longer was not written by us. */
  private static final int MAX_LINE = 1 << 20;

  private static final DateTimeFormatter NANOS = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSSSS'Z'").withZone(ZoneOffset.UTC);

  private final JsonFileLog log;
  private final LogsRequest request;
  private final boolean tty;

  /** The text of the entry at hand. */
  private final EntryBuffer text = new EntryBuffer(1024);

  private volatile boolean closed;

  public LogReader(JsonFileLog log, LogsRequest request, boolean tty) {
    this.log = log;
    this.request = request;
    this.tty = tty;
  }

  boolean closed() {
    return closed;
  }

  @Override
  public boolean tty() {
    return tty;
  }

  @Override
  public void close() {
    closed = true;
    log.wake();
  }

  @Override
  public void pump(OutputSink sink) throws IOException {
    JsonFileLog.OpenFile current = log.openCurrent();
    if (request.tail() != 0) {
      long skip = current == null ? 0 : startInCurrent(current.channel());
      if (skip < 0) {
        older(sink, -skip);
        skip = 0;
      }
      current = live(sink, current, skip);
    } else {
      current = live(sink, current, current == null ? 0 : current.channel().size());
    }
    if (current != null) {
      current.channel().close();
    }
  }

  /** Where to begin in the current file; if more lines are wanted than it has, minus how many are still missing. */
  private long startInCurrent(FileChannel channel) throws IOException {
    if (request.tail() < 0) {
      return -Long.MAX_VALUE;
    }
    int wanted = request.tail();
    long position = channel.size();
    int newlines = 0;
    ByteBuffer block = ByteBuffer.allocate(BLOCK);
    while (position > 0) {
      int length = (int) Math.min(BLOCK, position);
      block.clear().limit(length);
      position -= length;
      readFully(channel, block, position);
      for (int i = length - 1; i >= 0; i--) {
        // The newline of the line before the wanted ones.
        if (block.get(i) == '\n' && newlines++ == wanted) {
          return position + i + 1;
        }
      }
    }
    return newlines >= wanted ? 0 : -(long) (wanted - newlines);
  }

  private static void readFully(FileChannel channel, ByteBuffer into, long position) throws IOException {
    while (into.hasRemaining()) {
      int n = channel.read(into, position + into.position());
      if (n < 0) {
        throw new IOException("the log was cut off while it was read");
      }
    }
  }

  /** The rotated files' last lines. */
  private void older(OutputSink sink, long lines) throws IOException {
    int oldest = 0;
    while (oldest + 1 < log.options().maxFiles() && Files.exists(log.rotated(oldest + 1))) {
      oldest++;
    }
    if (oldest == 0) {
      return;
    }
    if (lines == Long.MAX_VALUE) {
      for (int i = oldest; i >= 1; i--) {
        forEachLine(log.rotated(i), (bytes, offset, length) -> pass(bytes, offset, length, sink));
        sink.flush();
      }
      return;
    }
    ArrayDeque<byte[]> last = new ArrayDeque<>();
    for (int i = 1; i <= oldest && last.size() < lines; i++) {
      ArrayDeque<byte[]> ofFile = new ArrayDeque<>();
      long missing = lines - last.size();
      forEachLine(
          log.rotated(i),
          (bytes, offset, length) -> {
            ofFile.add(Arrays.copyOfRange(bytes, offset, offset + length));
            if (ofFile.size() > missing) {
              ofFile.poll();
            }
          });
      ofFile.descendingIterator().forEachRemaining(last::addFirst);
    }
    for (byte[] line : last) {
      pass(line, 0, line.length, sink);
    }
    sink.flush();
  }

  private interface LineSink {
    void accept(byte[] bytes, int offset, int length) throws IOException;
  }

  private void forEachLine(Path path, LineSink lines) throws IOException {
    try (InputStream file = Files.newInputStream(path);
        InputStream in = log.options().compress() ? new GZIPInputStream(file) : file) {
      Lines splitter = new Lines(lines);
      byte[] block = new byte[BLOCK];
      for (int n = in.read(block); n >= 0 && !closed; n = in.read(block)) {
        splitter.accept(block, n);
      }
    } catch (NoSuchFileException e) {
      LOG.debug("{} was rotated away", path);
    }
  }

  /** Reads the current file and, when following, what is written to it and its successors. */
  private JsonFileLog.@Nullable OpenFile live(OutputSink sink, JsonFileLog.@Nullable OpenFile first, long from) throws IOException {
    JsonFileLog.OpenFile current = first;
    long position = from;
    Lines lines = new Lines((bytes, offset, length) -> pass(bytes, offset, length, sink));
    byte[] block = new byte[BLOCK];
    try {
      while (!closed) {
        if (current == null) {
          if (!request.follow() || !log.awaitMore(0, 0, this)) {
            return null;
          }
          current = log.openCurrent();
          continue;
        }
        int n = current.channel().read(ByteBuffer.wrap(block), position);
        if (n > 0) {
          position += n;
          lines.accept(block, n);
          continue;
        }
        sink.flush();
        if (!request.follow() || !log.awaitMore(current.generation(), position, this)) {
          return current;
        } else if (log.generation() != current.generation() && current.channel().size() <= position) {
          current.channel().close();
          current = log.openCurrent();
          position = 0;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return current;
  }

  /** Puts lines together from blocks. */
  private static final class Lines {
    private final LineSink sink;
    private final EntryBuffer partial = new EntryBuffer(256);
    private boolean tooLong;

    Lines(LineSink sink) {
      this.sink = sink;
    }

    void accept(byte[] block, int length) throws IOException {
      int start = 0;
      for (int i = 0; i < length; i++) {
        if (block[i] == '\n') {
          if (partial.length() == 0 && !tooLong) {
            sink.accept(block, start, i - start);
          } else {
            partial.add(block, start, i - start);
            if (!tooLong) {
              sink.accept(partial.bytes(), 0, partial.length());
            }
            partial.clear();
            tooLong = false;
          }
          start = i + 1;
        }
      }
      partial.add(block, start, length - start);
      if (partial.length() > MAX_LINE) {
        partial.clear();
        tooLong = true;
      }
    }
  }

  private void pass(byte[] bytes, int offset, int length, OutputSink sink) throws IOException {
    boolean timed = request.timestamps() || request.since() != null || request.until() != null;
    JsonLines.Plain plain = request.details() ? null : JsonLines.decode(bytes, offset, length, text, timed);
    if (plain == null) {
      passAny(Arrays.copyOfRange(bytes, offset, offset + length), sink);
      return;
    }
    if (!wanted(plain.stream())) {
      return;
    }
    if (!timed) {
      sink.write(plain.stream(), text.view());
      return;
    }
    Instant time;
    try {
      time = Instant.parse(plain.time());
    } catch (DateTimeParseException e) {
      LOG.debug("{}: {}", log.file(), e.getMessage());
      return;
    }
    if (inTime(time)) {
      if (request.timestamps()) {
        byte[] stamp = (NANOS.format(time) + " ").getBytes(StandardCharsets.US_ASCII);
        byte[] both = Arrays.copyOf(stamp, stamp.length + text.length());
        System.arraycopy(text.bytes(), 0, both, stamp.length, text.length());
        sink.write(plain.stream(), ByteBuffer.wrap(both));
      } else {
        sink.write(plain.stream(), text.view());
      }
    }
  }

  private boolean wanted(StreamType stream) {
    return stream == StreamType.STDOUT ? request.stdout() : request.stderr();
  }

  private boolean inTime(Instant time) {
    return (request.since() == null || !time.isBefore(request.since())) && (request.until() == null || !time.isAfter(request.until()));
  }

  /** An entry with attributes, or one that somebody else wrote. */
  private void passAny(byte[] line, OutputSink sink) throws IOException {
    LogEntry entry;
    try {
      entry = Json.read(line, LogEntry.class, "log entry");
    } catch (ProaException e) {
      LOG.debug("{}: {}", log.file(), e.getMessage());
      return;
    }
    Instant time = entry.time();
    String said = entry.text();
    if (said == null || time == null) {
      return;
    }
    StreamType stream = entry.type();
    if (!wanted(stream) || !inTime(time)) {
      return;
    }
    StringBuilder prefix = new StringBuilder();
    if (request.timestamps()) {
      prefix.append(NANOS.format(time)).append(' ');
    }
    Map<String, String> attributes = entry.attributes();
    if (request.details() && attributes != null) {
      StringBuilder details = new StringBuilder();
      new TreeMap<>(attributes).forEach((key, value) -> details.append(details.isEmpty() ? "" : ",").append(key).append('=').append(value));
      prefix.append(details).append(' ');
    }
    sink.write(stream, ByteBuffer.wrap(prefix.append(said).toString().getBytes(StandardCharsets.UTF_8)));
  }
}
