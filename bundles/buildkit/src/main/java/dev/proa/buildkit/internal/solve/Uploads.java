package dev.proa.buildkit.internal.solve;

import dev.proa.spi.ProaException;
import java.io.FilterInputStream;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Contexts that come by a request of their own: whoever is first waits for the other, not for long. */
public final class Uploads {
  private static final long PATIENCE_SECONDS = 10;
  private static final int MAX_WAITING = 256;

  private final Map<String, CompletableFuture<Upload>> waiting = new ConcurrentHashMap<>();

  /** A context that says when it has been read. */
  private static final class Upload extends FilterInputStream {
    private final CountDownLatch done = new CountDownLatch(1);

    Upload(InputStream in) {
      super(in);
    }

    @Override
    public void close() {
      done.countDown();
    }
  }

  private CompletableFuture<Upload> meeting(String build) {
    if (waiting.size() >= MAX_WAITING) {
      throw ProaException.exhausted("more than " + MAX_WAITING + " builds wait for their contexts", null);
    }
    return waiting.computeIfAbsent(build, name -> new CompletableFuture<>());
  }

  /** The context of a build; closing it lets the other request end. */
  public InputStream await(String build) throws InterruptedException {
    try {
      return meeting(build).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw ProaException.unavailable("the context of the build " + build + " has not come within " + PATIENCE_SECONDS + " seconds", e);
    } catch (ExecutionException e) {
      throw ProaException.internal("the context of the build " + build + " cannot be had: " + e.getCause(), e);
    } finally {
      waiting.remove(build);
    }
  }

  /** Waits until the context has been read. */
  public void give(String build, InputStream context) throws InterruptedException {
    Upload upload = new Upload(context);
    if (!meeting(build).complete(upload)) {
      throw ProaException.conflict("the build " + build + " has its context already");
    }
    try {
      upload.done.await();
    } finally {
      waiting.remove(build);
    }
  }
}
