package dev.proa.images.internal.registry;

import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.registry.RegistryException.Kind;
import dev.proa.images.internal.registry.Requests.Answer;
import dev.proa.images.internal.registry.Requests.Request;
import dev.proa.images.internal.registry.Requests.Resource;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is put into one repository (distribution-spec, "Push"). Thread-safe. */
public final class RegistryUploads {
  private static final Logger LOG = LoggerFactory.getLogger(RegistryUploads.class);
  private static final Pattern RANGE = Pattern.compile("(?:bytes=)?0-(\\d{1,18})");

  private static final long LARGEST_CHUNK = 64L << 20;
  private static final long SMALLEST_CHUNK = 256 << 10;

  private final Requests requests;
  private final RegistrySettings settings;
  private final URI base;

  /** @param base of the repository: {@code …/v2/NAME/} */
  RegistryUploads(Requests requests, RegistrySettings settings, URI base) {
    this.requests = requests;
    this.settings = settings;
    this.base = base;
  }

  /** The bytes of a blob, from an offset on; may be called again. */
  @FunctionalInterface
  public interface Source {
    InputStream open(long offset) throws IOException;
  }

  /** Hears how an upload goes on. */
  public interface Listener {
    void progress(long bytes);

    /** It broke off and is taken up again after a while. */
    void waiting(Duration wait);
  }

  /**
   * Where a blob is uploaded to.
   *
   * @param smallestChunk the least that the registry takes at once ({@code OCI-Chunk-Min-Length}), but for the last
   */
  public record Place(URI uri, long smallestChunk) {}

  /** Whether the repository has a blob. What is not said clearly counts as no; the upload will show. */
  public boolean has(Digest digest) throws RegistryException {
    try (Answer answer = requests.send(new Request("HEAD", base.resolve("blobs/" + digest), Resource.BLOB))) {
      return answer.status() == 200;
    } catch (RegistryException e) {
      if (e.kind() == Kind.UNAUTHORIZED || e.kind() == Kind.UNREACHABLE || e.kind() == Kind.UNAVAILABLE) {
        throw e;
      }
      return false;
    }
  }

  /**
   * Asks the registry to take a blob over from another of its repositories.
   *
   * @return empty if it was taken over; where to upload it otherwise
   */
  public Optional<Place> mount(Digest digest, String fromRepository) throws RegistryException {
    return begin(base.resolve("blobs/uploads/?mount=" + digest + "&from=" + fromRepository));
  }

  /** @return where to upload a blob */
  public Place begin() throws RegistryException {
    return begin(base.resolve("blobs/uploads/"))
        .orElseThrow(() -> new RegistryException(Kind.PROTOCOL, "the registry began no upload at " + base + "blobs/uploads/"));
  }

  private Optional<Place> begin(URI uri) throws RegistryException {
    try (Answer answer = requests.send(new Request("POST", uri, Resource.UPLOAD).withBody(BodyPublishers::noBody))) {
      if (answer.status() == 201) {
        return Optional.empty();
      }
      String smallest = answer.response().headers().firstValue("OCI-Chunk-Min-Length").orElse("");
      return Optional.of(new Place(location(answer.response(), uri), smallest.matches("\\d{1,12}") ? Long.parseLong(smallest) : 0));
    }
  }

  private static URI location(HttpResponse<?> response, URI asked) throws RegistryException {
    String location = response.headers().firstValue("Location").orElse("");
    try {
      URI uri = asked.resolve(location);
      if (location.isEmpty() || uri.getHost() == null || !("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
        throw new IllegalArgumentException("it needs http:// or https:// and a host");
      }
      if (uri.getScheme().equals("http") && asked.getScheme().equals("https")) {
        throw new IllegalArgumentException("it leads from https to http");
      }
      return uri;
    } catch (IllegalArgumentException e) {
      throw new RegistryException(Kind.PROTOCOL, "the registry names \"" + location + "\" as the place of an upload: " + e.getMessage(), e);
    }
  }

  /**
   * Uploads a blob: one stream, taken up again where it broke, if the registry remembers, or from the start. Where that is too much at once for the registry,
   * or for what stands before it, in chunks, which are made smaller until they are taken.
   *
   * @param begun where, as {@link #begin} or {@link #mount} said
   */
  public void upload(Place begun, Digest digest, long size, Source source, Listener listener) throws RegistryException {
    URI place = begun.uri();
    long offset = 0;
    long chunk = Long.MAX_VALUE;
    Duration wait = settings.backOff();
    for (int attempt = 1; ; attempt++) {
      RegistryException failure;
      try {
        while (offset < size || size == 0) {
          long end = Math.min(size, offset + Math.min(chunk, size));
          place = send(place, offset, end, size, source, listener);
          offset = end;
          if (size == 0) {
            break;
          }
        }
        finish(place, digest);
        return;
      } catch (RegistryException e) {
        failure = e;
      }
      if (failure.kind() == Kind.TOO_LARGE && nextChunk(chunk, size) >= Math.max(begun.smallestChunk(), SMALLEST_CHUNK)) {
        chunk = nextChunk(chunk, size);
        LOG.debug("upload of {} to {}: too large, from now on in chunks of {} bytes", digest, base, chunk);
        giveUp(place);
        place = begin().uri();
        offset = 0;
        attempt--;
        continue;
      }
      boolean passes = failure.kind() == Kind.UNREACHABLE || failure.kind() == Kind.UNAVAILABLE || failure.kind() == Kind.UPLOAD_LOST;
      if (!passes || attempt >= RegistrySettings.ATTEMPTS || Thread.currentThread().isInterrupted()) {
        giveUp(place);
        throw failure;
      }
      LOG.debug("upload of {} to {}: {}", digest, base, failure.getMessage());
      listener.waiting(wait);
      requests.pause(wait, failure);
      wait = wait.multipliedBy(2);
      Resumed resumed = resume(place);
      place = resumed.place();
      offset = resumed.offset() <= size ? resumed.offset() : 0;
    }
  }

  private static long nextChunk(long chunk, long size) {
    return chunk > LARGEST_CHUNK ? Math.min(LARGEST_CHUNK, (size + 1) / 2) : chunk / 2;
  }

  private URI send(URI place, long offset, long end, long size, Source source, Listener listener) throws RegistryException {
    Request request = new Request("PATCH", place, Resource.UPLOAD).withStream(() -> body(offset, end, source, listener));
    if (offset > 0 || end < size) {
      request = request.withHeader("Content-Range", offset + "-" + (end - 1));
    }
    try (Answer answer = requests.send(request.withHeader("Content-Type", "application/octet-stream"))) {
      return location(answer.response(), place);
    }
  }

  private static BodyPublisher body(long offset, long end, Source source, Listener listener) {
    LongConsumer progress = listener::progress;
    BodyPublisher stream = BodyPublishers.ofInputStream(() -> CountedStream.open(source, offset, end, progress));
    return end > offset ? BodyPublishers.fromPublisher(stream, end - offset) : BodyPublishers.noBody();
  }

  private void finish(URI place, Digest digest) throws RegistryException {
    URI uri = URI.create(place + (place.getRawQuery() == null ? "?" : "&") + "digest=" + digest.value().replace(":", "%3A"));
    try (Answer answer = requests.send(new Request("PUT", uri, Resource.UPLOAD).withBody(BodyPublishers::noBody))) {
      String stored = answer.response().headers().firstValue("Docker-Content-Digest").orElse(digest.value());
      if (!stored.equals(digest.value())) {
        throw new RegistryException(Kind.PROTOCOL, "the registry stored " + digest + " as \"" + stored + "\"");
      }
    }
  }

  /** Where a broken upload goes on. */
  private record Resumed(URI place, long offset) {}

  /** Asks how much of a broken upload has come; begins anew if the registry does not say. */
  private Resumed resume(URI place) throws RegistryException {
    try (Answer answer = requests.send(new Request("GET", place, Resource.UPLOAD))) {
      Matcher range = RANGE.matcher(answer.response().headers().firstValue("Range").orElse(""));
      // "0-0" stands for nothing as well as for one byte.
      if (answer.status() == 204 && range.matches() && Long.parseLong(range.group(1)) > 0) {
        return new Resumed(location(answer.response(), place), Long.parseLong(range.group(1)) + 1);
      }
    } catch (RegistryException e) {
      LOG.debug("the upload {} is not known any more: {}", place.getPath(), e.getMessage());
    }
    giveUp(place);
    return new Resumed(begin().uri(), 0);
  }

  /** Tells the registry that no more will come; it forgets by itself if it does not hear. */
  public void giveUp(URI place) {
    if (Thread.currentThread().isInterrupted()) {
      return;
    }
    try {
      requests.send(new Request("DELETE", place, Resource.UPLOAD).once()).close();
    } catch (RegistryException e) {
      LOG.debug("giving up the upload {}: {}", place.getPath(), e.getMessage());
    }
  }

  /** Stores a manifest under a tag or its digest. */
  public void manifest(String tagOrDigest, String mediaType, byte[] content) throws RegistryException {
    URI uri = base.resolve("manifests/" + tagOrDigest);
    Request request = new Request("PUT", uri, Resource.UPLOAD).withBody(() -> BodyPublishers.ofByteArray(content)).withHeader("Content-Type", mediaType);
    Digest digest = Digest.of(content);
    try (Answer answer = requests.send(request)) {
      String stored = answer.response().headers().firstValue("Docker-Content-Digest").orElse(digest.value());
      if (!stored.equals(digest.value())) {
        throw new RegistryException(Kind.PROTOCOL, "the registry stored the manifest " + digest + " as \"" + stored + "\"");
      }
    }
  }
}
