package dev.proa.images.internal.verify;

import dev.proa.images.Reference;
import dev.proa.images.internal.catalog.Evidence;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.manifest.Json;
import dev.proa.images.internal.registry.RegistryClient;
import dev.proa.images.internal.registry.RegistryClient.ManifestBytes;
import dev.proa.images.internal.registry.RegistryException;
import dev.proa.spi.ProaException;
import dev.proa.spi.policy.ImageArtifacts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Artifacts as the registry has them; remembers what it gave out. Of one pull, and of one thread at a time. */
final class RemoteArtifacts implements ImageArtifacts {
  private static final int MAX_ANSWERS = 64;
  private static final int MAX_BYTES = 8 << 20;

  private final RegistryClient client;
  private final Reference reference;
  private final Map<String, Optional<Document>> answers = new LinkedHashMap<>();
  private int bytes;

  RemoteArtifacts(RegistryClient client, Reference reference) {
    this.client = client;
    this.reference = reference;
  }

  @Override
  public Optional<Document> manifest(String tagOrDigest) {
    return answer(manifestQuestion(tagOrDigest), () -> client.findManifest(named(tagOrDigest)).map(RemoteArtifacts::document));
  }

  @Override
  public Optional<Document> referrers(String digest) {
    Digest subject = new Digest(digest);
    return answer(
        referrersQuestion(digest),
        () -> {
          Optional<ManifestBytes> found = client.referrers(subject);
          // Registries that do not know the API are written to by this tag (distribution-spec, "Referrers Tag Schema").
          return (found.isPresent() ? found : client.findManifest("sha256-" + subject.hex())).map(RemoteArtifacts::document);
        });
  }

  @Override
  public Optional<Document> blob(String digest) {
    Digest blob = new Digest(digest);
    return answer(
        blobQuestion(digest), () -> client.findSmallBlob(blob, Json.MAX_DOCUMENT).map(content -> new Document("", blob.value(), content)));
  }

  static String manifestQuestion(String tagOrDigest) {
    return "manifest " + tagOrDigest;
  }

  static String referrersQuestion(String digest) {
    return "referrers " + digest;
  }

  static String blobQuestion(String digest) {
    return "blob " + digest;
  }

  /** A verifier may take names from what a registry says: nothing but a tag or a digest becomes part of an address. */
  private String named(String tagOrDigest) {
    return tagOrDigest.indexOf(':') >= 0 ? new Digest(tagOrDigest).value() : String.valueOf(reference.withTag(tagOrDigest).tag());
  }

  private static Document document(ManifestBytes manifest) {
    return new Document(manifest.mediaType(), manifest.digest().value(), manifest.content());
  }

  @FunctionalInterface
  private interface Question {
    Optional<Document> ask() throws RegistryException;
  }

  private Optional<Document> answer(String key, Question question) {
    Optional<Document> known = answers.get(key);
    if (known != null) {
      return known;
    }
    if (answers.size() >= MAX_ANSWERS) {
      throw ProaException.invalid("more than " + MAX_ANSWERS + " documents beside " + reference.familiar() + " would have to be read");
    }
    Optional<Document> answer;
    try {
      answer = question.ask();
    } catch (RegistryException e) {
      throw e.about(reference);
    }
    bytes += answer.map(document -> document.content().length).orElse(0);
    if (bytes > MAX_BYTES) {
      throw ProaException.invalid("the documents beside " + reference.familiar() + " are larger than " + MAX_BYTES + " bytes");
    }
    answers.put(key, answer);
    return answer;
  }

  /** What was given out, for later. */
  Evidence evidence(List<Digest> digests) {
    List<Evidence.Answer> kept = new ArrayList<>();
    answers.forEach(
        (question, answer) ->
            answer.ifPresent(document -> kept.add(new Evidence.Answer(question, document.mediaType(), new Digest(document.digest())))));
    return new Evidence(reference.name(), reference.toString(), digests, kept);
  }

  /** The documents that {@link #evidence} refers to. */
  List<byte[]> documents() {
    return answers.values().stream().flatMap(Optional::stream).map(Document::content).toList();
  }
}
