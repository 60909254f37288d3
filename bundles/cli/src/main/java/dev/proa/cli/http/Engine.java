package dev.proa.cli.http;

import dev.proa.cli.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The daemon as its API sees it: every call is one request on a connection of its own. */
public final class Engine {
  private static final String VERSION = "/v1.51";

  private final Endpoint endpoint;
  private final String[] always;

  public Engine(Path socket) {
    this(Endpoint.unix(socket), Map.of());
  }

  /** @param headers of every request, as {@code HttpHeaders} of config.json names them */
  public Engine(Endpoint endpoint, Map<String, String> headers) {
    this.endpoint = endpoint;
    this.always = headers.entrySet().stream().flatMap(header -> Stream.of(header.getKey(), header.getValue())).toArray(String[]::new);
  }

  public Endpoint endpoint() {
    return endpoint;
  }

  /** Nobody listens on the socket. */
  public static final class NoDaemonException extends IOException {
    private static final long serialVersionUID = 1L;

    NoDaemonException(Endpoint endpoint, IOException cause) {
      super(
          "Cannot connect to the Proa daemon at " + endpoint.host() + ". Is the daemon running? (" + cause.getMessage() + ")", cause);
    }
  }

  /** An open answer; close it. */
  public record Answer(Connection connection, Connection.Head head, InputStream body) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      connection.close();
    }
  }

  public @Nullable Object get(String path) throws IOException {
    return call("GET", path, null);
  }

  public @Nullable Object post(String path, @Nullable Object json) throws IOException {
    return call("POST", path, json);
  }

  public @Nullable Object delete(String path) throws IOException {
    return call("DELETE", path, null);
  }

  /** The answer as JSON; null for an empty one. */
  private @Nullable Object call(String method, String path, @Nullable Object json) throws IOException {
    return call(method, path, json, new String[0]);
  }

  /** As {@link #get(String)}, with one more header. */
  public @Nullable Object get(String path, String header, String value) throws IOException {
    return call("GET", path, null, header, value);
  }

  private @Nullable Object call(String method, String path, @Nullable Object json, String... headers) throws IOException {
    try (Answer answer = open(method, path, json, headers)) {
      String text = text(answer);
      return text.isBlank() ? null : Json.parse(text);
    }
  }

  /**
   * Sends and reads the head; an error status becomes an {@link EngineException}.
   *
   * @param headers names and values in turn
   */
  public Answer open(String method, String path, @Nullable Object json, String... headers) throws IOException {
    Connection connection = connect();
    try {
      connection.send(method, VERSION + path, json == null ? null : Json.write(json).getBytes(StandardCharsets.UTF_8), false, headers);
      return answer(connection);
    } catch (IOException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /** The head of what {@code GET} would answer. */
  public Connection.Head head(String path) throws IOException {
    try (Connection connection = connect()) {
      connection.send("HEAD", VERSION + path, null, false);
      Connection.Head head = connection.receive();
      if (head.status() >= 400) {
        throw new EngineException(head.status(), "status " + head.status() + " for HEAD " + path);
      }
      return head;
    }
  }

  /** Sends an archive into a container ({@code PUT …/archive}). */
  public void put(String path, InputStream tar) throws IOException {
    try (Connection connection = connect()) {
      connection.sendStream("PUT", VERSION + path, tar);
      answer(connection).close();
    }
  }

  /** @param headers names and values in turn */
  public Answer upload(String path, InputStream body, String... headers) throws IOException {
    Connection connection = connect();
    try {
      connection.sendStream("POST", VERSION + path, body, headers);
      return answer(connection);
    } catch (IOException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /** An upgraded connection: both directions are raw from here on. */
  public Answer upgrade(String path, @Nullable Object json) throws IOException {
    Connection connection = connect();
    try {
      connection.send("POST", VERSION + path, json == null ? null : Json.write(json).getBytes(StandardCharsets.UTF_8), true);
      Connection.Head head = connection.receive();
      if (head.status() >= 300) {
        throw failure(new Answer(connection, head, connection.body(head)));
      }
      return new Answer(connection, head, connection.input());
    } catch (IOException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private Connection connect() throws IOException {
    try {
      return Connection.open(endpoint, always);
    } catch (IOException | UnresolvedAddressException e) {
      throw new NoDaemonException(endpoint, e instanceof IOException io ? io : new IOException("no such host", e));
    }
  }

  private static Answer answer(Connection connection) throws IOException {
    Connection.Head head = connection.receive();
    Answer answer = new Answer(connection, head, connection.body(head));
    if (head.status() >= 400) {
      throw failure(answer);
    }
    return answer;
  }

  private static EngineException failure(Answer answer) throws IOException {
    String text = text(answer).strip();
    String message = text;
    try {
      String given = Json.text(Json.parse(text), "message");
      message = given.isEmpty() ? text : given;
    } catch (Json.JsonException e) {
      message = text.isEmpty() ? "status " + answer.head().status() + " without a message" : text;
    }
    return new EngineException(answer.head().status(), message);
  }

  private static String text(Answer answer) throws IOException {
    return new String(answer.body().readAllBytes(), StandardCharsets.UTF_8);
  }

  /** Reads a stream of JSON objects, one a line, as pull, load, and events send it. */
  public static void eachLine(InputStream body, Consumer<Map<String, @Nullable Object>> visitor) throws IOException {
    BufferedReader reader = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      if (!line.isBlank()) {
        visitor.accept(Json.object(Json.parse(line)));
      }
    }
  }

  /** A value for a query string. */
  public static String escape(String value) {
    StringBuilder out = new StringBuilder(value.length() + 16);
    for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "-_.~/:".indexOf(c) >= 0) {
        out.append(c);
      } else {
        out.append('%').append(Character.toUpperCase(Character.forDigit(c >> 4, 16))).append(Character.toUpperCase(Character.forDigit(c & 15, 16)));
      }
    }
    return out.toString();
  }
}
