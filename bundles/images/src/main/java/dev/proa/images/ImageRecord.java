package dev.proa.images;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One image, as of now.
 *
 * @param id {@code sha256:…}, digest of the configuration
 * @param repoTags familiar names: {@code busybox:latest}
 * @param repoDigests familiar names with the manifest's digest: {@code busybox@sha256:…}
 * @param parent id of the image it was built from here, empty otherwise
 * @param created as the configuration says; null if it does not
 * @param sizeBytes of all layers, unpacked
 * @param layers lowest first
 * @param lastTagged when a name was last given here; null if never
 */
public record ImageRecord(
    String id,
    List<String> repoTags,
    List<String> repoDigests,
    String parent,
    String comment,
    @Nullable Instant created,
    String author,
    String dockerVersion,
    String architecture,
    String variant,
    String os,
    String osVersion,
    long sizeBytes,
    List<Layer> layers,
    ImageConfig config,
    @Nullable Instant lastTagged) {
  public ImageRecord {
    repoTags = List.copyOf(repoTags);
    repoDigests = List.copyOf(repoDigests);
    layers = List.copyOf(layers);
  }

  /**
   * A layer of an image.
   *
   * @param diffId digest of the uncompressed tar
   * @param chainId its name in the storage driver
   * @param sizeBytes unpacked, without its parents
   */
  public record Layer(String diffId, String chainId, long sizeBytes) {}

  /** The layer a container's root is prepared on; null for an image without layers. */
  public @Nullable String topChainId() {
    return layers.isEmpty() ? null : layers.getLast().chainId();
  }

  /** Whether no tag names it. */
  public boolean dangling() {
    return repoTags.isEmpty();
  }
}
