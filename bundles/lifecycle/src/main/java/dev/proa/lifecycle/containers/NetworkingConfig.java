package dev.proa.lifecycle.containers;

import dev.proa.lifecycle.networks.EndpointSettings;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** The networks to attach a new container to, by name or id. */
@JsonNaming(UpperCamelCaseStrategy.class)
public record NetworkingConfig(@Nullable Map<String, @Nullable EndpointSettings> endpointsConfig) {
  public NetworkingConfig {
    endpointsConfig = Copies.of(endpointsConfig);
  }
}
