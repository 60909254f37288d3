package dev.proa.images.build;

import dev.proa.images.ImageConfig;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An image to be made of a stack.
 *
 * @param base id of the image that the build began with, whose history goes on; null for none
 * @param stack id of the stack
 * @param platform {@code os/architecture[/variant]}; null for the base's, or else this machine's
 * @param history what the build did, oldest first; as many lines with a layer as the stack has more than the base
 * @param created of the image
 * @param author empty for the base's
 */
public record Assembly(
    @Nullable String base, String stack, @Nullable String platform, ImageConfig config, List<Line> history, Instant created, String author) {
  public Assembly {
    history = List.copyOf(history);
  }

  /**
   * A line of history.
   *
   * @param layer whether it made one
   * @param comment empty mostly
   */
  public record Line(String createdBy, Instant created, boolean layer, String comment) {
    public Line(String createdBy, Instant created, boolean layer) {
      this(createdBy, created, layer, "");
    }
  }
}
