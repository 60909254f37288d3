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

  static ImageDocument of(ImageRecord image, ApiVersion version, String storageDriver) {
    Instant created = image.created();
    if (created == null && version.before(1, 44)) {
      created = NEVER;
    }
    return new ImageDocument(
        image.id(),
        image.repoTags(),
        image.repoDigests(),
        image.parent(),
        image.comment(),
        created,
        image.dockerVersion(),
        image.author(),
        ImageConfigDocument.of(image.config(), version),
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
