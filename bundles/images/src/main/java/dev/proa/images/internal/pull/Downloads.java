package dev.proa.images.internal.pull;

import dev.proa.images.Reference;
import dev.proa.images.internal.content.ContentStore;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.registry.RegistryClient;
import dev.proa.spi.ProaException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** The downloads of this daemon: a few at a time, in the order asked for, and each blob once however many pulls want it. */
public final class Downloads implements AutoCloseable {
  /** As Docker's {@code max-concurrent-downloads}. */
  static final int AT_ONCE = 3;

  private final ContentStore content;
  private final ExecutorService workers = Executors.newFixedThreadPool(AT_ONCE, Thread.ofVirtual().name("download-", 0).factory());
  private final Map<Digest, Download> running = new HashMap<>();

  public Downloads(ContentStore content) {
    this.content = content;
  }

  /** Hears how a download goes on; on its thread, so it must not block. */
  interface Listener {
    void waiting();

    void progress(long current, long total);

    void verifying();

    void complete();

    void failed(ProaException failure);
  }

  /**
   * Joins the download of a blob, or begins it. The caller holds the blob, so that what is found here stays.
   *
   * @return null if the blob is here: an image that is not complete yet may have brought it
   */
  Download.@Nullable Ticket join(Digest digest, long size, RegistryClient client, Reference reference, Listener listener) {
    synchronized (running) {
      Download download = running.get(digest);
      if (download != null) {
        Download.Ticket ticket = download.join(listener);
        if (ticket != null) {
          return ticket;
        }
      }
      // Looked for only now: a download stores its blob before it leaves the running ones. One of another size is fetched, and refused as it comes.
      if (content.size(digest) == size) {
        return null;
      }
      boolean busy = running.size() >= AT_ONCE;
      Download fresh = new Download(content, digest, size, client, reference, this::ended);
      running.put(digest, fresh);
      if (busy) {
        listener.waiting();
      }
      Download.Ticket ticket = Objects.requireNonNull(fresh.join(listener));
      fresh.start(workers);
      return ticket;
    }
  }

  private void ended(Download download) {
    synchronized (running) {
      running.remove(download.digest(), download);
    }
  }

  @Override
  public void close() {
    workers.shutdownNow();
  }
}
