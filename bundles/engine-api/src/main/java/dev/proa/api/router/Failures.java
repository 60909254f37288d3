package dev.proa.api.router;

import dev.proa.api.http.Exchange;
import dev.proa.api.http.PeerGoneException;
import dev.proa.api.http.PeerGoneException;
import dev.proa.api.json.Json;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one place where failures become HTTP: {@code {"message": …}} with the status of the failure's class. */
public final class Failures {
  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

  private Failures() {}

  static int status(ErrorClass errorClass) {
    return switch (errorClass) {
      case INVALID_ARGUMENT, FAILED_PRECONDITION -> 400;
      case UNAUTHENTICATED -> 401;
      case PERMISSION_DENIED -> 403;
      case NOT_FOUND -> 404;
      case ALREADY_EXISTS, CONFLICT -> 409;
      case NOT_MODIFIED -> 304;
      case NOT_IMPLEMENTED -> 501;
      case UNAVAILABLE -> 503;
      case RESOURCE_EXHAUSTED, DATA_LOSS, INTERNAL -> 500;
    };
  }

  /** Answers with the failure if there is still somebody to be told; a stream that has begun is broken off. */
  static void answer(Exchange exchange, Throwable failure) throws IOException {
    if (exchange.clientIsGone() || failure instanceof PeerGoneException) {
      LOG.debug("{} {}: the client went away: {}", exchange.method(), exchange.target(), failure.toString());
      return;
    }
    if (exchange.committed()) {
      LOG.warn("{} {} failed after its answer had begun", exchange.method(), exchange.target(), failure);
      return;
    }
    switch (failure) {
      case ProaException known -> {
        int status = status(known.errorClass());
        if (status == 500) {
          LOG.warn("{} {}", exchange.method(), exchange.target(), known);
        } else {
          LOG.debug("{} {}: {} {}", exchange.method(), exchange.target(), status, known.getMessage());
        }
        send(exchange, status, message(known));
      }
      case IOException broken when exchange.clientFailed() -> send(exchange, 400, message(broken));
      default -> {
        LOG.error("{} {} failed", exchange.method(), exchange.target(), failure);
        send(exchange, 500, message(failure));
      }
    }
  }

  /**
   * What a registry has to do with, as the Docker Engine answers it: never 401, at which the docker command would ask for a password even where nobody can type
   * one, and 500, not 503, for a registry that does not answer.
   */
  public static ProaException ofRegistry(ProaException e) {
    return e.is(ErrorClass.UNAUTHENTICATED) || e.is(ErrorClass.UNAVAILABLE) ? ProaException.internal(message(e), e.getCause()) : e;
  }

  /** The text for the user; never empty. */
  public static String message(Throwable failure) {
    String message = failure.getMessage();
    return message == null || message.isEmpty() ? failure.getClass().getSimpleName() : message;
  }

  static void send(Exchange exchange, int status, String message) throws IOException {
    if (status == 304) {
      exchange.send(status);
    } else {
      exchange.send(status, Call.JSON, Json.line(Map.of("message", message)));
    }
  }
}
