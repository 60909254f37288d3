package dev.proa.scan.component;

import dev.proa.scan.advisory.AdvisoryImport;
import dev.proa.scan.inventory.LimitedStream;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Archives of advisories by HTTP: one by its address, or, with a slash at its end, those of some ecosystems ({@code ADDRESS/ECOSYSTEM/all.zip}). */
final class Mirror {
  private static final Duration CONNECT = Duration.ofSeconds(20);
  private static final Duration ANSWER = Duration.ofSeconds(60);
  private static final long MAX_BYTES = 4L << 30;

  private final String address;

  /** @throws ProaException {@code INVALID_ARGUMENT} for an address that is none */
  Mirror(String address) {
    this.address = address;
    uri(address);
  }

  private static URI uri(String address) {
    try {
      URI uri = URI.create(address);
      if (List.of("http", "https").contains(String.valueOf(uri.getScheme())) && uri.getHost() != null && uri.getUserInfo() == null) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      throw ProaException.invalid("\"" + address + "\" is no address: " + e.getMessage());
    }
    throw ProaException.invalid("\"" + address + "\" is no address: http:// or https:// with a host, and without a password, is needed");
  }

  /** Hands over what it finds. An address that does not answer ends it: nothing was imported then. */
  void fetch(List<String> ecosystems, AdvisoryImport into) throws IOException {
    List<String> addresses = new ArrayList<>();
    if (!address.endsWith("/")) {
      addresses.add(address);
    } else if (ecosystems.isEmpty()) {
      throw ProaException.invalid(address + " is a mirror: say which ecosystems are wanted, such as Debian, npm, Maven or PyPI");
    } else {
      ecosystems.forEach(each -> addresses.add(address + URLEncoder.encode(each, StandardCharsets.UTF_8).replace("+", "%20") + "/all.zip"));
    }
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(CONNECT).followRedirects(HttpClient.Redirect.NORMAL).build()) {
      for (String each : addresses) {
        one(client, each, into);
      }
    }
  }

  private static void one(HttpClient client, String from, AdvisoryImport into) throws IOException {
    try {
      HttpResponse<InputStream> response =
          client.send(HttpRequest.newBuilder(uri(from)).timeout(ANSWER).build(), HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = new LimitedStream(response.body(), MAX_BYTES)) {
        if (response.statusCode() != 200) {
          throw ProaException.unavailable(from + " answered with status " + response.statusCode(), null);
        }
        into.add(body, from);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("fetching " + from + " was canceled");
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      throw ProaException.unavailable("cannot fetch " + from + ": " + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()), e);
    }
  }
}
