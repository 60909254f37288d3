package dev.proa.lifecycle.system;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** Engine API {@code SystemVersion}. */
@JsonNaming(UpperCamelCaseStrategy.class)
public record Version(
    Platform platform,
    List<Component> components,
    String version,
    String apiVersion,
    @JsonProperty("MinAPIVersion") String minApiVersion,
    String gitCommit,
    String goVersion,
    String os,
    String arch,
    String kernelVersion,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean experimental,
    String buildTime) {

  @JsonNaming(UpperCamelCaseStrategy.class)
  public record Platform(String name) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  public record Component(String name, String version, @Nullable Map<String, String> details) {}
}
