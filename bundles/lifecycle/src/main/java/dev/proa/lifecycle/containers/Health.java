package dev.proa.lifecycle.containers;

import java.time.Instant;
import java.util.List;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * What the health checks of a container found (Engine API {@code Health}).
 *
 * @param status starting, healthy, unhealthy
 * @param log the last five probes, the newest last
 */
@JsonNaming(UpperCamelCaseStrategy.class)
public record Health(String status, int failingStreak, List<Probe> log) {
  public Health {
    log = List.copyOf(log);
  }

  /** @param exitCode 0 healthy, 1 unhealthy, −1 when the probe could not be run or took too long */
  @JsonNaming(UpperCamelCaseStrategy.class)
  public record Probe(Instant start, Instant end, int exitCode, String output) {}
}
