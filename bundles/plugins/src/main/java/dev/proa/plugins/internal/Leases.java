package dev.proa.plugins.internal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The leases of one driver instance: taken and given back without a lock, until closed. */
final class Leases {
  /** Added to the count when closed: from then on it is negative, and exactly this when the last lease is back. */
  private static final int CLOSED = Integer.MIN_VALUE;

  private final AtomicInteger count = new AtomicInteger();
  private final Set<Lease> holders = ConcurrentHashMap.newKeySet();
  private final CountDownLatch drained = new CountDownLatch(1);

  /** One lease; closing it gives it back. Not to be closed twice. */
  final class Lease implements AutoCloseable {
    private final Thread thread = Thread.currentThread();
    private final long sinceNs = System.nanoTime();

    @Override
    public void close() {
      holders.remove(this);
      if (count.decrementAndGet() == CLOSED) {
        drained.countDown();
      }
    }

    private String describe() {
      String at = "";
      for (StackTraceElement frame : thread.getStackTrace()) {
        if (frame.getClassName().startsWith("dev.proa.") && !frame.getClassName().startsWith(Leases.class.getPackageName())) {
          at = " at " + frame;
          break;
        }
      }
      String name = thread.getName().isEmpty() ? "thread " + thread.threadId() : thread.getName();
      return name + " for " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sinceNs) + " ms" + at;
    }
  }

  /** Null once closed: the caller looks for another instance. */
  @Nullable Lease acquire() {
    int now;
    do {
      now = count.get();
      if (now < 0) {
        return null;
      }
    } while (!count.compareAndSet(now, now + 1));
    Lease lease = new Lease();
    holders.add(lease);
    return lease;
  }

  int out() {
    int now = count.get();
    return now < 0 ? now - CLOSED : now;
  }

  boolean closed() {
    return count.get() < 0;
  }

  /** No lease from now on. Idempotent. */
  void close() {
    int now;
    do {
      now = count.get();
      if (now < 0) {
        return;
      }
    } while (!count.compareAndSet(now, now + CLOSED));
    if (now == 0) {
      drained.countDown();
    }
  }

  /** Waits for the leases that are out. Empty if all came back, else who still holds one. */
  List<String> awaitReturn(Duration deadline) throws InterruptedException {
    return drained.await(deadline.toMillis(), TimeUnit.MILLISECONDS) ? List.of() : holders();
  }

  /** Who has a lease now: thread, how long, where. */
  List<String> holders() {
    List<String> names = new ArrayList<>();
    for (Lease lease : holders) {
      names.add(lease.describe());
    }
    return names;
  }
}
