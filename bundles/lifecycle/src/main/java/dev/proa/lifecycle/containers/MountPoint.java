package dev.proa.lifecycle.containers;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A mount of a container as it came to be (Engine API {@code MountPoint}).
 *
 * @param type bind, volume, tmpfs
 * @param name of the volume
 * @param source on the host; empty for tmpfs
 */
@JsonNaming(UpperCamelCaseStrategy.class)
public record MountPoint(
    @JsonInclude(JsonInclude.Include.NON_EMPTY) String type,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable String name,
    String source,
    String destination,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable String driver,
    String mode,
    @JsonProperty("RW") boolean rw,
    String propagation) {}
