package dev.proa.lifecycle.containers;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.proa.lifecycle.networks.EndpointSettings;
import dev.proa.lifecycle.networks.PortBinding;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** Everything about a container (Engine API {@code ContainerInspectResponse}). */
@JsonNaming(UpperCamelCaseStrategy.class)
public record ContainerView(
    String id,
    Instant created,
    String path,
    List<String> args,
    ContainerState state,
    String image,
    String resolvConfPath,
    String hostnamePath,
    String hostsPath,
    String logPath,
    String name,
    int restartCount,
    String driver,
    String platform,
    String mountLabel,
    String processLabel,
    String appArmorProfile,
    @JsonProperty("ExecIDs") @Nullable List<String> execIds,
    HostConfig hostConfig,
    GraphDriver graphDriver,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long sizeRw,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long sizeRootFs,
    List<MountPoint> mounts,
    ContainerConfig config,
    NetworkSettings networkSettings,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable ImageDescriptor imageManifestDescriptor) {

  /** The storage driver and where it keeps the root. */
  @JsonNaming(UpperCamelCaseStrategy.class)
  public record GraphDriver(@Nullable Map<String, String> data, String name) {}

  /** An OCI descriptor; its names are in lower case. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record ImageDescriptor(String mediaType, String digest, long size, @Nullable Map<String, String> platform) {}

  /** The members before {@code networks} repeat the default network's, for old clients. */
  @JsonNaming(UpperCamelCaseStrategy.class)
  public record NetworkSettings(
      String bridge,
      @JsonProperty("SandboxID") String sandboxId,
      String sandboxKey,
      Map<String, @Nullable List<PortBinding>> ports,
      boolean hairpinMode,
      @JsonProperty("LinkLocalIPv6Address") String linkLocalIpv6Address,
      @JsonProperty("LinkLocalIPv6PrefixLen") int linkLocalIpv6PrefixLen,
      @JsonProperty("SecondaryIPAddresses") @Nullable List<String> secondaryIpAddresses,
      @JsonProperty("SecondaryIPv6Addresses") @Nullable List<String> secondaryIpv6Addresses,
      @JsonProperty("EndpointID") String endpointId,
      String gateway,
      @JsonProperty("GlobalIPv6Address") String globalIpv6Address,
      @JsonProperty("GlobalIPv6PrefixLen") int globalIpv6PrefixLen,
      @JsonProperty("IPAddress") String ipAddress,
      @JsonProperty("IPPrefixLen") int ipPrefixLen,
      @JsonProperty("IPv6Gateway") String ipv6Gateway,
      String macAddress,
      Map<String, EndpointSettings> networks) {}
}
