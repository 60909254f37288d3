package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.events.Event;
import dev.proa.lifecycle.events.Events;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The events, the last 256 of them for those who ask for the past, as Docker keeps. */
public final class EventBus implements Events {
  private static final int REMEMBERED = 256;
  private static final int QUEUE = 4096;
  private static final Set<String> FILTERS =
      Set.of("config", "container", "daemon", "event", "image", "label", "network", "node", "plugin", "scope", "secret", "service", "type", "volume");

  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Event> past = new ArrayDeque<>();
  private final List<Listener> listeners = new ArrayList<>();

  @Override
  public void publish(String type, String action, String actorId, Map<String, String> attributes) {
    Instant now = Instant.now();
    boolean old = type.equals("container") || type.equals("image");
    String from = type.equals("container") ? attributes.get("image") : null;
    long nanos = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    Event event =
        new Event(
            old ? action : null,
            old ? actorId : null,
            from,
            type,
            action,
            new Event.Actor(actorId, attributes),
            "local",
            now.getEpochSecond(),
            nanos);
    lock.lock();
    try {
      past.add(event);
      if (past.size() > REMEMBERED) {
        past.poll();
      }
      listeners.forEach(listener -> listener.offer(event));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Subscription subscribe(@Nullable Instant since, @Nullable Instant until, Map<String, List<String>> filters) {
    // As the Docker Engine: what is no filter is not looked at.
    Map<String, List<String>> known = new HashMap<>(filters);
    known.keySet().retainAll(FILTERS);
    Listener listener = new Listener(until, known);
    lock.lock();
    try {
      if (since != null) {
        long from = TimeUnit.SECONDS.toNanos(since.getEpochSecond()) + since.getNano();
        past.stream().filter(event -> event.timeNano() >= from).forEach(listener::offer);
      }
      listeners.add(listener);
    } finally {
      lock.unlock();
    }
    return listener;
  }

  @Override
  public int listeners() {
    lock.lock();
    try {
      return listeners.size();
    } finally {
      lock.unlock();
    }
  }

  private final class Listener implements Subscription {
    private final @Nullable Instant until;
    private final Map<String, List<String>> filters;
    private final ReentrantLock queueLock = new ReentrantLock();
    private final Condition changed = queueLock.newCondition();
    private final ArrayDeque<Event> queue = new ArrayDeque<>();
    private boolean closed;

    Listener(@Nullable Instant until, Map<String, List<String>> filters) {
      this.until = until;
      this.filters = filters;
    }

    void offer(Event event) {
      if (!EventFilter.matches(event, filters)) {
        return;
      }
      queueLock.lock();
      try {
        if (queue.size() == QUEUE) {
          queue.poll();
        }
        queue.add(event);
        changed.signal();
      } finally {
        queueLock.unlock();
      }
    }

    @Override
    public void pump(EventSink sink) throws IOException {
      try {
        for (Event event = next(); event != null; event = next()) {
          sink.write(event);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        close();
      }
    }

    /** Null at the end. */
    private @Nullable Event next() throws InterruptedException {
      queueLock.lock();
      try {
        while (queue.isEmpty() && !closed) {
          if (until == null) {
            changed.await();
            continue;
          }
          long left = Duration.between(Instant.now(), until).toNanos();
          if (left <= 0) {
            return null;
          }
          changed.awaitNanos(left);
        }
        Event event = closed ? null : queue.poll();
        return event != null && until != null && Instant.ofEpochSecond(0, event.timeNano()).isAfter(until) ? null : event;
      } finally {
        queueLock.unlock();
      }
    }

    @Override
    public void close() {
      lock.lock();
      try {
        listeners.remove(this);
      } finally {
        lock.unlock();
      }
      queueLock.lock();
      try {
        closed = true;
        changed.signal();
      } finally {
        queueLock.unlock();
      }
    }
  }
}
