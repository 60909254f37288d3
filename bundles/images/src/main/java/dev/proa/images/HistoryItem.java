package dev.proa.images;

import java.util.List;

/**
 * A line of {@code docker history}.
 *
 * @param id the image's id on the newest line, {@code <missing>} where no image of ours stands behind it
 * @param created seconds since the epoch, 0 if unknown
 * @param sizeBytes of the layer, 0 for a line that made none
 */
public record HistoryItem(String id, long created, String createdBy, List<String> tags, long sizeBytes, String comment) {
  public HistoryItem {
    tags = List.copyOf(tags);
  }
}
