package dev.proa.api.router;

import dev.proa.api.http.Exchange;
import dev.proa.api.json.Json;
import dev.proa.api.json.JsonBody;
import java.io.IOException;
import java.io.OutputStream;

/**
 * A request on its way to its handler.
 *
 * @param version the version of the API that the client speaks
 * @param parameter the value of the path's parameter; empty if it has none
 */
public record Call(Exchange exchange, ApiVersion version, String parameter, Query query) {
  public static final String JSON = "application/json";
  public static final String TAR = "application/x-tar";

  /**
   * The request's JSON body; a type's empty object if there is none.
   *
   * @param name Docker's name of the type, for messages
   */
  public <T> T body(Class<T> type, String name) throws IOException {
    return JsonBody.read(exchange, type, name);
  }

  public void json(Object value) throws IOException {
    json(200, value);
  }

  public void json(int status, Object value) throws IOException {
    exchange.send(status, JSON, Json.line(value));
  }

  public void noContent() throws IOException {
    exchange.send(204);
  }

  public OutputStream stream(String contentType) throws IOException {
    return exchange.stream(200, contentType);
  }
}
