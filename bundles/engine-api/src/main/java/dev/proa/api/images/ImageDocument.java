package dev.proa.api.images;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.proa.api.router.ApiVersion;
import dev.proa.images.ImageRecord;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** Everything about an image (Engine API {@code ImageInspect}). */
@JsonNaming(UpperCamelCaseStrategy.class)
record ImageDocument(
    String id,
    List<String> repoTags,
    List<String> repoDigests,
    String parent,
    String comment,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Instant created,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String container,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Object containerConfig,
    String dockerVersion,
    String author,
    Object config,
    String architecture,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) String variant,
    String os,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) String osVersion,
    long size,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long virtualSize,
    GraphDriver graphDriver,
    @JsonProperty("RootFS") RootFs rootFs,
    Metadata metadata) {

  /** What Go prints for a time that was never set. */
  private static final Instant NEVER = Instant.parse("0001-01-01T00:00:00Z");

  /** @param ofContainer whether to tell of the container that the image was committed from, as was done before API 1.45 */
  static ImageDocument of(ImageRecord image, ApiVersion version, boolean ofContainer, String storageDriver) {
    Instant created = image.created();
    if (created == null && version.before(1, 44)) {
      created = NEVER;
    }
    Object config = ImageConfigDocument.of(image.config(), version);
    return new ImageDocument(
        image.id(),
        image.repoTags(),
        image.repoDigests(),
        image.parent(),
        image.comment(),
        created,
        ofContainer ? "" : null,
        ofContainer ? config : null,
        image.dockerVersion(),
        image.author(),
        config,
        image.architecture(),
        image.variant(),
        image.os(),
        image.osVersion(),
        image.sizeBytes(),
        version.before(1, 44) ? Long.valueOf(image.sizeBytes()) : null,
        new GraphDriver(null, storageDriver),
        new RootFs("layers", image.layers().stream().map(ImageRecord.Layer::diffId).toList()),
        new Metadata(image.lastTagged() == null ? NEVER : image.lastTagged()));
  }

  @JsonNaming(UpperCamelCaseStrategy.class)
  record GraphDriver(@Nullable Map<String, String> data, String name) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  record RootFs(String type, @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> layers) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  record Metadata(Instant lastTagTime) {}
}
