package dev.proa.api.component;

import dev.proa.api.http.Application;
import dev.proa.api.http.Exchange;
import dev.proa.api.router.Router;
import dev.proa.api.system.PingHandler;
import dev.proa.api.system.SystemRoutes;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The door of the API while the engine comes up or goes: a ping is answered at once, everything else waits for the engine, for a bounded
 * time.
 */
public final class Gate implements Application {
  private final String productVersion;
  private final boolean experimental;
  private final Duration patience;
  private final Router pingOnly;
  private volatile CompletableFuture<Router> engine = new CompletableFuture<>();

  /**
   * @param experimental whether clients are told that experimental features are there
   * @param patience how long a request waits for the engine
   */
  public Gate(String productVersion, boolean experimental, Duration patience) {
    this.productVersion = productVersion;
    this.experimental = experimental;
    this.patience = patience;
    this.pingOnly = new Router(productVersion, experimental, SystemRoutes.ping(new PingHandler()));
  }

  /** The engine is there: what waited goes on. */
  public void open(Engine newEngine) {
    engine.complete(newEngine.router(productVersion, experimental));
  }

  /** The engine goes; requests that are being answered go on with what they have. */
  public void close() {
    engine = new CompletableFuture<>();
  }

  @Override
  public void handle(Exchange exchange) throws IOException {
    CompletableFuture<Router> current = engine;
    if (!current.isDone() && pingOnly.serves(exchange.target())) {
      pingOnly.handle(exchange);
      return;
    }
    exchange.interruptOnDisconnect();
    Router router;
    try {
      router = current.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      pingOnly.refuse(
          exchange, ProaException.unavailable("the engine has not come up after " + patience.toSeconds() + " seconds; see the daemon's log", e));
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    router.handle(exchange);
  }
}
