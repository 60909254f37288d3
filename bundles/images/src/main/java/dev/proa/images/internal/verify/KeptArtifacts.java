package dev.proa.images.internal.verify;

import dev.proa.images.internal.catalog.Evidence;
import dev.proa.images.internal.content.ContentStore;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.manifest.Json;
import dev.proa.spi.ProaException;
import dev.proa.spi.policy.ImageArtifacts;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Artifacts as they were when the image was pulled.
 *
 * @param evidence null if nothing was kept
 */
record KeptArtifacts(@Nullable Evidence evidence, ContentStore content) implements ImageArtifacts {
  @Override
  public Optional<Document> manifest(String tagOrDigest) {
    return answer(RemoteArtifacts.manifestQuestion(tagOrDigest));
  }

  @Override
  public Optional<Document> referrers(String digest) {
    return answer(RemoteArtifacts.referrersQuestion(digest));
  }

  @Override
  public Optional<Document> blob(String digest) {
    return answer(RemoteArtifacts.blobQuestion(digest));
  }

  private Optional<Document> answer(String question) {
    return evidence == null
        ? Optional.empty()
        : evidence.answers().stream().filter(answer -> answer.question().equals(question)).findFirst().map(this::document);
  }

  private Document document(Evidence.Answer answer) {
    byte[] bytes = content.read(answer.blob(), Json.MAX_DOCUMENT);
    if (!Digest.of(bytes).equals(answer.blob())) {
      throw ProaException.dataLoss("the blob " + answer.blob() + " in the content store is damaged; pull the image again");
    }
    return new Document(answer.mediaType(), answer.blob().value(), bytes);
  }
}
