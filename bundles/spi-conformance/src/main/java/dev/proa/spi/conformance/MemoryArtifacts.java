package dev.proa.spi.conformance;

import dev.proa.spi.ProaException;
import dev.proa.spi.policy.ImageArtifacts;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What lies beside an image, in memory, with the limits that the engine sets. */
public final class MemoryArtifacts implements ImageArtifacts {
  private static final int MAX_QUESTIONS = 64;

  private final Map<String, Document> documents = new HashMap<>();
  private final List<String> questions = new ArrayList<>();
  private boolean unreachable;

  /** @return the digest of what is stored */
  public String putManifest(String tag, String mediaType, byte[] content) {
    String digest = digest(content);
    documents.put("manifest " + tag, new Document(mediaType, digest, content));
    documents.put("manifest " + digest, new Document(mediaType, digest, content));
    return digest;
  }

  public String putBlob(byte[] content) {
    String digest = digest(content);
    documents.put("blob " + digest, new Document("", digest, content));
    return digest;
  }

  public void putReferrers(String subject, byte[] index) {
    documents.put("referrers " + subject, new Document("application/vnd.oci.image.index.v1+json", digest(index), index));
  }

  /** From now on every question fails as it does when the registry cannot be reached. */
  public void cutOff() {
    unreachable = true;
  }

  /** Each document in turn replaced by what a function makes of it, under its old name: what a registry that lies would send. */
  public MemoryArtifacts with(java.util.function.UnaryOperator<byte[]> damage) {
    MemoryArtifacts other = new MemoryArtifacts();
    documents.forEach(
        (name, document) -> other.documents.put(name, new Document(document.mediaType(), document.digest(), damage.apply(document.content()))));
    return other;
  }

  /** The same with one digest written for another in all names, their contents left alone. */
  public MemoryArtifacts renamed(String from, String to) {
    MemoryArtifacts other = new MemoryArtifacts();
    documents.forEach(
        (name, document) ->
            other.documents.put(name.replace(from, to).replace(from.replace(':', '-'), to.replace(':', '-')), document));
    return other;
  }

  /** What was asked, in order. */
  public List<String> questions() {
    return List.copyOf(questions);
  }

  @Override
  public Optional<Document> manifest(String tagOrDigest) {
    return answer("manifest " + tagOrDigest);
  }

  @Override
  public Optional<Document> referrers(String digest) {
    return answer("referrers " + digest);
  }

  @Override
  public Optional<Document> blob(String digest) {
    return answer("blob " + digest);
  }

  private Optional<Document> answer(String question) {
    questions.add(question);
    if (unreachable) {
      throw ProaException.unavailable("the registry cannot be reached", null);
    }
    if (questions.size() > MAX_QUESTIONS) {
      throw ProaException.invalid("more than " + MAX_QUESTIONS + " documents were asked for");
    }
    return Optional.ofNullable(documents.get(question));
  }

  public static String digest(byte[] content) {
    try {
      return "sha256:" + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
