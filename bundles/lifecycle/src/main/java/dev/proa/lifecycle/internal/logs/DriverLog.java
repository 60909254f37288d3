package dev.proa.lifecycle.internal.logs;

import dev.proa.lifecycle.containers.LogStream;
import dev.proa.lifecycle.containers.LogsRequest;
import dev.proa.lifecycle.containers.OutputSink;
import dev.proa.lifecycle.containers.StreamType;
import dev.proa.plugins.Drivers;
import dev.proa.spi.ProaException;
import dev.proa.spi.log.LogDriver;
import dev.proa.spi.log.LogDriver.LogBatch;
import dev.proa.spi.log.LogDriver.LogEntry;
import dev.proa.spi.log.LogDriver.LogTarget;
import dev.proa.spi.log.LogDriver.Source;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A log that a plugin keeps: batches in, by a lease each, and cursors out; following is done here. */
public final class DriverLog implements ContainerLog {
  private static final Logger LOG = LoggerFactory.getLogger(DriverLog.class);
  private static final int BATCH = 256;
  private static final Duration COMPLAIN_EVERY = Duration.ofMinutes(1);
  private static final DateTimeFormatter NANOS = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSSSS'Z'").withZone(ZoneOffset.UTC);

  private final Drivers drivers;
  private final String driver;
  private final LogTarget target;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private long written;
  private boolean running;
  private @Nullable Instant complained;

  public DriverLog(Drivers drivers, String driver, LogTarget target) {
    this.drivers = drivers;
    this.driver = driver;
    this.target = target;
  }

  @Override
  public void begin() {
    drivers.run(LogDriver.class, driver, log -> log.check(target.options()));
    lock.lock();
    try {
      running = true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void end() {
    try {
      drivers.run(LogDriver.class, driver, log -> log.finish(target));
    } catch (ProaException e) {
      LOG.warn("the log of {} is not finished: {}", target.containerId(), e.getMessage());
    }
    lock.lock();
    try {
      running = false;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public String clientPath() {
    return "";
  }

  @Override
  public void removed() {
    try {
      drivers.run(LogDriver.class, driver, log -> log.remove(target));
    } catch (ProaException e) {
      LOG.warn("the log of {} is not removed: {}", target.containerId(), e.getMessage());
    }
  }

  @Override
  public int append(StreamType stream, byte[] bytes, int length, boolean end, Instant time) {
    Source source = stream == StreamType.STDOUT ? Source.STDOUT : Source.STDERR;
    List<LogEntry> entries = new ArrayList<>();
    int done = 0;
    while (done < length) {
      int limit = Math.min(length, done + JsonFileLog.MAX_ENTRY);
      int newline = done;
      while (newline < limit && bytes[newline] != '\n') {
        newline++;
      }
      if (newline < limit) {
        limit = newline + 1;
      } else if (limit - done < JsonFileLog.MAX_ENTRY && !end) {
        break;
      }
      entries.add(new LogEntry(source, time, Arrays.copyOfRange(bytes, done, limit)));
      done = limit;
    }
    if (!entries.isEmpty()) {
      write(entries);
    }
    return done;
  }

  /** What cannot be written is lost: a log does not stop the container. */
  private void write(List<LogEntry> entries) {
    lock.lock();
    try {
      drivers.run(LogDriver.class, driver, log -> log.write(target, entries));
      written += entries.size();
    } catch (ProaException e) {
      Instant now = Instant.now();
      if (complained == null || complained.plus(COMPLAIN_EVERY).isBefore(now)) {
        complained = now;
        LOG.error("output of container {} is lost: {}", target.containerName(), e.getMessage());
      }
    } finally {
      changed.signalAll();
      lock.unlock();
    }
  }

  @Override
  public LogStream read(LogsRequest request, boolean tty) {
    if (!drivers.<LogDriver, Boolean, RuntimeException>use(LogDriver.class, driver, LogDriver::readable)) {
      throw ProaException.notImplemented("configured logging driver does not support reading");
    }
    return new Reader(request, tty);
  }

  private final class Reader implements LogStream {
    private final LogsRequest request;
    private final boolean tty;
    private volatile boolean closed;

    private Reader(LogsRequest request, boolean tty) {
      this.request = request;
      this.tty = tty;
    }

    @Override
    public boolean tty() {
      return tty;
    }

    @Override
    public void close() {
      closed = true;
      lock.lock();
      try {
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void pump(OutputSink sink) throws IOException {
      String cursor = null;
      try {
        while (!closed) {
          long seen = written();
          String from = cursor;
          LogBatch batch =
              drivers.<LogDriver, LogBatch, RuntimeException>use(LogDriver.class, driver, log -> log.read(target, from, request.tail(), BATCH));
          cursor = batch.cursor();
          for (LogEntry entry : batch.entries()) {
            pass(entry, sink);
          }
          if (batch.entries().size() < BATCH) {
            sink.flush();
            if (!request.follow() || !awaitMore(seen)) {
              return;
            }
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /** @return false once nothing can follow */
    private boolean awaitMore(long seen) throws InterruptedException {
      lock.lock();
      try {
        while (!closed && written == seen && running) {
          changed.await();
        }
        return !closed && written != seen;
      } finally {
        lock.unlock();
      }
    }

    private void pass(LogEntry entry, OutputSink sink) throws IOException {
      boolean out = entry.source() == Source.STDOUT;
      Instant since = request.since();
      Instant until = request.until();
      if (out ? !request.stdout() : !request.stderr()) {
        return;
      }
      if (since != null && entry.time().isBefore(since) || until != null && entry.time().isAfter(until)) {
        return;
      }
      byte[] text = entry.text();
      if (request.timestamps()) {
        byte[] stamp = (NANOS.format(entry.time()) + " ").getBytes(StandardCharsets.US_ASCII);
        byte[] both = Arrays.copyOf(stamp, stamp.length + text.length);
        System.arraycopy(text, 0, both, stamp.length, text.length);
        text = both;
      }
      sink.write(out ? StreamType.STDOUT : StreamType.STDERR, ByteBuffer.wrap(text));
    }
  }

  private long written() {
    lock.lock();
    try {
      return written;
    } finally {
      lock.unlock();
    }
  }
}
