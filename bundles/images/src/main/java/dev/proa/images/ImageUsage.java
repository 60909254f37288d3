package dev.proa.images;

import java.util.Map;

/**
 * Who takes how much.
 *
 * @param layersBytes of all layers of all images unpacked, each counted once
 * @param contentBytes of all blobs in the content store
 * @param sharedBytes by image id: of the layers it shares with other images
 */
public record ImageUsage(long layersBytes, long contentBytes, Map<String, Long> sharedBytes) {
  public ImageUsage {
    sharedBytes = Map.copyOf(sharedBytes);
  }
}
