package dev.proa.images;

import java.util.List;

/**
 * A blob in the content store, and who needs it.
 *
 * @param kind {@code layer}, {@code config}, {@code manifest} (or index), {@code signature} (what image verifiers read); {@code orphan} if nobody needs it: it goes when
 *     content is next collected
 * @param owners ids of the images that it is part of, and {@link #BUILD_CACHE}
 */
public record BlobUsage(String digest, long sizeBytes, String kind, List<String> owners) {
  /** The owner of what builds keep. */
  public static final String BUILD_CACHE = "build cache";

  public BlobUsage {
    owners = List.copyOf(owners);
  }
}
