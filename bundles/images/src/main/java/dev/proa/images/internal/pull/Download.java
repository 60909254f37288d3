package dev.proa.images.internal.pull;

import dev.proa.images.Reference;
import dev.proa.images.internal.content.ContentStore;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.content.DigestMismatch;
import dev.proa.images.internal.content.DiskFailure;
import dev.proa.images.internal.content.Ingest;
import dev.proa.images.internal.registry.RegistryClient;
import dev.proa.images.internal.registry.RegistryClient.BlobBody;
import dev.proa.images.internal.registry.RegistryException;
import dev.proa.linux.FaultPoints;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One blob on its way from a registry into the content store. A connection that breaks is taken up again where it broke. It ends when it
 * is done, when it failed, or when nobody wants it any more.
 */
final class Download {
  private static final int ATTEMPTS = 5;
  /** So much makes a broken connection worth five more attempts; less does not, or a registry could keep us busy for ever. */
  private static final long WORTH_RETRYING = 1 << 20;

  private final ContentStore content;
  private final Digest digest;
  private final long size;
  private final RegistryClient client;
  private final Reference reference;
  private final Consumer<Download> ended;
  private final CompletableFuture<Ingest> begun = new CompletableFuture<>();
  private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
  private final List<Ticket> tickets = new ArrayList<>();
  private final CompletableFuture<@Nullable Void> finished = new CompletableFuture<>();
  private boolean over;
  private boolean running;
  private @Nullable Future<?> task;

  Download(ContentStore content, Digest digest, long size, RegistryClient client, Reference reference, Consumer<Download> ended) {
    this.content = content;
    this.digest = digest;
    this.size = size;
    this.client = client;
    this.reference = reference;
    this.ended = ended;
  }

  Digest digest() {
    return digest;
  }

  /** A pull's interest in this download. */
  final class Ticket implements AutoCloseable {
    private final Downloads.Listener listener;

    private Ticket(Downloads.Listener listener) {
      this.listener = listener;
    }

    /** The blob's bytes as they come; waits for the download's turn. */
    InputStream open() throws IOException {
      try {
        return begun.get().follow();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw (IOException) new java.io.InterruptedIOException("canceled").initCause(e);
      } catch (ExecutionException e) {
        Throwable cause = Objects.requireNonNull(e.getCause());
        throw new IOException(cause.getMessage(), cause);
      }
    }

    /** Waits until the blob is in the content store. */
    void await() {
      try {
        done.get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw ProaException.unavailable("the download of " + digest + " was canceled", e);
      } catch (ExecutionException e) {
        throw e.getCause() instanceof ProaException failure ? failure : ProaException.internal("cannot download " + digest, e.getCause());
      }
    }

    @Override
    public void close() {
      leave(this);
    }
  }

  /**
   * Takes an interest in it; whoever comes late is told how far it is.
   *
   * @return null if it is over
   */
  @Nullable Ticket join(Downloads.Listener listener) {
    synchronized (tickets) {
      if (over) {
        return null;
      }
      Ticket ticket = new Ticket(listener);
      tickets.add(ticket);
      if (begun.isDone()) {
        listener.progress(begun.join().written(), size);
      }
      return ticket;
    }
  }

  void start(ExecutorService workers) {
    Future<?> started = workers.submit(this::run);
    synchronized (tickets) {
      task = started;
    }
  }

  /** The last one out ends the download, and goes on once nothing of it is left. */
  private void leave(Ticket ticket) {
    boolean wait;
    synchronized (tickets) {
      if (!tickets.remove(ticket) || !tickets.isEmpty() || over) {
        return;
      }
      over = true;
      wait = running;
      if (task != null) {
        task.cancel(true);
      }
    }
    if (wait) {
      finished.join();
    } else {
      end(ProaException.unavailable("the download of " + digest + " was given up", null));
    }
  }

  private List<Ticket> listeners() {
    synchronized (tickets) {
      return List.copyOf(tickets);
    }
  }

  private void tell(Consumer<Downloads.Listener> what) {
    listeners().forEach(ticket -> what.accept(ticket.listener));
  }

  private void run() {
    synchronized (tickets) {
      if (over) {
        return;
      }
      running = true;
    }
    @Nullable ProaException failure = null;
    try (Ingest ingest = content.begin()) {
      begun.complete(ingest);
      FaultPoints.reach("pull.blob-begun");
      failure = transfer(ingest);
      if (failure != null) {
        ingest.fail(new IOException(failure.getMessage(), failure));
      }
    } catch (IOException e) {
      failure = DiskFailure.of("cannot remove what was downloaded of " + digest, e);
    } catch (RuntimeException e) {
      failure = e instanceof ProaException known ? known : ProaException.internal("the download of " + digest + " failed: " + e, e);
    } finally {
      // Only now, when nothing temporary is left, does anybody hear of the end.
      end(failure);
      finished.complete(null);
    }
  }

  /** Why it failed; null if the blob is in the content store. */
  private @Nullable ProaException transfer(Ingest ingest) {
    try {
      fetch(ingest);
      tell(Downloads.Listener::verifying);
      ingest.verify(digest, size);
      if (Thread.currentThread().isInterrupted()) {
        return ProaException.unavailable("the download of " + digest + " was given up", null);
      }
      store(ingest);
      return null;
    } catch (RegistryException e) {
      return e.about(reference);
    } catch (DigestMismatch e) {
      return new ProaException(ErrorClass.DATA_LOSS, "filesystem layer verification failed for digest " + digest + ": " + e.getMessage(), e);
    } catch (IOException e) {
      return DiskFailure.of("cannot store the blob " + digest, e);
    } catch (ProaException e) {
      return e;
    }
  }

  private void store(Ingest ingest) {
    try {
      ingest.commit();
      FaultPoints.reach("pull.blob-stored");
    } catch (IOException e) {
      throw DiskFailure.of("cannot store the blob " + digest, e);
    }
  }

  private void end(@Nullable ProaException failure) {
    synchronized (tickets) {
      over = true;
    }
    ended.accept(this);
    if (failure == null) {
      tell(Downloads.Listener::complete);
      done.complete(null);
    } else {
      tell(listener -> listener.failed(failure));
      begun.completeExceptionally(failure);
      done.completeExceptionally(failure);
    }
  }

  private void fetch(Ingest ingest) throws RegistryException {
    int attempt = 0;
    long reached = 0;
    Duration wait = client.backOff();
    while (true) {
      RegistryException failure = fetchOnce(ingest);
      if (failure == null) {
        return;
      }
      if (Thread.currentThread().isInterrupted() || !passes(failure)) {
        throw failure;
      }
      if (ingest.written() - reached >= WORTH_RETRYING) {
        reached = ingest.written();
        attempt = 0;
        wait = client.backOff();
      }
      if (++attempt >= ATTEMPTS) {
        throw failure;
      }
      client.pause(wait, failure);
      wait = wait.multipliedBy(2);
    }
  }

  private static boolean passes(RegistryException failure) {
    return failure.kind() == RegistryException.Kind.UNREACHABLE || failure.kind() == RegistryException.Kind.UNAVAILABLE;
  }

  /** @return why it broke off; null if all has come */
  private @Nullable RegistryException fetchOnce(Ingest ingest) throws RegistryException {
    long from = ingest.written();
    try (BlobBody body = client.blob(digest, from)) {
      InputStream in = body.stream();
      // A registry that knows no ranges begins again; the bytes that are there already are the same, or the digest will tell.
      in.skipNBytes(from - body.offset());
      byte[] buffer = new byte[64 << 10];
      while (ingest.written() <= size) {
        int count = in.read(buffer);
        if (count < 0) {
          return ingest.written() == size ? null : client.brokenOff(digest, ingest.written(), size);
        }
        append(ingest, buffer, count);
        tell(listener -> listener.progress(ingest.written(), size));
      }
      // More than was announced; the comparison says so.
      return null;
    } catch (RegistryException e) {
      if (ingest.written() == 0 || !passes(e)) {
        // Requests are repeated by the client itself.
        throw e;
      }
      return e;
    } catch (IOException e) {
      return client.brokenOff(digest, e);
    }
  }

  private void append(Ingest ingest, byte[] buffer, int count) {
    try {
      ingest.write(buffer, 0, count);
    } catch (IOException e) {
      throw DiskFailure.of("cannot store the blob " + digest, e);
    }
  }
}
