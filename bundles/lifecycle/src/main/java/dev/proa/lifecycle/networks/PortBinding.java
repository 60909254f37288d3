package dev.proa.lifecycle.networks;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** Where on the host a port of a container is published; an empty port lets the engine choose. */
@JsonNaming(UpperCamelCaseStrategy.class)
public record PortBinding(@JsonProperty("HostIp") @Nullable String hostIp, @Nullable String hostPort) {}
