package dev.proa.builder.internal;

import dev.proa.images.ImageConfig;
import dev.proa.images.build.Assembly;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a stage came to.
 *
 * @param base id of the image at its bottom; null for none
 * @param stack id of its layers
 * @param stateKey names all that led here, for the steps of a stage that begins with this one
 * @param arguments what it has declared, for such a stage
 */
record StageResult(
    @Nullable String base, String stack, ImageConfig config, List<Assembly.Line> history, String author, String platform, String stateKey, Arguments arguments) {
  StageResult {
    history = List.copyOf(history);
  }
}
