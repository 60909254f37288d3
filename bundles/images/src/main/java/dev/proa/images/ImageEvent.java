package dev.proa.images;

import java.time.Instant;
import java.util.Map;

/**
 * Something happened to an image.
 *
 * @param action {@code pull}, {@code load}, {@code import}, {@code save}, {@code tag}, {@code untag}, {@code delete}, {@code prune}
 * @param id the actor's id: {@code sha256:…}, or the reference for {@code pull}; empty for {@code prune}
 * @param attributes {@code name}, and the image's labels; {@code reclaimed} for {@code prune}
 */
public record ImageEvent(String action, String id, Map<String, String> attributes, Instant time) {
  public ImageEvent {
    attributes = Map.copyOf(attributes);
  }
}
