package dev.proa.builder.internal;

import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** Files from http and https addresses. */
final class Fetch {
  private static final Duration CONNECT = Duration.ofSeconds(30);
  private static final Duration ANSWER = Duration.ofMinutes(2);

  private Fetch() {}

  /**
   * @param name of the file: the last part of the address's path
   * @param modifiedSeconds as the server says; null if it does not
   */
  record Fetched(Path file, String name, @Nullable Long modifiedSeconds) {}

  static boolean isAddress(String text) {
    return text.startsWith("http://") || text.startsWith("https://");
  }

  /**
   * @param folder where it is put, under the name {@code fetched}
   * @throws ProaException {@code UNAVAILABLE} with the address and what came back
   */
  static Fetched to(Path folder, String address) throws InterruptedException {
    URI uri;
    try {
      uri = new URI(address);
    } catch (URISyntaxException e) {
      throw ProaException.invalid("invalid address " + address + ": " + e.getReason());
    }
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(ANSWER).GET().build();
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(CONNECT).followRedirects(HttpClient.Redirect.NORMAL).build()) {
      HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        if (response.statusCode() != 200) {
          throw ProaException.unavailable("cannot fetch " + address + ": the server answered " + response.statusCode(), null);
        }
        Files.createDirectories(folder);
        Path file = folder.resolve("fetched");
        Files.copy(body, file, StandardCopyOption.REPLACE_EXISTING);
        String path = response.uri().getPath() == null ? "" : uri.getPath();
        return new Fetched(file, path.substring(path.lastIndexOf('/') + 1), response.headers().firstValue("Last-Modified").map(Fetch::seconds).orElse(null));
      }
    } catch (IOException e) {
      throw ProaException.unavailable("cannot fetch " + address + ": " + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()), e);
    }
  }

  private static @Nullable Long seconds(String date) {
    try {
      return ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toEpochSecond();
    } catch (DateTimeException e) {
      return null;
    }
  }
}
