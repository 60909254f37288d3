package dev.proa.lifecycle.containers;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * The state of a container (Engine API {@code ContainerState}).
 *
 * @param status created, running, paused, restarting, removing, exited or dead
 * @param startedAt {@link #NEVER} before the first start
 */
@JsonNaming(UpperCamelCaseStrategy.class)
public record ContainerState(
    String status,
    boolean running,
    boolean paused,
    boolean restarting,
    @JsonProperty("OOMKilled") boolean oomKilled,
    boolean dead,
    int pid,
    int exitCode,
    String error,
    Instant startedAt,
    Instant finishedAt,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Health health) {

  /** What the API says for "not yet". */
  public static final Instant NEVER = Instant.parse("0001-01-01T00:00:00Z");
}
