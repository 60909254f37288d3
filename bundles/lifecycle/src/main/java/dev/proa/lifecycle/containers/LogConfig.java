package dev.proa.lifecycle.containers;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** The log driver of a container and its options. */
@JsonNaming(UpperCamelCaseStrategy.class)
public record LogConfig(@Nullable String type, @Nullable Map<String, String> config) {
  public LogConfig {
    config = Copies.of(config);
  }
}
