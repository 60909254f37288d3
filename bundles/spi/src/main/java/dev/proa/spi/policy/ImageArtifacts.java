package dev.proa.spi.policy;

import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What lies beside an image in its repository. While an image is pulled this asks the registry; whatever was given out then is kept with the
 * image, and later uses of it are answered from there alone, without a network. So a verifier asks again each time, and gets the same.
 *
 * <p>All that one verification may read is limited: 64 answers, 4 MiB each document, 8 MiB together.
 *
 * <p>All methods throw {@link dev.proa.spi.ProaException}: {@code UNAVAILABLE} if the registry cannot be asked, {@code RESOURCE_EXHAUSTED} beyond the
 * limits, {@code DATA_LOSS} for content that is not what its digest says, other classes for what the registry refuses. A verifier lets them pass.
 */
@ProviderType
public interface ImageArtifacts {
  /**
   * A manifest or an index of the repository.
   *
   * @param tagOrDigest a digest is verified
   * @return empty if the repository has none of that name
   */
  Optional<Document> manifest(String tagOrDigest);

  /**
   * The index of what refers to a manifest by its {@code subject} (distribution-spec 1.1, "Listing Referrers"), by the registry's API or by the tag
   * {@code sha256-HEX}.
   *
   * @return empty if there is none
   */
  Optional<Document> referrers(String digest);

  /** A blob of the repository, verified; empty if there is none. */
  Optional<Document> blob(String digest);

  /**
   * @param mediaType as the registry declares it; empty if it does not
   * @param digest of the content
   */
  record Document(String mediaType, String digest, byte[] content) {}
}
