package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.plugins.Drivers;
import dev.proa.spi.isolation.IsolationBackend;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The isolation backends: by lease, but for the one that is just being opened, which adopts tasks and reports ends before it has leases. */
final class Backends {
  /** A backend may come up a moment after the API: its shim is a JVM that has to start. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final Drivers drivers;
  private final Map<String, IsolationBackend> opening = new ConcurrentHashMap<>();
  private final Set<String> complete = ConcurrentHashMap.newKeySet();
  private final Map<String, CountDownLatch> there = new ConcurrentHashMap<>();

  Backends(Drivers drivers) {
    this.drivers = drivers;
  }

  <R extends @Nullable Object> R use(ContainerRow row, Drivers.Use<IsolationBackend, R, RuntimeException> work) {
    return use(row.isolation(), work);
  }

  <R extends @Nullable Object> R use(String name, Drivers.Use<IsolationBackend, R, RuntimeException> work) {
    IsolationBackend early = early(name);
    if (early != null) {
      return work.with(early);
    }
    awaitFirst(name);
    return drivers.use(IsolationBackend.class, name, work::with);
  }

  void run(ContainerRow row, Drivers.Run<IsolationBackend, RuntimeException> work) {
    IsolationBackend early = early(row.isolation());
    if (early != null) {
      work.with(early);
      return;
    }
    awaitFirst(row.isolation());
    drivers.run(IsolationBackend.class, row.isolation(), work::with);
  }

  /**
   * The backend that has no leases yet. Between the end of its opening and the first lease there is a moment, in which an end that is told must find it
   * all the same: what is not deleted with an end stays until the next start.
   */
  private @Nullable IsolationBackend early(String name) {
    IsolationBackend early = opening.get(name);
    if (early != null && complete.contains(name) && drivers.names(IsolationBackend.class).contains(name)) {
      opening.remove(name, early);
      return null;
    }
    return early;
  }

  private CountDownLatch latch(String name) {
    return there.computeIfAbsent(name, unknown -> new CountDownLatch(1));
  }

  /** Only until it was there once; then what the lease says is said at once. */
  private void awaitFirst(String name) {
    try {
      CountDownLatch latch = latch(name);
      if (latch.getCount() > 0 && !latch.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        latch.countDown();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void opening(String name, IsolationBackend backend) {
    opening.put(name, backend);
  }

  /** @param good whether it will have leases */
  void opened(String name, boolean good) {
    if (good) {
      complete.add(name);
    } else {
      opening.remove(name);
    }
    latch(name).countDown();
  }
}
