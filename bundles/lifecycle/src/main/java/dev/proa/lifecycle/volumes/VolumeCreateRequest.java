package dev.proa.lifecycle.volumes;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** The body of {@code POST /volumes/create}; without a name the volume is anonymous. */
@JsonNaming(UpperCamelCaseStrategy.class)
public record VolumeCreateRequest(
    @Nullable String name, @Nullable String driver, @Nullable Map<String, String> driverOpts, @Nullable Map<String, String> labels) {}
