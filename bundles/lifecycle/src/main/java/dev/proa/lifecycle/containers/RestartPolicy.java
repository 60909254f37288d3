package dev.proa.lifecycle.containers;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** {@code name} one of no (or empty), always, unless-stopped, on-failure; the count is for on-failure only, 0 without limit. */
@JsonNaming(UpperCamelCaseStrategy.class)
public record RestartPolicy(@Nullable String name, int maximumRetryCount) {}
