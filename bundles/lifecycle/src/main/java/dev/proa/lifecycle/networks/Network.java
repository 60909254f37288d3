package dev.proa.lifecycle.networks;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A network (Engine API {@code Network}).
 *
 * @param containers by container id, those that run and are attached
 */
@JsonNaming(UpperCamelCaseStrategy.class)
public record Network(
    String name,
    String id,
    Instant created,
    String scope,
    String driver,
    @JsonProperty("EnableIPv4") boolean enableIpv4,
    @JsonProperty("EnableIPv6") boolean enableIpv6,
    @JsonProperty("IPAM") Ipam ipam,
    boolean internal,
    boolean attachable,
    boolean ingress,
    ConfigReference configFrom,
    boolean configOnly,
    Map<String, NetworkContainer> containers,
    Map<String, String> options,
    Map<String, String> labels) {

  @JsonNaming(UpperCamelCaseStrategy.class)
  public record ConfigReference(String network) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  public record Ipam(@Nullable String driver, @Nullable Map<String, String> options, @Nullable List<IpamConfig> config) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record IpamConfig(
      @Nullable String subnet,
      @JsonProperty("IPRange") @Nullable String ipRange,
      @Nullable String gateway,
      @Nullable Map<String, String> auxiliaryAddresses) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  public record NetworkContainer(
      String name,
      @JsonProperty("EndpointID") String endpointId,
      String macAddress,
      @JsonProperty("IPv4Address") String ipv4Address,
      @JsonProperty("IPv6Address") String ipv6Address) {}
}
