package dev.proa.images.internal.registry;

import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.manifest.Json;
import dev.proa.images.internal.manifest.MediaTypes;
import dev.proa.images.internal.registry.RegistryAddress.Rung;
import dev.proa.images.internal.registry.RegistryException.Kind;
import dev.proa.images.internal.registry.Requests.Answer;
import dev.proa.images.internal.registry.Requests.Request;
import dev.proa.images.internal.registry.Requests.Resource;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One repository of one registry (distribution-spec, "Pull"). Thread-safe. */
public final class RegistryClient {
  private static final int MAX_PAGES = 1000;
  private static final int MAX_TAGS = 100_000;
  private static final Pattern NEXT_LINK = Pattern.compile("<([^<>]{1,4096})>\\s*;[^,]*rel=\"?next\"?");
  private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-.*");

  private final RegistrySettings settings;
  private final Rung rung;
  private final RegistryAddress address;
  private final String repository;
  private final Requests requests;
  private final Access access;

  RegistryClient(RegistrySettings settings, Rung rung, RegistryAddress address, String repository, Requests requests, Access access) {
    this.settings = settings;
    this.rung = rung;
    this.address = address;
    this.repository = repository;
    this.requests = requests;
    this.access = access;
  }

  public RegistryAddress address() {
    return address;
  }

  /** For what is put into the repository. */
  public RegistryUploads uploads() {
    return new RegistryUploads(requests, settings, rung.base().resolve(repository + "/"));
  }

  /** Waits before another attempt. */
  public void pause(Duration wait, RegistryException failure) throws RegistryException {
    requests.pause(wait, failure);
  }

  public Duration backOff() {
    return settings.backOff();
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
    try (Answer answer = requests.send(new Request("GET", uri, Resource.MANIFEST).withHeader("Accept", MediaTypes.ACCEPT))) {
      byte[] content = Requests.limited(answer, uri, Json.MAX_DOCUMENT);
      Digest digest = Digest.of(content);
      if (tagOrDigest.startsWith("sha256:") && !digest.value().equals(tagOrDigest)) {
        throw new RegistryException(Kind.PROTOCOL, "manifest verification failed for digest " + tagOrDigest + ": the registry sent " + digest);
      }
      String type = answer.response().headers().firstValue("Content-Type").orElse("");
      int parameters = type.indexOf(';');
      return new ManifestBytes((parameters < 0 ? type : type.substring(0, parameters)).strip(), digest, content);
    }
  }

  /** The same, empty if the repository has none of that name. */
  public Optional<ManifestBytes> findManifest(String tagOrDigest) throws RegistryException {
    try {
      return Optional.of(manifest(tagOrDigest));
    } catch (RegistryException e) {
      if (e.kind() == Kind.MANIFEST_UNKNOWN || e.kind() == Kind.NAME_UNKNOWN) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The index of what refers to a manifest (distribution-spec, "Listing Referrers"); empty if the registry does not know that request. */
  public Optional<ManifestBytes> referrers(Digest subject) throws RegistryException {
    URI uri = rung.base().resolve(repository + "/referrers/" + subject);
    try (Answer answer = requests.send(new Request("GET", uri, Resource.REFERRERS).withHeader("Accept", MediaTypes.OCI_INDEX))) {
      byte[] content = Requests.limited(answer, uri, Json.MAX_DOCUMENT);
      return Optional.of(new ManifestBytes(MediaTypes.OCI_INDEX, Digest.of(content), content));
    } catch (RegistryException e) {
      if (e.kind() == Kind.MANIFEST_UNKNOWN || e.kind() == Kind.NAME_UNKNOWN || e.kind() == Kind.PROTOCOL) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** A small blob whole, verified; empty if the repository has none. */
  public Optional<byte[]> findSmallBlob(Digest digest, int limit) throws RegistryException {
    try {
      return Optional.of(smallBlob(digest, limit));
    } catch (RegistryException e) {
      if (e.kind() == Kind.BLOB_UNKNOWN || e.kind() == Kind.NAME_UNKNOWN) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** A small blob whole, verified. */
  public byte[] smallBlob(Digest digest, int limit) throws RegistryException {
    URI uri = blobUri(digest);
    try (Answer answer = requests.send(new Request("GET", uri, Resource.BLOB))) {
      byte[] content = Requests.limited(answer, uri, limit);
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
    Request request = new Request("GET", blobUri(digest), Resource.BLOB);
    Answer answer = requests.send(offset > 0 ? request.withHeader("Range", "bytes=" + offset + "-") : request);
    long start = 0;
    if (answer.response().statusCode() == 206) {
      Matcher range = CONTENT_RANGE.matcher(answer.response().headers().firstValue("Content-Range").orElse(""));
      start = range.matches() ? Long.parseLong(range.group(1)) : offset;
      if (start > offset) {
        answer.close();
        throw new RegistryException(Kind.PROTOCOL, "the registry sent bytes from " + start + " of " + digest + " instead of " + offset);
      }
    }
    return new BlobBody(answer.response().body(), start);
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
      try (Answer answer = requests.send(new Request("GET", uri, Resource.TAGS))) {
        List<String> found = Json.strings(Json.parseObject(Requests.limited(answer, uri, Json.MAX_DOCUMENT), "the list of tags"), "tags", "the list of tags");
        tags.addAll(found == null ? List.of() : found);
        Matcher next = NEXT_LINK.matcher(answer.response().headers().firstValue("Link").orElse(""));
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

  byte[] search(String term, int limit) throws RegistryException {
    URI uri = rung.base().resolve("../v1/search?q=" + URLEncoder.encode(term, StandardCharsets.UTF_8) + "&n=" + limit);
    try (Answer answer = requests.send(new Request("GET", uri, Resource.SEARCH).withHeader("Accept", "application/json"))) {
      return Requests.limited(answer, uri, Json.MAX_DOCUMENT);
    }
  }

  String login() throws RegistryException {
    requests.send(new Request("GET", rung.base(), Resource.BASE)).close();
    return access.refreshToken();
  }

}
