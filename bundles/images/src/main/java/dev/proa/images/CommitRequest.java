package dev.proa.images;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code docker commit}: what of a container, besides its files, becomes an image.
 *
 * @param parent full id of the image that the container was made of
 * @param repository name for the new image, possibly with its tag; null or empty for none
 * @param tag the {@code tag} parameter; null or empty for none
 * @param config the container's
 * @param changes Dockerfile instructions ({@code CMD}, {@code ENV}, …) over it, in order
 * @param createdBy the container's command, for the history
 * @param containerId the container's id
 */
public record CommitRequest(
    String parent,
    @Nullable String repository,
    @Nullable String tag,
    ImageConfig config,
    List<String> changes,
    String author,
    String comment,
    String createdBy,
    String containerId) {
  public CommitRequest {
    changes = List.copyOf(changes);
  }
}
