package dev.proa.lifecycle.volumes;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** A volume (Engine API {@code Volume}). */
@JsonNaming(UpperCamelCaseStrategy.class)
public record Volume(
    Instant createdAt,
    String driver,
    @Nullable Map<String, String> labels,
    String mountpoint,
    String name,
    @Nullable Map<String, String> options,
    String scope,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable Map<String, String> status,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable UsageData usageData) {

  public Volume with(Map<String, String> newStatus) {
    return new Volume(createdAt, driver, labels, mountpoint, name, options, scope, newStatus, usageData);
  }

  /** @param size bytes, −1 if not measured; @param refCount containers that use it */
  @JsonNaming(UpperCamelCaseStrategy.class)
  public record UsageData(long refCount, long size) {}
}
