package dev.proa.images;

import java.util.List;

/** Which containers use an image; lifecycle knows. */
@FunctionalInterface
public interface ImageUsers {
  List<ImageUser> of(String imageId);

  /** @param running also when paused */
  record ImageUser(String containerId, boolean running) {}
}
