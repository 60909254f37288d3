package dev.proa.images.internal.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Sends a request whose body may take any time, as long as it moves: the JDK's client knows only a limit for the whole request. A body that
 * stands still, and an answer that does not come once all was sent, end it.
 */
final class Streamed {
  private final BodyPublisher body;
  private volatile long moved = System.nanoTime();
  private volatile boolean sent;

  private Streamed(BodyPublisher body) {
    this.body = body;
  }

  static HttpResponse<InputStream> send(HttpClient client, HttpRequest request, Duration stall, Duration answer) throws IOException {
    Streamed streamed = new Streamed(request.bodyPublisher().orElseThrow());
    HttpRequest watched = HttpRequest.newBuilder(request, (name, value) -> true).method(request.method(), streamed.watched()).build();
    CompletableFuture<HttpResponse<InputStream>> future = client.sendAsync(watched, HttpResponse.BodyHandlers.ofInputStream());
    return streamed.await(future, stall, answer);
  }

  private HttpResponse<InputStream> await(CompletableFuture<HttpResponse<InputStream>> future, Duration stall, Duration answer) throws IOException {
    long period = Math.max(stall.toMillis() / 4, 1);
    while (true) {
      try {
        return future.get(period, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        Duration limit = sent ? answer : stall;
        if (System.nanoTime() - moved > limit.toNanos()) {
          future.cancel(true);
          throw sent ? new HttpTimeoutException("no answer") : new IOException("nothing could be sent for " + limit.toSeconds() + " s", e);
        }
      } catch (InterruptedException e) {
        future.cancel(true);
        Thread.currentThread().interrupt();
        throw (IOException) new InterruptedIOException("canceled").initCause(e);
      } catch (ExecutionException e) {
        throw e.getCause() instanceof IOException io ? io : new IOException(String.valueOf(e.getCause()), e);
      } catch (CancellationException e) {
        throw new IOException("canceled", e);
      }
    }
  }

  private BodyPublisher watched() {
    return new BodyPublisher() {
      @Override
      public long contentLength() {
        return body.contentLength();
      }

      @Override
      public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        body.subscribe(new Watch(subscriber));
      }
    };
  }

  private final class Watch implements Flow.Subscriber<ByteBuffer> {
    private final Flow.Subscriber<? super ByteBuffer> to;

    Watch(Flow.Subscriber<? super ByteBuffer> to) {
      this.to = to;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      moved = System.nanoTime();
      to.onSubscribe(subscription);
    }

    @Override
    public void onNext(ByteBuffer item) {
      moved = System.nanoTime();
      to.onNext(item);
    }

    @Override
    public void onError(Throwable failure) {
      to.onError(failure);
    }

    @Override
    public void onComplete() {
      moved = System.nanoTime();
      sent = true;
      to.onComplete();
    }
  }
}
