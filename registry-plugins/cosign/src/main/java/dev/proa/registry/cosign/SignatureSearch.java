package dev.proa.registry.cosign;

import dev.proa.spi.policy.ImageArtifacts;
import dev.proa.spi.policy.ImageArtifacts.Document;
import dev.proa.spi.policy.ImageSubject;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/**
 * Finds the signatures of an image: by the tag {@code sha256-HEX.sig}, as cosign and containers/image write them, and among the referrers of the manifest. Reads
 * one after the other until one is enough, and never more than a few.
 */
final class SignatureSearch {
  /** More are not looked at: whoever may write to a repository could otherwise keep every pull busy. */
  static final int MAX_SIGNATURES = 16;

  private static final int MAX_MANIFESTS = 8;
  private static final int MAX_PAYLOAD = 64 << 10;
  private static final int MAX_SIGNATURE_TEXT = 4096;
  private static final String PAYLOAD = "application/vnd.dev.cosign.simplesigning.v1+json";
  private static final String SIGNATURE = "dev.cosignproject.cosign/signature";
  private static final String ARTIFACT = "application/vnd.dev.cosign.artifact.sig.v1+json";

  private final ImageArtifacts artifacts;
  private final Predicate<Signature> enough;
  private int seen;
  private int manifests;
  private int broken;
  private boolean more;

  /** @param enough looks at one, and says whether the search is over */
  SignatureSearch(ImageArtifacts artifacts, Predicate<Signature> enough) {
    this.artifacts = artifacts;
    this.enough = enough;
  }

  /** How many signatures were looked at. */
  int seen() {
    return seen;
  }

  /** How many things stood in the place of a signature and were none. */
  int broken() {
    return broken;
  }

  /** Whether there were more than are looked at. */
  boolean more() {
    return more;
  }

  /** @return whether one was enough */
  boolean of(ImageSubject subject) {
    for (String digest : subject.digests()) {
      if (tagged(digest) || referring(digest)) {
        return true;
      }
    }
    return false;
  }

  private boolean tagged(String digest) {
    return artifacts.manifest(digest.replace(':', '-') + ".sig").filter(this::manifest).isPresent();
  }

  private boolean referring(String digest) {
    Optional<Document> index = artifacts.referrers(digest);
    if (index.isEmpty()) {
      return false;
    }
    JsonNode json = Documents.object(index.get().content()).orElse(null);
    if (json == null || !json.path("manifests").isArray()) {
      broken++;
      return false;
    }
    for (JsonNode entry : json.path("manifests")) {
      // Only the tag's index may leave out what an artifact is.
      String type = Documents.text(entry.path("artifactType"));
      String name = Documents.text(entry.path("digest"));
      if (!type.isEmpty() && !type.equals(ARTIFACT) || !isDigest(name)) {
        continue;
      }
      if (++manifests > MAX_MANIFESTS) {
        more = true;
        return false;
      }
      if (artifacts.manifest(name).filter(this::manifest).isPresent()) {
        return true;
      }
    }
    return false;
  }

  private boolean manifest(Document manifest) {
    JsonNode json = Documents.object(manifest.content()).orElse(null);
    if (json == null || !json.path("layers").isArray()) {
      broken++;
      return false;
    }
    for (JsonNode layer : json.path("layers")) {
      if (!Documents.text(layer.path("mediaType")).equals(PAYLOAD)) {
        continue;
      }
      if (++seen > MAX_SIGNATURES) {
        seen--;
        more = true;
        return false;
      }
      Optional<Signature> signature = signature(layer);
      if (signature.isEmpty()) {
        broken++;
      } else if (enough.test(signature.get())) {
        return true;
      }
    }
    return false;
  }

  private Optional<Signature> signature(JsonNode layer) {
    String text = Documents.text(layer.path("annotations").path(SIGNATURE));
    String digest = Documents.text(layer.path("digest"));
    long size = layer.path("size").isIntegralNumber() && layer.path("size").canConvertToLong() ? layer.path("size").longValue() : -1;
    if (text.isEmpty() || text.length() > MAX_SIGNATURE_TEXT || !isDigest(digest) || size < 0 || size > MAX_PAYLOAD) {
      return Optional.empty();
    }
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    return artifacts.blob(digest).filter(payload -> payload.content().length <= MAX_PAYLOAD).map(payload -> new Signature(payload, bytes));
  }

  private static boolean isDigest(String text) {
    return text.matches("sha256:[0-9a-f]{64}");
  }
}
