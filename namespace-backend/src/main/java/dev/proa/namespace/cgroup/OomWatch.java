package dev.proa.namespace.cgroup;

import dev.proa.linux.Epoll;
import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.EventFd;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Poll;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears of groups that run out of memory: an eventfd in v1, a file that wakes pollers in v2. It is a hint that comes early; whether somebody was
 * killed is what {@link TaskCgroup#oomKills} counts. One thread for all groups, started with the first.
 */
public final class OomWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OomWatch.class);

  private static final long STOP = 0;

  private final Consumer<String> listener;
  private final Map<Long, Watched> watched = new ConcurrentHashMap<>();
  private final AtomicLong tokens = new AtomicLong(STOP);
  private @Nullable Epoll epoll;
  private @Nullable EventFd stop;
  private @Nullable Thread thread;
  private boolean closed;

  private static final class Watched {
    final String id;
    final TaskCgroup group;
    final Fd event;
    long seen;

    Watched(String id, TaskCgroup group, Fd event) {
      this.id = id;
      this.group = group;
      this.event = event;
      this.seen = group.oomKills();
    }
  }

  /** @param listener gets the id of a task whose group ran out of memory, on this watch's thread */
  public OomWatch(Consumer<String> listener) {
    this.listener = listener;
  }

  /** Watches until {@link #remove}. A host that cannot is left alone. */
  public synchronized void add(String id, TaskCgroup group) {
    if (closed) {
      return;
    }
    try {
      Epoll poll = epoll == null ? begin() : epoll;
      Watched entry = open(id, group);
      if (entry != null) {
        long token = tokens.incrementAndGet();
        watched.put(token, entry);
        poll.add(entry.event, entry.event instanceof EventFd ? Poll.POLLIN : Poll.EPOLLPRI, token);
      }
    } catch (ErrnoException e) {
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENODEV) { // it has ended already
        LOG.warn("the memory of {} is not watched: {}", group.group(), e.getMessage());
      }
    }
  }

  private Epoll begin() throws ErrnoException {
    Epoll poll = Epoll.create();
    EventFd end = EventFd.create();
    poll.add(end, Poll.POLLIN, STOP);
    epoll = poll;
    stop = end;
    thread = Thread.ofPlatform().daemon().name("proa-oom").start(() -> watch(poll));
    return poll;
  }

  private static @Nullable Watched open(String id, TaskCgroup group) throws ErrnoException {
    String v1 = group.memoryV1();
    if (v1 != null) {
      EventFd event = EventFd.create();
      try (Fd control = Fs.openat(Fd.cwd(), v1 + "/memory.oom_control", Fcntl.O_RDONLY)) {
        CgroupFile.write(v1 + "/cgroup.event_control", event.raw() + " " + control.raw());
        return new Watched(id, group, event);
      } catch (ErrnoException | RuntimeException e) {
        event.close();
        throw e;
      }
    }
    String v2 = group.memoryV2();
    return v2 == null ? null : new Watched(id, group, Fs.openat(Fd.cwd(), v2 + "/memory.events", Fcntl.O_RDONLY));
  }

  public synchronized void remove(String id) {
    watched
        .entrySet()
        .removeIf(
            entry -> {
              if (!entry.getValue().id.equals(id)) {
                return false;
              }
              entry.getValue().event.close(); // closing takes it out of the epoll
              return true;
            });
  }

  private void watch(Epoll poll) {
    try {
      while (true) {
        for (Epoll.Event event : poll.await(-1)) {
          if (event.token() == STOP) {
            return;
          }
          Watched entry = watched.get(event.token());
          if (entry != null) {
            happened(entry);
          }
        }
      }
    } catch (ErrnoException e) {
      LOG.error("groups that run out of memory are no longer heard of", e);
    }
  }

  private void happened(Watched entry) {
    try {
      if (entry.event instanceof EventFd event) {
        // It also fires when the group is removed; then nobody is in it any more.
        if (event.drain() > 0 && !entry.group.pids().isEmpty()) {
          listener.accept(entry.id);
        }
        return;
      }
      long kills = entry.group.oomKills();
      if (kills > entry.seen) {
        entry.seen = kills;
        listener.accept(entry.id);
      }
    } catch (ErrnoException | RuntimeException e) {
      LOG.warn("the memory of {}: {}", entry.group.group(), e.getMessage());
    }
  }

  @Override
  public void close() {
    Thread running;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      running = thread;
      if (stop != null) {
        try {
          stop.signal();
        } catch (ErrnoException e) {
          LOG.warn("the watch of memory does not stop: {}", e.getMessage());
        }
      }
    }
    if (running != null && running != Thread.currentThread()) {
      try {
        running.join(5_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    synchronized (this) {
      watched.values().forEach(entry -> entry.event.close());
      watched.clear();
      if (epoll != null) {
        epoll.close();
      }
      if (stop != null) {
        stop.close();
      }
    }
  }
}
