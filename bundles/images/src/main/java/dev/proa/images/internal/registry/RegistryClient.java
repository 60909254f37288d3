package dev.proa.images.internal.registry;

import dev.proa.images.RegistryCredentials;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.manifest.Json;
import dev.proa.images.internal.manifest.MediaTypes;
import dev.proa.images.internal.registry.RegistryAddress.Rung;
import dev.proa.images.internal.registry.RegistryException.Kind;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One repository of one registry (distribution-spec, "Pull"). Thread-safe. */
public final class RegistryClient {
  private static final int MAX_REDIRECTS = 10;
  private static final int MAX_PAGES = 1000;
  private static final int MAX_TAGS = 100_000;
  private static final Pattern NEXT_LINK = Pattern.compile("<([^<>]{1,4096})>\\s*;[^,]*rel=\"?next\"?");
  private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-.*");

  private final Transport transport;
  private final RegistrySettings settings;
  private final Rung rung;
  private final RegistryAddress address;
  private final String repository;
  private final Authorization authorization;

  RegistryClient(
      Transport transport,
      RegistrySettings settings,
      Rung rung,
      RegistryAddress address,
      String repository,
      @Nullable RegistryCredentials credentials) {
    this.transport = transport;
    this.settings = settings;
    this.rung = rung;
    this.address = address;
    this.repository = repository;
    this.authorization = new Authorization(transport, rung, address, repository, credentials);
  }

  public RegistryAddress address() {
    return address;
  }

  /**
   * A manifest or index as it came.
   *
   * @param mediaType as declared by the registry; empty if it was not
   */
  public record ManifestBytes(String mediaType, Digest digest, byte[] content) {}

  /**
   * A blob on its way.
   *
   * @param offset of its first byte in the blob
   */
  public record BlobBody(InputStream stream, long offset) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      stream.close();
    }
  }

  /** @param tagOrDigest a digest is verified */
  public ManifestBytes manifest(String tagOrDigest) throws RegistryException {
    URI uri = rung.base().resolve(repository + "/manifests/" + tagOrDigest);
    try (Answer answer = send(uri, builder -> builder.header("Accept", MediaTypes.ACCEPT), Resource.MANIFEST)) {
      byte[] content = limited(answer, uri, Json.MAX_DOCUMENT);
      Digest digest = Digest.of(content);
      if (tagOrDigest.startsWith("sha256:") && !digest.value().equals(tagOrDigest)) {
        throw new RegistryException(Kind.PROTOCOL, "manifest verification failed for digest " + tagOrDigest + ": the registry sent " + digest);
      }
      String type = answer.response.headers().firstValue("Content-Type").orElse("");
      int parameters = type.indexOf(';');
      return new ManifestBytes((parameters < 0 ? type : type.substring(0, parameters)).strip(), digest, content);
    }
  }

  /** A small blob whole, verified. */
  public byte[] smallBlob(Digest digest, int limit) throws RegistryException {
    URI uri = blobUri(digest);
    try (Answer answer = send(uri, builder -> {}, Resource.BLOB)) {
      byte[] content = limited(answer, uri, limit);
      Digest actual = Digest.of(content);
      if (!actual.equals(digest)) {
        throw new RegistryException(Kind.PROTOCOL, "blob verification failed for digest " + digest + ": the registry sent " + actual);
      }
      return content;
    }
  }

  /**
   * A blob from an offset on, if the registry can; it may begin earlier.
   *
   * @throws RegistryException {@code UNREACHABLE}, {@code UNAVAILABLE} if trying again may help
   */
  public BlobBody blob(Digest digest, long offset) throws RegistryException {
    Answer answer =
        send(
            blobUri(digest),
            builder -> {
              if (offset > 0) {
                builder.header("Range", "bytes=" + offset + "-");
              }
            },
            Resource.BLOB);
    long start = 0;
    if (answer.response.statusCode() == 206) {
      Matcher range = CONTENT_RANGE.matcher(answer.response.headers().firstValue("Content-Range").orElse(""));
      start = range.matches() ? Long.parseLong(range.group(1)) : offset;
      if (start > offset) {
        answer.close();
        throw new RegistryException(Kind.PROTOCOL, "the registry sent bytes from " + start + " of " + digest + " instead of " + offset);
      }
    }
    return new BlobBody(answer.response.body(), start);
  }

  /** Says that a blob ended too early. */
  public RegistryException brokenOff(Digest digest, long bytes, long size) {
    return new RegistryException(Kind.UNREACHABLE, "Get \"" + blobUri(digest) + "\": unexpected EOF after " + bytes + " of " + size + " bytes");
  }

  /** Says that the connection broke while a blob came. */
  public RegistryException brokenOff(Digest digest, IOException e) {
    return Transport.failure("GET", blobUri(digest), e);
  }

  private URI blobUri(Digest digest) {
    return rung.base().resolve(repository + "/blobs/" + digest);
  }

  /** All tags, as the registry orders them. */
  public List<String> tags() throws RegistryException {
    List<String> tags = new ArrayList<>();
    URI uri = rung.base().resolve(repository + "/tags/list");
    for (int page = 0; page < MAX_PAGES; page++) {
      try (Answer answer = send(uri, builder -> {}, Resource.TAGS)) {
        List<String> found = Json.strings(Json.parseObject(limited(answer, uri, Json.MAX_DOCUMENT), "the list of tags"), "tags", "the list of tags");
        tags.addAll(found == null ? List.of() : found);
        Matcher next = NEXT_LINK.matcher(answer.response.headers().firstValue("Link").orElse(""));
        if (tags.size() > MAX_TAGS) {
          throw new RegistryException(Kind.PROTOCOL, repository + " has more than " + MAX_TAGS + " tags");
        }
        if (!next.find()) {
          return tags;
        }
        URI following = uri.resolve(next.group(1));
        if (!String.valueOf(following.getAuthority()).equals(uri.getAuthority()) || !uri.getScheme().equals(following.getScheme())) {
          throw new RegistryException(Kind.PROTOCOL, "the list of tags of " + repository + " goes on at another registry: " + following);
        }
        uri = following;
      } catch (ProaException | IllegalArgumentException e) {
        throw new RegistryException(Kind.PROTOCOL, "cannot read the tags of " + repository + ": " + e.getMessage(), e);
      }
    }
    throw new RegistryException(Kind.PROTOCOL, "the list of tags of " + repository + " does not end");
  }

  String login() throws RegistryException {
    send(rung.base(), builder -> {}, Resource.BASE).close();
    return "";
  }

  /** What an address stands for; it decides what a 404 means. */
  private enum Resource {
    BASE,
    MANIFEST,
    BLOB,
    TAGS
  }

  /** Completes a request. */
  private interface Headers {
    void on(HttpRequest.Builder builder);
  }

  /** A good answer, open. */
  private record Answer(HttpResponse<InputStream> response) implements AutoCloseable {
    @Override
    public void close() {
      RegistryClient.close(response);
    }
  }

  private static void close(HttpResponse<InputStream> response) {
    try {
      response.body().close();
    } catch (IOException e) {
      // Nothing more is wanted of it.
      org.slf4j.LoggerFactory.getLogger(RegistryClient.class).debug("closing an answer: {}", e.getMessage());
    }
  }

  /** Sends a GET until it is answered well: with authorization where asked for, again where that may help. */
  private Answer send(URI uri, Headers headers, Resource resource) throws RegistryException {
    RegistryException last = null;
    Duration wait = settings.backOff();
    boolean challenged = false;
    for (int attempt = 1; attempt <= RegistrySettings.ATTEMPTS; attempt++) {
      String sent = authorization.current();
      try {
        HttpResponse<InputStream> response = follow(uri, headers, sent);
        int status = response.statusCode();
        if (status == 200 || status == 206) {
          return new Answer(response);
        }
        if (status == 401 && !challenged) {
          List<String> challenges = response.headers().allValues("WWW-Authenticate");
          close(response);
          authorization.answer(challenges, sent, uri);
          challenged = true;
          attempt--;
          continue;
        }
        last = refusal(response, resource, uri);
        if (last.kind() != Kind.UNAVAILABLE) {
          throw last;
        }
        wait = retryAfter(response, wait);
      } catch (IOException e) {
        last = Transport.failure("GET", uri, e);
        if (!mayPass(e)) {
          throw last;
        }
      }
      if (attempt < RegistrySettings.ATTEMPTS) {
        pause(wait, last);
        wait = min(wait.multipliedBy(2), RegistrySettings.MAX_WAIT);
      }
    }
    throw last == null ? new RegistryException(Kind.UNAVAILABLE, "no answer from " + uri) : last;
  }

  private static boolean mayPass(IOException e) {
    return !(e instanceof java.net.ConnectException
        || e instanceof javax.net.ssl.SSLHandshakeException
        || e instanceof java.io.InterruptedIOException
        || e instanceof java.net.ProtocolException
        || e instanceof java.net.http.HttpConnectTimeoutException);
  }

  /** Waits before another attempt. */
  public void pause(Duration wait, RegistryException failure) throws RegistryException {
    try {
      Thread.sleep(wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure;
    }
  }

  public Duration backOff() {
    return settings.backOff();
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
  private HttpResponse<InputStream> follow(URI start, Headers headers, @Nullable String authorizationHeader) throws IOException, RegistryException {
    URI uri = start;
    for (int hops = 0; hops <= MAX_REDIRECTS; hops++) {
      HttpRequest.Builder builder = transport.request(uri).GET();
      headers.on(builder);
      boolean home = uri.getScheme().equals(start.getScheme()) && uri.getAuthority().equals(start.getAuthority());
      if (home && authorizationHeader != null) {
        builder.header("Authorization", authorizationHeader);
      }
      HttpResponse<InputStream> response = transport.send(builder.build(), !home || rung.verify());
      int status = response.statusCode();
      if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308) {
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
    throw new RegistryException(Kind.PROTOCOL, start + " was redirected more than " + MAX_REDIRECTS + " times");
  }

  private RegistryException refusal(HttpResponse<InputStream> response, Resource resource, URI uri) {
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
      case 404 -> notFound(resource, code, text, described);
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
    return authorization.anonymousBearer()
        ? new RegistryException(Kind.DENIED, reason)
        : new RegistryException(Kind.UNAUTHORIZED, reason + authorization.source());
  }

  private static RegistryException notFound(Resource resource, String code, String text, String described) {
    if (code.equals("NAME_UNKNOWN")) {
      return new RegistryException(Kind.NAME_UNKNOWN, text);
    }
    return switch (resource) {
      case MANIFEST -> new RegistryException(Kind.MANIFEST_UNKNOWN, text.isEmpty() ? "manifest unknown: manifest unknown" : text);
      case TAGS -> new RegistryException(Kind.NAME_UNKNOWN, text.isEmpty() ? "name unknown: repository name not known to registry" : text);
      case BLOB, BASE -> new RegistryException(Kind.PROTOCOL, described);
    };
  }

  private static byte[] limited(Answer answer, URI uri, int limit) throws RegistryException {
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
