package dev.proa.lifecycle.containers;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * How to find out whether a container works (Engine API {@code HealthConfig}). Times in nanoseconds; 0 inherits from the image or takes
 * the default (30 s, 30 s, 0 s, 5 s).
 *
 * @param test empty inherits, {@code ["NONE"]} disables, {@code ["CMD", argv…]}, {@code ["CMD-SHELL", command]}
 * @param retries 0 inherits or takes 3
 */
@JsonNaming(UpperCamelCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_DEFAULT)
public record HealthConfig(
    @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable List<String> test,
    long interval,
    long timeout,
    int retries,
    long startPeriod,
    long startInterval) {
  public HealthConfig {
    test = Copies.of(test);
  }
}
