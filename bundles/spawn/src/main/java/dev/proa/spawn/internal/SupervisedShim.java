package dev.proa.spawn.internal;

import dev.proa.linux.Fd;
import dev.proa.linux.PidFd;
import dev.proa.spawn.ProcessExit;
import dev.proa.spawn.Shim;
import dev.proa.spawn.ShimLauncher;
import dev.proa.spawn.ShimProcess;
import dev.proa.spawn.SpawnException;
import dev.proa.spawn.SpawnRequest;
import dev.proa.spawn.Spawned;
import dev.proa.spawn.Streams;
import dev.proa.spawn.internal.ShimClient.Survivor;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shim for the whole life of a daemon. It is found or started in the background, while the rest of the daemon starts, and whoever uses it first
 * waits for it. If it is lost, another is started and watches the survivors: their exits still come, by the kernel's word (Linux 6.15) or as unknown;
 * pipes live on in the daemon's copies; terminals that the daemon does not hold are gone.
 */
public class SupervisedShim implements Shim {
  private static final Logger LOG = LoggerFactory.getLogger(SupervisedShim.class);
  private static final Duration START_TIME = Duration.ofSeconds(150);
  // More losses than that in a row are no accident.
  private static final int MAX_ATTEMPTS = 5;

  private final ShimLauncher launcher;
  private final CompletableFuture<String> lost = new CompletableFuture<>();
  private final CopyOnWriteArrayList<Consumer<ProcessExit>> listeners = new CopyOnWriteArrayList<>();
  // Exits that a lost shim had told and nobody had acknowledged.
  private final Map<String, ProcessExit> told = new ConcurrentHashMap<>();
  private volatile CompletableFuture<ShimClient> current = new CompletableFuture<>();
  // Of shims that were lost; processes that they started may still be in some of them.
  private final Set<Integer> groupsToRemove = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  public SupervisedShim(ShimLauncher launcher) {
    this.launcher = launcher;
    Thread.ofPlatform().daemon().name("shim-start").start(() -> bring(current, Map.of(), 1));
  }

  /** Finds or starts the shim and completes {@code next} with it. */
  private void bring(CompletableFuture<ShimClient> next, Map<String, Survivor> survivors, int attempt) {
    try {
      ShimClient client = (ShimClient) launcher.connectOrStart();
      for (Map.Entry<String, Survivor> survivor : survivors.entrySet()) {
        client.adopt(survivor.getKey(), survivor.getValue().pid(), survivor.getValue().pidfd());
      }
      synchronized (this) { // so that no listener is missed
        listeners.forEach(client::onExit);
        next.complete(client);
      }
      long since = System.nanoTime();
      client.lost().thenAccept(reason -> replace(client, reason, System.nanoTime() - since > START_TIME.toNanos() ? 1 : attempt + 1));
    } catch (IOException | RuntimeException e) {
      LOG.error("there is no shim: {}", e.getMessage());
      next.completeExceptionally(e);
      giveUp(String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      next.completeExceptionally(e);
      giveUp("interrupted");
    } finally {
      survivors.values().forEach(survivor -> survivor.pidfd().close());
      groupsToRemove.forEach(pid -> ShimGroup.remove(pid, LOG::debug));
    }
  }

  private synchronized void replace(ShimClient gone, String reason, int attempt) {
    if (closed) {
      return;
    }
    if (attempt > MAX_ATTEMPTS) {
      LOG.error("the shim was lost {} times in a row, the last time because {}", MAX_ATTEMPTS, reason);
      giveUp(reason);
      return;
    }
    LOG.error("the shim (pid {}) is lost: {}; another takes over", gone.pid(), reason);
    gone.unacknowledged().forEach(exit -> told.put(exit.name(), exit));
    Map<String, Survivor> survivors = gone.survivors();
    groupsToRemove.add(gone.pid());
    CompletableFuture<ShimClient> next = new CompletableFuture<>();
    current = next;
    notifyAll();
    Thread.ofPlatform().daemon().name("shim-start").start(() -> bring(next, survivors, attempt));
  }

  /** Until {@code before} is no longer the current one: its loss may be felt by those who wait on it before it is by us. */
  private synchronized void awaitSuccessor(ShimClient before) throws IOException, InterruptedException {
    while (current.getNow(null) == before) {
      if (closed || lost.isDone()) {
        throw new IOException("the shim is gone: " + lostReason().orElse("closed by this daemon"));
      }
      wait(START_TIME.toMillis());
    }
  }

  private synchronized void giveUp(String reason) {
    lost.complete(reason);
    notifyAll();
  }

  private ShimClient client() throws IOException, InterruptedException {
    try {
      return current.get(START_TIME.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("the shim is not there after " + START_TIME.toSeconds() + " s", e);
    }
  }

  @Override
  public Spawned spawn(SpawnRequest request) throws SpawnException, IOException, InterruptedException {
    return client().spawn(request);
  }

  @Override
  public Spawned find(String name) throws IOException, InterruptedException {
    return client().find(name);
  }

  @Override
  public List<ShimProcess> list() throws IOException, InterruptedException {
    return client().list();
  }

  @Override
  public Streams streams(String name) throws IOException, InterruptedException {
    return client().streams(name);
  }

  @Override
  public void closeStdin(String name) throws IOException, InterruptedException {
    client().closeStdin(name);
  }

  @Override
  public PidFd pidfd(String name) throws IOException, InterruptedException {
    return client().pidfd(name);
  }

  @Override
  public void acknowledge(String name, int pid) throws IOException, InterruptedException {
    ProcessExit known = told.get(name);
    if (known == null || pid != 0 && known.pid() != pid || !told.remove(name, known)) {
      client().acknowledge(name, pid);
    }
  }

  @Override
  public CompletableFuture<ProcessExit> exit(String name) throws IOException, InterruptedException {
    ProcessExit known = told.get(name);
    if (known != null) {
      return CompletableFuture.completedFuture(known);
    }
    CompletableFuture<ProcessExit> exit = new CompletableFuture<>();
    follow(name, client(), exit);
    return exit;
  }

  /** The exit as {@code client} tells it, or, when that is lost, as its successor does. */
  private void follow(String name, ShimClient client, CompletableFuture<ProcessExit> exit) throws IOException {
    CompletableFuture<ProcessExit> told = client.exit(name);
    exit.whenComplete((how, failure) -> told.cancel(false)); // who asked does not wait any more
    told
        .whenComplete(
            (how, failure) -> {
              if (exit.isDone()) {
                return;
              }
              Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
              if (how != null) {
                exit.complete(how);
              } else if (cause instanceof SpawnException || closed || lost.isDone()) {
                exit.completeExceptionally(cause);
              } else {
                Thread.ofVirtual().name("shim-exit").start(() -> followSuccessor(name, client, exit));
              }
            });
  }

  private void followSuccessor(String name, ShimClient before, CompletableFuture<ProcessExit> exit) {
    try {
      awaitSuccessor(before);
      ProcessExit known = told.get(name);
      if (known != null) {
        exit.complete(known);
      } else {
        follow(name, client(), exit);
      }
    } catch (IOException | RuntimeException e) {
      exit.completeExceptionally(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      exit.completeExceptionally(e);
    }
  }

  @Override
  public void onExit(Consumer<ProcessExit> listener) {
    synchronized (this) {
      listeners.add(listener);
      if (current.isDone() && !current.isCompletedExceptionally()) {
        current.join().onExit(listener);
      }
    }
  }

  @Override
  public void adopt(String name, int pid, PidFd pidfd) throws IOException, InterruptedException {
    client().adopt(name, pid, pidfd);
  }

  @Override
  public void park(String name, List<? extends Fd> descriptors) throws IOException, InterruptedException {
    client().park(name, descriptors);
  }

  @Override
  public List<Fd> fetch(String name) throws IOException, InterruptedException {
    return client().fetch(name);
  }

  @Override
  public List<String> parked() throws IOException, InterruptedException {
    return client().parked();
  }

  @Override
  public void unpark(String name) throws IOException, InterruptedException {
    client().unpark(name);
  }

  @Override
  public boolean shutdown() throws IOException, InterruptedException {
    return client().shutdown();
  }

  @Override
  public int pid() {
    try {
      return client().pid();
    } catch (IOException e) {
      throw new IllegalStateException(e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the shim starts", e);
    }
  }

  @Override
  public CompletableFuture<String> lost() {
    return lost.copy();
  }

  /** Ends the shim when nothing is left for it to hold, else leaves it to the next daemon. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    giveUp("closed by this daemon");
    try (ShimClient client = client()) {
      if (client.lostReason().isEmpty()) {
        end(client);
      }
    } catch (IOException e) {
      LOG.warn("the shim was left alone: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      LOG.warn("the shim was left alone: interrupted");
    } finally {
      groupsToRemove.forEach(pid -> ShimGroup.remove(pid, LOG::debug));
    }
  }

  private static void end(ShimClient client) throws IOException, InterruptedException {
    if (!client.shutdown()) {
      LOG.info("the shim (pid {}) stays: it holds containers", client.pid());
    }
  }

  /** Why it is lost for good; empty while it is there or on its way. */
  @Override
  public Optional<String> lostReason() {
    return lost.isDone() ? Optional.of(lost.join()) : Optional.empty();
  }
}
