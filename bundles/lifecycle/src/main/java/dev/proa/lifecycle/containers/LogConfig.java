package dev.proa.lifecycle.containers;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** The log driver of a container and its options. */
@JsonNaming(UpperCamelCaseStrategy.class)
public record LogConfig(@Nullable String type, @JsonSetter(contentNulls = Nulls.AS_EMPTY) @Nullable Map<String, String> config) {
  /** Where the operator has chosen nothing. */
  public static final LogConfig DEFAULT = new LogConfig("json-file", Map.of());

  public LogConfig {
    config = Copies.of(config);
  }

  /** With what is the default filled in: the driver, and of the default driver the options that are not given. */
  public static LogConfig complete(@Nullable LogConfig given, LogConfig byDefault) {
    if (given == null) {
      return byDefault;
    }
    String type = given.type() == null || given.type().isEmpty() ? byDefault.type() : given.type();
    Map<String, String> options = new LinkedHashMap<>();
    if (Objects.equals(type, byDefault.type()) && byDefault.config() != null) {
      options.putAll(byDefault.config());
    }
    if (given.config() != null) {
      options.putAll(given.config());
    }
    return new LogConfig(type, options);
  }
}
