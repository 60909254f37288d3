package dev.proa.images.internal.progress;

import dev.proa.images.ProgressMessage;
import dev.proa.images.ProgressSink;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Carries messages of many threads to a sink, in order, on a thread of its own, so that a slow client never holds up a download that
 * others share. Figures are sent a few times a second at most and dropped if the sink falls behind; what says that something happened never is.
 * When the sink throws, the thread that owns the feed is interrupted.
 */
public final class ProgressFeed implements AutoCloseable {
  private static final long INTERVAL_NS = 100_000_000;
  private static final int MAX_WAITING_FIGURES = 256;
  private static final ProgressMessage END = ProgressMessage.ofStatus("");

  private final ProgressSink sink;
  private final Thread owner = Thread.currentThread();
  private final LinkedBlockingQueue<ProgressMessage> queue = new LinkedBlockingQueue<>();
  private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
  private final Map<String, Long> lastFigure = new HashMap<>();
  /** When figures of a kind began to come, in seconds since the epoch. */
  private final Map<String, Long> begun = new HashMap<>();
  private final Thread reporter;

  private ProgressFeed(ProgressSink sink) {
    this.sink = sink;
    this.reporter = Thread.ofVirtual().name("progress").start(this::report);
  }

  /** Work that sends messages. */
  @FunctionalInterface
  public interface Work<T> {
    T with(ProgressFeed feed);
  }

  /** Runs work whose messages go to a sink; returns once all were sent. If the sink throws, that is what ends the work. */
  public static <T> T run(ProgressSink sink, Work<T> work) {
    try (ProgressFeed feed = new ProgressFeed(sink)) {
      T result;
      try {
        result = work.with(feed);
      } catch (RuntimeException e) {
        feed.rethrow();
        feed.finish();
        throw e;
      }
      feed.finish();
      return result;
    }
  }

  private void report() {
    try {
      for (ProgressMessage message = queue.take(); message != END; message = queue.take()) {
        if (failure.get() == null) {
          sink.send(message);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      failure.set(e);
      owner.interrupt();
    }
  }

  public void send(ProgressMessage message) {
    queue.add(message);
  }

  public void status(String id, String status) {
    send(ProgressMessage.ofStatus(id, status));
  }

  public void figure(String id, String status, long current, long total) {
    long now = System.nanoTime();
    long start;
    synchronized (lastFigure) {
      Long last = lastFigure.get(id);
      if ((last != null && now - last < INTERVAL_NS) || queue.size() > MAX_WAITING_FIGURES) {
        return;
      }
      lastFigure.put(id, now);
      start = begun.computeIfAbsent(id + status, unused -> Instant.now().getEpochSecond());
    }
    send(ProgressMessage.ofProgress(id, status, current, total, start));
  }

  /** Waits until all was sent. */
  private void finish() {
    queue.add(END);
    try {
      reporter.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    rethrow();
  }

  /** Throws what the sink threw, if it did. The interrupt that told of it is over then. */
  private void rethrow() {
    RuntimeException thrown = failure.getAndSet(null);
    if (thrown != null) {
      Thread.interrupted();
      throw thrown;
    }
  }

  @Override
  public void close() {
    queue.add(END);
    reporter.interrupt();
  }
}
