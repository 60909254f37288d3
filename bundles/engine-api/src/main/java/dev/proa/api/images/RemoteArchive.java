package dev.proa.api.images;

import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** The source of an import that lies somewhere else: http and https, and no other scheme, so that nothing of this host's files is meant. */
final class RemoteArchive implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final HttpClient client;
  private final InputStream body;

  private RemoteArchive(HttpClient client, InputStream body) {
    this.client = client;
    this.body = body;
  }

  /** What is asked for; {@code http} if the client names no scheme, as with Docker. {@code INVALID_ARGUMENT} for other schemes. */
  static URI address(String source) {
    try {
      URI uri = URI.create(source.contains("://") ? source : "http://" + source);
      String scheme = String.valueOf(uri.getScheme()).toLowerCase(java.util.Locale.ROOT);
      if (!scheme.equals("http") && !scheme.equals("https")) {
        throw ProaException.invalid("Get \"" + source + "\": unsupported protocol scheme \"" + scheme + "\"");
      }
      if (uri.getHost() == null) {
        throw ProaException.invalid("Get \"" + source + "\": no host in the address");
      }
      return uri;
    } catch (IllegalArgumentException e) {
      throw ProaException.invalid("cannot import from \"" + source + "\": " + e.getMessage());
    }
  }

  /** Waits for the answer's head; the thread may be interrupted. */
  static RemoteArchive open(URI address) throws InterruptedException {
    HttpClient client = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).connectTimeout(PATIENCE).build();
    boolean opened = false;
    try {
      HttpResponse<InputStream> answer =
          client.send(HttpRequest.newBuilder(address).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofInputStream());
      if (answer.statusCode() >= 400) {
        String message = "Got HTTP status code >= 400: " + answer.statusCode() + " from " + address;
        throw answer.statusCode() == 404 ? ProaException.notFound(message) : ProaException.internal(message, null);
      }
      opened = true;
      return new RemoteArchive(client, answer.body());
    } catch (IOException e) {
      throw ProaException.internal("Get \"" + address + "\": " + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()), e);
    } finally {
      if (!opened) {
        client.shutdownNow();
      }
    }
  }

  InputStream body() {
    return body;
  }

  @Override
  public void close() throws IOException {
    body.close();
    client.shutdownNow();
  }
}
