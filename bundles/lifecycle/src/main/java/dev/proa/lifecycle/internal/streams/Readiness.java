package dev.proa.lifecycle.internal.streams;

import dev.proa.linux.Epoll;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.EventFd;
import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Poll;
import dev.proa.spi.ProaException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets virtual threads wait for pipes and terminals. A blocking read by a downcall would hold its carrier thread, and there are as few of
 * those as processors: so every descriptor is made non-blocking, one platform thread sits in epoll_wait(2) for all, and a reader parks
 * until its descriptor had an event. Events are edge-triggered, because a reader may leave bytes in a pipe on purpose.
 */
public final class Readiness implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Readiness.class);
  private static final long WAKE_UP = 0;

  private final Epoll epoll;
  private final EventFd wakeUp;
  private final Map<Long, Watch> watches = new ConcurrentHashMap<>();
  private final AtomicLong tokens = new AtomicLong();
  private final Thread thread;
  private volatile boolean closed;

  public Readiness() {
    try {
      epoll = Epoll.create();
      wakeUp = EventFd.create();
      epoll.add(wakeUp, Poll.EPOLLIN, WAKE_UP);
    } catch (ErrnoException e) {
      throw ProaException.internal("cannot watch the streams of containers: " + e.getMessage(), e);
    }
    thread = Thread.ofPlatform().daemon().name("stream-readiness").start(this::run);
  }

  /** Watches a descriptor, which becomes non-blocking. One thread at a time may wait on what is returned. */
  public Watch watch(Fd fd, int events) throws ErrnoException {
    Watch watch = new Watch(fd, tokens.incrementAndGet());
    watch(watch, events, null);
    return watch;
  }

  /** What {@link #watch(Fd, int, First)} begins with. */
  @FunctionalInterface
  public interface First {
    /** On the thread of all: must not wait. */
    void happened(Watch watch, int events);
  }

  /**
   * As {@link #watch(Fd, int)}; most descriptors have nothing to say for long, so that nobody need wait for the first event (or the end of this watch).
   *
   * @param first called once, perhaps before this returns; it may let a thread wait for what comes
   */
  public Watch watch(Fd fd, int events, First first) throws ErrnoException {
    Watch watch = new Watch(fd, tokens.incrementAndGet());
    watch(watch, events, first);
    return watch;
  }

  private void watch(Watch watch, int events, @Nullable First first) throws ErrnoException {
    watch.first.set(first);
    Fd fd = watch.fd;
    long token = watch.token;
    long flags = Io.fcntl(fd, Fcntl.F_GETFL, 0);
    Io.fcntl(fd, Fcntl.F_SETFL, flags | Fcntl.O_NONBLOCK);
    watches.put(token, watch);
    try {
      epoll.add(fd, events | Poll.EPOLLET, token);
    } catch (ErrnoException e) {
      watches.remove(token);
      throw e;
    }
  }

  private void run() {
    try {
      while (!closed) {
        for (Epoll.Event event : epoll.await(-1)) {
          Watch watch = watches.get(event.token());
          if (watch != null) {
            watch.happened(event.events());
          }
        }
      }
    } catch (ErrnoException | RuntimeException e) {
      if (!closed) {
        LOG.error("the streams of containers are watched no more: {}", e.getMessage(), e);
      }
    }
    watches.values().forEach(Watch::wake);
  }

  /** Waiters are woken; descriptors stay open. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      wakeUp.signal();
      thread.join();
    } catch (ErrnoException e) {
      LOG.warn("cannot stop watching streams: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    epoll.close();
    wakeUp.close();
  }

  /** One descriptor. */
  public final class Watch implements AutoCloseable {
    /** Kept here, outside the kernel's bits, so that a wake-up is not lost between the check and the park. */
    private static final int WOKEN = 1 << 30;

    private final Fd fd;
    private final long token;
    private final AtomicInteger pending = new AtomicInteger();
    private final AtomicReference<@Nullable First> first = new AtomicReference<>();
    private volatile @Nullable Thread waiter;
    private volatile boolean ended;

    private Watch(Fd fd, long token) {
      this.fd = fd;
      this.token = token;
    }

    private void happened(int events) {
      pending.getAndUpdate(bits -> bits | events);
      First begin = first.getAndSet(null);
      if (begin != null) {
        begin.happened(this, events);
      } else {
        LockSupport.unpark(waiter);
      }
    }

    /**
     * Waits for an event that came since the last one was taken.
     *
     * @return EPOLL* bits; 0 once this watch, or all, were ended
     */
    public int await() {
      waiter = Thread.currentThread();
      try {
        while (true) {
          int bits = pending.getAndSet(0) & ~WOKEN;
          if (bits != 0 || over()) {
            return bits;
          }
          LockSupport.park(this);
        }
      } finally {
        waiter = null;
      }
    }

    /** As {@link #await()}, but not longer than that; 0 also when the time passed. */
    public int await(long nanos) {
      long deadline = System.nanoTime() + nanos;
      waiter = Thread.currentThread();
      try {
        while (true) {
          int bits = pending.getAndSet(0) & ~WOKEN;
          long left = deadline - System.nanoTime();
          if (bits != 0 || over() || left <= 0) {
            return bits;
          }
          LockSupport.parkNanos(this, left);
        }
      } finally {
        waiter = null;
      }
    }

    /** Whether waiting is over for good. */
    public boolean over() {
      return ended || closed;
    }

    /** Ends the wait of the other thread, which still owns the descriptor. */
    public void end() {
      ended = true;
      wake();
    }

    private void wake() {
      happened(WOKEN);
    }

    /** Stops watching; called by the thread that owns the descriptor, before it closes that. */
    @Override
    public void close() {
      ended = true;
      if (watches.remove(token) != null && fd.isOpen() && !closed) {
        try {
          epoll.remove(fd);
        } catch (ErrnoException e) {
          LOG.debug("cannot stop watching {}: {}", fd, e.getMessage());
        }
      }
    }
  }
}
