package dev.proa.network.bridge;

import dev.proa.linux.FaultPoints;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Endpoints of containers that have ended. Their network namespaces go by themselves, and the kernel deletes a veth pair with either end's namespace;
 * to delete it by hand would let every end of a container wait for the grace period that the kernel waits for anyhow. So they are looked at a little
 * later, and what is still there, because somebody else holds the namespace, is deleted all at once.
 *
 * <p>Calls are serialised by the ledger's lock. What is lost with this process stays in the ledger, where the next sweep finds it.
 */
final class Leaving {
  private static final long AFTER_MS = 500;

  /** More than that are not waited for. */
  private static final int MOST = 256;

  private final Ledger ledger;
  private final Wiring wiring;
  private final Runnable tidy;
  private final Map<String, Left> left = new LinkedHashMap<>();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("bridge-links").factory());
  private boolean scheduled;

  private record Left(EndpointRecord endpoint, long atNs) {}

  /** @param tidy calls {@link #removeDue} under the lock */
  Leaving(Ledger ledger, Wiring wiring, Runnable tidy) {
    this.ledger = ledger;
    this.wiring = wiring;
    this.tidy = tidy;
  }

  /** It is written down as one that has left. */
  void add(EndpointRecord endpoint) throws IOException {
    left.put(endpoint.id(), new Left(endpoint, System.nanoTime()));
    if (left.size() > MOST) {
      remove(any -> true);
    }
    schedule();
  }

  private void schedule() {
    if (!scheduled && !left.isEmpty()) {
      try {
        timer.schedule(tidy, AFTER_MS, TimeUnit.MILLISECONDS);
        scheduled = true;
      } catch (RejectedExecutionException e) {
        throw new IllegalStateException("the driver is closed", e);
      }
    }
  }

  /** Those whose time is over. */
  void removeDue() throws IOException {
    scheduled = false;
    long due = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(AFTER_MS);
    try {
      remove(one -> one.atNs() - due <= 0);
    } finally {
      schedule();
    }
  }

  /** Who could be taken for the new endpoint: nothing of them is on the bridge afterwards. */
  void makeWayFor(EndpointRecord endpoint) throws IOException {
    remove(one -> one.endpoint().isInTheWayOf(endpoint));
  }

  /** All of a network, also those of another instance. */
  void remove(String networkId) throws IOException {
    remove(one -> one.endpoint().networkId().equals(networkId));
    delete(ledger.endpoints(networkId).stream().filter(EndpointRecord::leaving).toList());
  }

  /** All that are left. Nothing comes after it. */
  void close() throws IOException {
    timer.shutdownNow();
    remove(any -> true);
  }

  private void remove(Predicate<Left> which) throws IOException {
    List<EndpointRecord> found = new ArrayList<>();
    left.values().stream().filter(which).forEach(one -> found.add(one.endpoint()));
    delete(found);
    found.forEach(endpoint -> left.remove(endpoint.id()));
  }

  private void delete(List<EndpointRecord> endpoints) throws IOException {
    if (endpoints.isEmpty()) {
      return;
    }
    wiring.disconnect(endpoints);
    FaultPoints.reach("release.links-deleted");
    endpoints.forEach(endpoint -> ledger.deleteEndpoint(endpoint.networkId(), endpoint.id()));
  }
}
