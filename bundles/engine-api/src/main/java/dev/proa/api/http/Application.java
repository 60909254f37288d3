package dev.proa.api.http;

/** Answers requests. Each call has a virtual thread of its own and the exchange for itself. */
@FunctionalInterface
public interface Application {
  /**
   * Answers one request completely; when it returns the exchange is over. What it throws ends the connection: it is to turn its failures
   * into answers itself.
   */
  void handle(Exchange exchange) throws Exception;

  /** The body of the answer to what is no HTTP request, with its content type {@code application/json}. */
  default byte[] malformed(String message) {
    return ("{\"message\":\"" + message.replace("\\", "\\\\").replace("\"", "\\\"") + "\"}\n").getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }
}
