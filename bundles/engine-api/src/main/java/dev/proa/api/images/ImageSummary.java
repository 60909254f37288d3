package dev.proa.api.images;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.proa.api.router.ApiVersion;
import dev.proa.images.ImageRecord;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * An image in a list (Engine API {@code ImageSummary}).
 *
 * @param created seconds since 1970
 * @param sharedSize bytes; −1 if nobody asked
 * @param virtualSize the size again, for clients before API 1.44
 * @param containers how many use it; −1 if nobody asked
 */
@JsonNaming(UpperCamelCaseStrategy.class)
public record ImageSummary(
    String id,
    String parentId,
    List<String> repoTags,
    List<String> repoDigests,
    long created,
    long size,
    long sharedSize,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long virtualSize,
    @Nullable Map<String, String> labels,
    long containers) {
  public static final long NOT_COUNTED = -1;

  /** Clients before API 1.43 want placeholders where an image has no name. */
  public static ImageSummary of(ImageRecord image, ApiVersion version, long sharedSize, long containers) {
    boolean placeholders = version.before(1, 43) && image.repoTags().isEmpty() && image.repoDigests().isEmpty();
    return new ImageSummary(
        image.id(),
        image.parent(),
        placeholders ? List.of("<none>:<none>") : image.repoTags(),
        placeholders ? List.of("<none>@<none>") : image.repoDigests(),
        image.created() == null ? 0 : image.created().getEpochSecond(),
        image.sizeBytes(),
        sharedSize,
        version.before(1, 44) ? Long.valueOf(image.sizeBytes()) : null,
        image.config().labels(),
        containers);
  }
}
