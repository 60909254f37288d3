package dev.proa.lifecycle.containers;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * The body of {@code POST /containers/{id}/update}: what is 0, null or empty stays as it is.
 *
 * @param isolation the backend that is to run it from its next start on; Proa's own
 */
@JsonNaming(UpperCamelCaseStrategy.class)
public record UpdateRequest(@JsonUnwrapped Resources resources, @Nullable RestartPolicy restartPolicy, @Nullable String isolation) {}
