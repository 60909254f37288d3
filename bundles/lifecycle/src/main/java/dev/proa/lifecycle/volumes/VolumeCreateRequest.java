package dev.proa.lifecycle.volumes;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** The body of {@code POST /volumes/create}; without a name the volume is anonymous. */
@JsonNaming(UpperCamelCaseStrategy.class)
public record VolumeCreateRequest(
    @Nullable String name, @Nullable String driver, @JsonSetter(contentNulls = Nulls.AS_EMPTY) @Nullable Map<String, String> driverOpts, @JsonSetter(contentNulls = Nulls.AS_EMPTY) @Nullable Map<String, String> labels) {}
