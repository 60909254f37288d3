package dev.proa.images.internal.push;

import dev.proa.images.internal.catalog.StoredImage.StoredLayer;
import dev.proa.images.internal.content.ContentStore;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.progress.ProgressFeed;
import dev.proa.images.internal.registry.RegistryException;
import dev.proa.images.internal.registry.RegistryUploads;
import dev.proa.spi.ProaException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The layers of one push, side by side, each once however often the image has it; the first failure ends all. */
final class LayerPush {
  /** More repositories are not tried as sources of a mount. */
  private static final int MAX_MOUNTS = 3;

  static final RegistryUploads.Listener SILENT =
      new RegistryUploads.Listener() {
        @Override
        public void progress(long bytes) {
          // Too small to be shown.
        }

        @Override
        public void waiting(Duration wait) {
          // Likewise.
        }
      };

  private final ExecutorService workers;
  private final ContentStore content;
  private final RegistryUploads uploads;
  private final ProgressFeed feed;
  private final UnaryOperator<StoredLayer> portable;
  private final Sources sources;

  /** Repositories of the same registry in which a blob is known to be. */
  @FunctionalInterface
  interface Sources {
    List<String> of(Digest blob);
  }

  /** @param portable gives a layer a blob that registries take, which may last */
  LayerPush(
      ExecutorService workers, ContentStore content, RegistryUploads uploads, ProgressFeed feed, UnaryOperator<StoredLayer> portable, Sources sources) {
    this.workers = workers;
    this.content = content;
    this.uploads = uploads;
    this.feed = feed;
    this.portable = portable;
    this.sources = sources;
  }

  /**
   * Pushes what the repository lacks.
   *
   * @param layers lowest first
   * @return the layers as they were pushed
   */
  List<StoredLayer> push(List<StoredLayer> layers) throws RegistryException {
    Map<Digest, CompletableFuture<StoredLayer>> results = new LinkedHashMap<>();
    List<Task> tasks = new ArrayList<>();
    CompletableFuture<StoredLayer> failure = new CompletableFuture<>();
    try {
      // Docker tells of the topmost first.
      for (StoredLayer layer : layers.reversed()) {
        feed.status(layer.diffId().shortHex(), "Preparing");
      }
      for (StoredLayer layer : layers.reversed()) {
        if (!results.containsKey(layer.diffId())) {
          CompletableFuture<StoredLayer> result = new CompletableFuture<>();
          results.put(layer.diffId(), result);
          if (results.size() > Pusher.AT_ONCE) {
            feed.status(layer.diffId().shortHex(), "Waiting");
          }
          Task task = new Task(() -> run(layer, result, failure));
          tasks.add(task);
          task.start(workers);
        }
      }
      CompletableFuture<Void> all = CompletableFuture.allOf(results.values().toArray(CompletableFuture[]::new));
      CompletableFuture.anyOf(all, failure).get();
      return layers.stream().map(layer -> results.get(layer.diffId()).join()).toList();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ProaException.unavailable("the push was canceled", e);
    } catch (ExecutionException e) {
      Throwable cause = Objects.requireNonNull(e.getCause());
      if (cause instanceof RegistryException refused) {
        throw refused;
      }
      throw cause instanceof ProaException known ? known : ProaException.internal("the push failed: " + cause, cause);
    } finally {
      tasks.forEach(Task::cancel);
      // What one of them still does it does under the lease of this push.
      tasks.forEach(Task::awaitEnd);
    }
  }

  /** Work of which it is known when it has ended, though it was cancelled. */
  private static final class Task implements Runnable {
    private final Runnable work;
    private final AtomicBoolean taken = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);
    private @Nullable Future<?> future;

    Task(Runnable work) {
      this.work = work;
    }

    void start(ExecutorService workers) {
      future = workers.submit(this);
    }

    @Override
    public void run() {
      if (!taken.compareAndSet(false, true)) {
        return;
      }
      try {
        work.run();
      } finally {
        ended.countDown();
      }
    }

    void cancel() {
      Objects.requireNonNull(future).cancel(true);
    }

    void awaitEnd() {
      if (taken.compareAndSet(false, true)) {
        return;
      }
      boolean interrupted = false;
      while (true) {
        try {
          ended.await();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void run(StoredLayer layer, CompletableFuture<StoredLayer> result, CompletableFuture<StoredLayer> failure) {
    try {
      result.complete(push(layer));
    } catch (RegistryException | RuntimeException e) {
      failure.completeExceptionally(e);
    }
  }

  private StoredLayer push(StoredLayer stored) throws RegistryException {
    String id = stored.diffId().shortHex();
    StoredLayer layer = portable.apply(stored);
    if (uploads.has(layer.blob())) {
      feed.status(id, "Layer already exists");
      return layer;
    }
    List<String> repositories = sources.of(layer.blob());
    Optional<RegistryUploads.Place> place = Optional.empty();
    for (String repository : repositories.subList(0, Math.min(repositories.size(), MAX_MOUNTS))) {
      Optional<RegistryUploads.Place> begun = uploads.mount(layer.blob(), repository);
      if (begun.isEmpty()) {
        feed.status(id, "Mounted from " + repository);
        return layer;
      }
      place.ifPresent(other -> uploads.giveUp(other.uri()));
      place = begun;
    }
    RegistryUploads.Place target = place.isPresent() ? place.get() : uploads.begin();
    uploads.upload(target, layer.blob(), layer.blobBytes(), offset -> content.open(layer.blob(), offset), shown(id, layer.blobBytes()));
    feed.status(id, "Pushed");
    return layer;
  }

  private RegistryUploads.Listener shown(String id, long total) {
    return new RegistryUploads.Listener() {
      @Override
      public void progress(long bytes) {
        feed.figure(id, "Pushing", bytes, total);
      }

      @Override
      public void waiting(Duration wait) {
        long seconds = Math.max(wait.toSeconds(), 1);
        feed.status(id, "Retrying in " + seconds + (seconds == 1 ? " second" : " seconds"));
      }
    };
  }
}
