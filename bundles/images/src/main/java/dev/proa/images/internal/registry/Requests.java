package dev.proa.images.internal.registry;

import dev.proa.images.internal.manifest.Json;
import dev.proa.images.internal.registry.RegistryAddress.Rung;
import dev.proa.images.internal.registry.RegistryException.Kind;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Sends requests about one repository until they are answered well: with authorization where it is asked for, again where that may help,
 * along redirects. What is refused is said in the registry's words.
 */
final class Requests {
  private static final Logger LOG = LoggerFactory.getLogger(Requests.class);
  private static final int MAX_REDIRECTS = 10;

  private final Transport transport;
  private final RegistrySettings settings;
  private final Rung rung;
  private final RegistryAddress address;
  private final Access access;

  Requests(Transport transport, RegistrySettings settings, Rung rung, RegistryAddress address, Access access) {
    this.transport = transport;
    this.settings = settings;
    this.rung = rung;
    this.address = address;
    this.access = access;
  }

  /** What an address stands for; it decides what a 404 means. */
  enum Resource {
    BASE,
    MANIFEST,
    BLOB,
    REFERRERS,
    TAGS,
    SEARCH,
    UPLOAD
  }

  /**
   * A request to be made.
   *
   * @param headers name and value in turn
   * @param body made anew for each attempt; null for none
   * @param repeatable whether it is simply sent again when it fails for a reason that may pass
   * @param streamed whether the body takes its time: then not the whole request, but its standing still has a time limit
   */
  record Request(
      String method, URI uri, Resource resource, List<String> headers, @Nullable Supplier<BodyPublisher> body, boolean repeatable, boolean streamed) {
    Request(String method, URI uri, Resource resource) {
      this(method, uri, resource, List.of(), null, true, false);
    }

    Request withHeader(String name, String value) {
      List<String> more = new ArrayList<>(headers);
      more.add(name);
      more.add(value);
      return new Request(method, uri, resource, List.copyOf(more), body, repeatable, streamed);
    }

    Request withBody(Supplier<BodyPublisher> publisher) {
      return new Request(method, uri, resource, headers, publisher, repeatable, streamed);
    }

    /** A body of any size, sent once. */
    Request withStream(Supplier<BodyPublisher> publisher) {
      return new Request(method, uri, resource, headers, publisher, false, true);
    }

    Request once() {
      return new Request(method, uri, resource, headers, body, false, streamed);
    }

    private HttpRequest to(Transport transport, URI where, @Nullable String authorization) {
      HttpRequest.Builder builder =
          (streamed ? transport.stream(where) : transport.request(where)).method(method, body == null ? BodyPublishers.noBody() : body.get());
      for (int i = 0; i < headers.size(); i += 2) {
        builder.header(headers.get(i), headers.get(i + 1));
      }
      if (authorization != null) {
        builder.header("Authorization", authorization);
      }
      return builder.build();
    }

    private boolean reads() {
      return method.equals("GET") || method.equals("HEAD");
    }
  }

  /** A good answer, open. */
  record Answer(HttpResponse<InputStream> response) implements AutoCloseable {
    int status() {
      return response.statusCode();
    }

    @Override
    public void close() {
      Requests.close(response);
    }
  }

  private static void close(HttpResponse<InputStream> response) {
    try {
      response.body().close();
    } catch (IOException e) {
      // Nothing more is wanted of it.
      LOG.debug("closing an answer: {}", e.getMessage());
    }
  }

  /** Sends a request until it is answered well. */
  Answer send(Request request) throws RegistryException {
    RegistryException last = null;
    Duration wait = settings.backOff();
    boolean challenged = false;
    int attempts = request.repeatable() ? RegistrySettings.ATTEMPTS : 1;
    for (int attempt = 1; attempt <= attempts; attempt++) {
      String sent = access.current();
      try {
        HttpResponse<InputStream> response = follow(request, sent);
        int status = response.statusCode();
        if (status == 200 || status == 206 || status / 100 == 2 && !(request.method().equals("GET") && request.resource() != Resource.UPLOAD)) {
          return new Answer(response);
        }
        if (status == 401 && !challenged) {
          List<String> challenges = response.headers().allValues("WWW-Authenticate");
          close(response);
          last = answer(challenges, sent, request);
          if (last == null) {
            challenged = true;
            attempt--;
            continue;
          }
        } else {
          last = refusal(response, request);
          wait = retryAfter(response, wait);
        }
        if (last.kind() != Kind.UNAVAILABLE) {
          throw last;
        }
      } catch (IOException e) {
        last = Transport.failure(request.method(), request.uri(), e);
        if (!mayPass(e)) {
          throw last;
        }
      }
      if (attempt < attempts) {
        pause(wait, last);
        wait = min(wait.multipliedBy(2), RegistrySettings.MAX_WAIT);
      }
    }
    throw last == null ? new RegistryException(Kind.UNAVAILABLE, "no answer from " + request.uri()) : last;
  }

  /** @return why it could not be answered, if trying again may help; null if it was */
  private @Nullable RegistryException answer(List<String> challenges, @Nullable String sent, Request request) throws RegistryException {
    try {
      access.answer(challenges, sent, request.method(), request.uri());
      return null;
    } catch (RegistryException e) {
      if (e.kind() == Kind.UNAVAILABLE) {
        return e;
      }
      throw e;
    }
  }

  private static boolean mayPass(IOException e) {
    return !(e instanceof java.net.ConnectException
        || e instanceof javax.net.ssl.SSLHandshakeException
        || e instanceof java.io.InterruptedIOException
        || e instanceof java.net.ProtocolException
        || e instanceof java.net.http.HttpConnectTimeoutException);
  }

  /** Waits before another attempt. */
  void pause(Duration wait, RegistryException failure) throws RegistryException {
    try {
      Thread.sleep(wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure;
    }
  }

  private static Duration retryAfter(HttpResponse<InputStream> response, Duration otherwise) {
    String value = response.headers().firstValue("Retry-After").orElse("").strip();
    try {
      Duration asked =
          value.matches("\\d{1,9}")
              ? Duration.ofSeconds(Long.parseLong(value))
              : value.isEmpty()
                  ? otherwise
                  : Duration.between(
                      java.time.Instant.now(),
                      java.time.ZonedDateTime.parse(value, java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
      return min(asked.compareTo(otherwise) > 0 ? asked : otherwise, RegistrySettings.MAX_WAIT);
    } catch (java.time.DateTimeException e) {
      return otherwise;
    }
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  /** Follows redirects; credentials go to the registry alone, and nothing goes from HTTPS back to HTTP. */
  private HttpResponse<InputStream> follow(Request request, @Nullable String authorizationHeader) throws IOException, RegistryException {
    URI uri = request.uri();
    for (int hops = 0; hops <= MAX_REDIRECTS; hops++) {
      boolean home = uri.getScheme().equals(rung.base().getScheme()) && uri.getAuthority().equals(rung.base().getAuthority());
      HttpRequest sent = request.to(transport, uri, home ? authorizationHeader : null);
      HttpResponse<InputStream> response = transport.send(sent, !home || rung.verify(), request.streamed());
      int status = response.statusCode();
      boolean kept = status == 307 || status == 308;
      if (!kept && !(request.reads() && (status == 301 || status == 302 || status == 303))) {
        return response;
      }
      String location = response.headers().firstValue("Location").orElse("");
      close(response);
      URI next;
      try {
        next = uri.resolve(location);
      } catch (IllegalArgumentException e) {
        throw new RegistryException(Kind.PROTOCOL, "the registry redirects " + uri + " to \"" + location + "\", which is no address", e);
      }
      boolean http = "http".equals(next.getScheme());
      if (next.getHost() == null || !(http || "https".equals(next.getScheme())) || (http && uri.getScheme().equals("https") && !address.insecure())) {
        throw new RegistryException(Kind.PROTOCOL, "the registry redirects " + uri + " to " + next + ", which is not followed");
      }
      uri = next;
    }
    throw new RegistryException(Kind.PROTOCOL, request.uri() + " was redirected more than " + MAX_REDIRECTS + " times");
  }

  private RegistryException refusal(HttpResponse<InputStream> response, Request request) {
    URI uri = request.uri();
    String text = "";
    String code = "";
    try (InputStream body = response.body()) {
      byte[] content = body.readNBytes(64 << 10);
      JsonNode error = Json.parseObject(content, "the registry's answer").path("errors").path(0);
      code = Json.string(error, "code", "error");
      String message = Json.string(error, "message", "error");
      text = code.toLowerCase(Locale.ROOT).replace('_', ' ') + ": " + (message.isEmpty() ? "unknown error" : message);
    } catch (IOException | ProaException e) {
      // No error in the protocol's form: the status alone counts.
      text = "";
    }
    if (code.isEmpty()) {
      text = "";
    }
    int status = response.statusCode();
    String described = text.isEmpty() ? "received unexpected HTTP status: " + status + " for " + uri : text;
    return switch (status) {
      case 401 -> unauthorized(response, text);
      case 403 -> new RegistryException(Kind.DENIED, text.isEmpty() ? "denied: requested access to the resource is denied" : text);
      case 404 -> notFound(request.resource(), code, text, described);
      case 413 -> new RegistryException(request.resource() == Resource.UPLOAD ? Kind.TOO_LARGE : Kind.PROTOCOL, described);
      case 416 -> new RegistryException(request.resource() == Resource.UPLOAD ? Kind.UPLOAD_LOST : Kind.PROTOCOL, described);
      case 429 -> new RegistryException(Kind.UNAVAILABLE, text.isEmpty() ? "toomanyrequests: the registry takes no more requests for now" : text);
      case 408, 500, 502, 503, 504 -> new RegistryException(Kind.UNAVAILABLE, described);
      default -> new RegistryException(code.equals("DENIED") ? Kind.DENIED : Kind.PROTOCOL, described);
    };
  }

  private RegistryException unauthorized(HttpResponse<InputStream> response, String text) {
    boolean scope =
        Challenge.parse(response.headers().allValues("WWW-Authenticate")).stream().anyMatch(c -> c.parameter("error").equals("insufficient_scope"));
    if (scope || text.startsWith("denied")) {
      return new RegistryException(Kind.DENIED, "denied: requested access to the resource is denied");
    }
    String reason = text.isEmpty() ? "unauthorized: authentication required" : text;
    // An anonymous token that opens nothing is how Docker Hub says that there is no such repository.
    return access.anonymousBearer()
        ? new RegistryException(Kind.DENIED, reason)
        : new RegistryException(Kind.UNAUTHORIZED, reason + access.source());
  }

  private RegistryException notFound(Resource resource, String code, String text, String described) {
    if (code.equals("NAME_UNKNOWN")) {
      return new RegistryException(Kind.NAME_UNKNOWN, text);
    }
    return switch (resource) {
      case MANIFEST -> new RegistryException(Kind.MANIFEST_UNKNOWN, text.isEmpty() ? "manifest unknown: manifest unknown" : text);
      case TAGS -> new RegistryException(Kind.NAME_UNKNOWN, text.isEmpty() ? "name unknown: repository name not known to registry" : text);
      case UPLOAD -> new RegistryException(Kind.UPLOAD_LOST, described);
      case SEARCH -> new RegistryException(Kind.PROTOCOL, "Unexpected status code 404; " + address + " has no search");
      case REFERRERS -> new RegistryException(Kind.MANIFEST_UNKNOWN, described);
      case BLOB -> new RegistryException(Kind.BLOB_UNKNOWN, described);
      case BASE -> new RegistryException(Kind.PROTOCOL, described);
    };
  }

  static byte[] limited(Answer answer, URI uri, int limit) throws RegistryException {
    try {
      byte[] content = answer.response.body().readNBytes(limit + 1);
      if (content.length > limit) {
        throw new RegistryException(Kind.PROTOCOL, uri + " is larger than " + limit + " bytes");
      }
      return content;
    } catch (IOException e) {
      throw Transport.failure("GET", uri, e);
    }
  }
}
