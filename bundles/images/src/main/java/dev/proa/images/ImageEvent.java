package dev.proa.images;

import java.time.Instant;
import java.util.Map;

/**
 * Something happened to an image.
 *
 * @param action {@code pull}, {@code load}, {@code import}, {@code save}, {@code tag}, {@code untag}, {@code delete}, {@code prune}, {@code verify}
 * @param id the actor's id: {@code sha256:…}, or the reference for {@code pull} and {@code verify}; empty for {@code prune}
 * @param attributes {@code name}, and the image's labels; {@code reclaimed} for {@code prune}; {@code verifier}, {@code outcome} ({@code verified}, {@code
 *     unverified}, {@code refused}) and {@code detail} for {@code verify}
 */
public record ImageEvent(String action, String id, Map<String, String> attributes, Instant time) {
  public ImageEvent {
    attributes = Map.copyOf(attributes);
  }
}
