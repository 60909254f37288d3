package dev.proa.lifecycle.containers;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.proa.lifecycle.networks.EndpointSettings;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A container in a list (Engine API {@code ContainerSummary}).
 *
 * @param created seconds since 1970
 * @param status for people: {@code Up 5 minutes (healthy)}
 */
@JsonNaming(UpperCamelCaseStrategy.class)
public record ContainerSummary(
    String id,
    List<String> names,
    String image,
    @JsonProperty("ImageID") String imageId,
    @JsonInclude(JsonInclude.Include.NON_NULL) ContainerView.@Nullable ImageDescriptor imageManifestDescriptor,
    String command,
    long created,
    List<Port> ports,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long sizeRw,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long sizeRootFs,
    Map<String, String> labels,
    String state,
    String status,
    HostConfigSummary hostConfig,
    NetworkSettingsSummary networkSettings,
    List<MountPoint> mounts) {

  @JsonNaming(UpperCamelCaseStrategy.class)
  public record Port(
      @JsonProperty("IP") @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable String ip,
      int privatePort,
      @JsonInclude(JsonInclude.Include.NON_DEFAULT) int publicPort,
      String type) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  public record HostConfigSummary(
      String networkMode, @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable Map<String, String> annotations) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  public record NetworkSettingsSummary(Map<String, EndpointSettings> networks) {}
}
