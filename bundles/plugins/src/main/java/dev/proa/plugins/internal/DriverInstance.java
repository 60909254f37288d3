package dev.proa.plugins.internal;

import dev.proa.plugins.Drivers.DriverInfo;
import dev.proa.plugins.Drivers.Opener;
import dev.proa.plugins.Drivers.State;
import dev.proa.spi.DriverContext;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.SelfCheck;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One driver service under one of its points: from its arrival (WAITING) over its opening to its end. The service object is held from the
 * opening to the end of the last lease and never leaves {@code dev.proa.plugins}.
 */
final class DriverInstance implements Comparable<DriverInstance> {
  private static final Logger LOG = LoggerFactory.getLogger(DriverInstance.class);

  private final BundleContext context;
  private final ServiceReference<?> reference;
  private final String point;
  private final String name;
  private final Bundle bundle;
  private final Leases leases = new Leases();
  private volatile @Nullable Object service;
  private volatile State state = State.WAITING;
  private volatile @Nullable String reason;

  /** Its bundle is still being looked at: no leases yet, whatever its state. */
  private volatile boolean held;

  DriverInstance(BundleContext context, ServiceReference<?> reference, String point, String name, boolean held) {
    this.context = context;
    this.held = held;
    this.reference = reference;
    this.point = point;
    this.name = name;
    this.bundle = reference.getBundle();
  }

  ServiceReference<?> reference() {
    return reference;
  }

  Bundle bundle() {
    return bundle;
  }

  String point() {
    return point;
  }

  String name() {
    return name;
  }

  Leases leases() {
    return leases;
  }

  State state() {
    return state;
  }

  @Nullable String reason() {
    return reason;
  }

  /** Whether it may be given out. */
  boolean usable() {
    return state == State.ACTIVE && !held && !leases.closed();
  }

  /** Its bundle was accepted. */
  void release() {
    held = false;
  }

  Object service() {
    Object object = service;
    if (object == null) {
      throw new IllegalStateException("driver " + name + " is not open");
    }
    return object;
  }

  /** The preferred one comes first: ranking, version of the bundle, then the younger one. */
  @Override
  public int compareTo(DriverInstance other) {
    int byRanking = Integer.compare(ranking(other.reference), ranking(reference));
    if (byRanking != 0) {
      return byRanking;
    }
    int byVersion = other.bundle.getVersion().compareTo(bundle.getVersion());
    return byVersion != 0 ? byVersion : Long.compare(id(other.reference), id(reference));
  }

  private static int ranking(ServiceReference<?> reference) {
    return reference.getProperty("service.ranking") instanceof Integer ranking ? ranking : 0;
  }

  private static long id(ServiceReference<?> reference) {
    return (Long) reference.getProperty("service.id");
  }

  /** Gets the service and opens it. Only for an instance that waits; called once at a time. */
  synchronized void open(Opener<Object> opener, DriverContext driverContext) {
    if (state != State.WAITING || leases.closed()) {
      return;
    }
    try {
      Object object = context.getService(reference);
      if (object == null) {
        fail(State.FAILED, "its component did not activate; the log has the reason");
        return;
      }
      service = object;
      opener.open(name, object, driverContext);
      if (object instanceof SelfCheck check) {
        check.selfCheck();
      }
      state = State.ACTIVE;
      LOG.debug("driver {} {} of {} {} is open", point, name, bundle.getSymbolicName(), bundle.getVersion());
    } catch (ProaException e) {
      LOG.warn("driver {} {} of {} {}: {}", point, name, bundle.getSymbolicName(), bundle.getVersion(), e.getMessage());
      fail(e.is(ErrorClass.FAILED_PRECONDITION) ? State.SKIPPED : State.FAILED, String.valueOf(e.getMessage()));
    } catch (RuntimeException | LinkageError e) {
      LOG.error("driver {} {} of {} {} cannot be opened", point, name, bundle.getSymbolicName(), bundle.getVersion(), e);
      fail(State.FAILED, Border.text(e));
    }
  }

  private void fail(State failed, String why) {
    state = failed;
    reason = why;
    closeService();
  }

  /** No new leases; waits for the old ones, then closes the driver. Idempotent. */
  void drain(Duration deadline) {
    leases.close();
    try {
      List<String> holders = leases.awaitReturn(deadline);
      if (!holders.isEmpty()) {
        LOG.error("driver {} {} of {} {} goes although it is still in use after {} ms by: {}", point, name, bundle.getSymbolicName(), bundle.getVersion(),
            deadline.toMillis(), String.join("; ", holders));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      if (state == State.ACTIVE) {
        state = State.DRAINING;
      }
      closeService();
    }
  }

  /** Ready for another opener, if it was open at all: an instance whose opener has gone waits for the next one. */
  DriverInstance again() {
    return new DriverInstance(context, reference, point, name, held);
  }

  private void closeService() {
    Object object = service;
    service = null;
    if (object == null) {
      return;
    }
    try {
      if (object instanceof AutoCloseable closeable) {
        closeable.close();
      }
    } catch (Exception e) {
      LOG.error("driver {} {} of {} {} failed to close", point, name, bundle.getSymbolicName(), bundle.getVersion(), e);
    } finally {
      try {
        context.ungetService(reference);
      } catch (IllegalStateException e) {
        LOG.debug("driver {} was let go by the framework already: {}", name, e.toString());
      }
    }
  }

  DriverInfo info(boolean preferred) {
    State shown = leases.closed() ? State.DRAINING : state != State.ACTIVE ? state : held ? State.WAITING : preferred ? State.ACTIVE : State.STANDBY;
    String simple = point.substring(point.lastIndexOf('.') + 1);
    return new DriverInfo(simple, name, bundle.getVersion().toString(), bundle.getSymbolicName(), shown, reason, leases.out());
  }
}
