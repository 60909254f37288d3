package dev.proa.shim;

import dev.proa.linux.Epoll;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.EventFd;
import dev.proa.linux.Fd;
import dev.proa.linux.abi.Poll;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The one thread on which everything in the shim happens: descriptors that are ready, deadlines that pass, work that others hand in. */
final class Loop implements AutoCloseable {
  private static final long WAKE = 0;

  private final Epoll epoll;
  private final EventFd wake;
  private final Map<Long, Handler> handlers = new HashMap<>();
  private final PriorityQueue<Timer> timers = new PriorityQueue<>((a, b) -> Long.compare(a.atNanos - b.atNanos, 0));
  private final ConcurrentLinkedQueue<Runnable> handedIn = new ConcurrentLinkedQueue<>();
  private final ShimLog log;
  private long lastToken = WAKE;
  private boolean running = true;

  /** What happens when a descriptor is ready. */
  interface Handler {
    void ready(int events) throws ErrnoException;
  }

  /** A descriptor that is watched. */
  final class Watch implements AutoCloseable {
    private final Fd fd;
    private final long token;

    private Watch(Fd fd, long token) {
      this.fd = fd;
      this.token = token;
    }

    void want(int events) throws ErrnoException {
      epoll.modify(fd, events, token);
    }

    /** Ends the watch; the descriptor is not closed, and must still be open. */
    @Override
    public void close() {
      if (handlers.remove(token) != null) {
        try {
          epoll.remove(fd);
        } catch (ErrnoException e) {
          throw new IllegalStateException("watched descriptor cannot be removed", e);
        }
      }
    }
  }

  /** Something that is due at a time. */
  static final class Timer {
    private final long atNanos;
    private final Runnable action;
    private boolean cancelled;

    private Timer(long atNanos, Runnable action) {
      this.atNanos = atNanos;
      this.action = action;
    }

    /** How long until it is due, at least 1. */
    long remainingNanos() {
      return Math.max(1, atNanos - System.nanoTime());
    }
  }

  Loop(ShimLog log) throws ErrnoException {
    this.log = log;
    epoll = Epoll.create();
    wake = EventFd.create();
    epoll.add(wake, Poll.EPOLLIN, WAKE);
  }

  Watch watch(Fd fd, int events, Handler handler) throws ErrnoException {
    long token = ++lastToken;
    epoll.add(fd, events, token);
    handlers.put(token, handler);
    return new Watch(fd, token);
  }

  Timer after(long nanos, Runnable action) {
    Timer timer = new Timer(System.nanoTime() + nanos, action);
    timers.add(timer);
    return timer;
  }

  void cancel(Timer timer) {
    timer.cancelled = true;
    timers.remove(timer);
  }

  /** From any thread: has the loop run {@code work} soon. */
  void submit(Runnable work) {
    handedIn.add(work);
    try {
      wake.signal();
    } catch (ErrnoException e) {
      throw new IllegalStateException("the loop cannot be woken", e);
    }
  }

  void stop() {
    running = false;
  }

  /** Until {@link #stop}. One handler's failure is logged and does not end the others. */
  void run() throws ErrnoException {
    while (running) {
      for (Epoll.Event event : epoll.await(timeoutMillis())) {
        if (event.token() == WAKE) {
          wake.drain();
        } else {
          ready(event);
        }
      }
      for (Runnable work = handedIn.poll(); work != null; work = handedIn.poll()) {
        guarded(work);
      }
      List<Timer> due = new ArrayList<>();
      long now = System.nanoTime();
      while (!timers.isEmpty() && timers.peek().atNanos - now <= 0) {
        due.add(timers.poll());
      }
      for (Timer timer : due) {
        if (!timer.cancelled) {
          guarded(timer.action);
        }
      }
    }
  }

  private void ready(Epoll.Event event) {
    Handler handler = handlers.get(event.token());
    if (handler == null) {
      return; // an earlier event of the same batch ended the watch
    }
    try {
      handler.ready(event.events());
    } catch (ErrnoException | RuntimeException | Error e) { // an Error too: without this loop every container loses its parent
      log.error("handler failed", e);
    }
  }

  private void guarded(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      log.error("work failed", e);
    }
  }

  private int timeoutMillis() {
    Timer next = timers.peek();
    if (next == null) {
      return -1;
    }
    long nanos = next.atNanos - System.nanoTime();
    return nanos <= 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, (nanos + 999_999) / 1_000_000);
  }

  @Override
  public void close() {
    wake.close();
    epoll.close();
  }
}
