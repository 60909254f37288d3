package dev.proa.lifecycle.networks;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** A container's attachment to one network: what was asked for and what came of it (Engine API {@code EndpointSettings}). */
@JsonNaming(UpperCamelCaseStrategy.class)
public record EndpointSettings(
    @JsonProperty("IPAMConfig") @Nullable EndpointIpamConfig ipamConfig,
    @Nullable List<String> links,
    @Nullable List<String> aliases,
    @Nullable String macAddress,
    @JsonSetter(contentNulls = Nulls.AS_EMPTY) @Nullable Map<String, String> driverOpts,
    long gwPriority,
    @JsonProperty("NetworkID") @Nullable String networkId,
    @JsonProperty("EndpointID") @Nullable String endpointId,
    @Nullable String gateway,
    @JsonProperty("IPAddress") @Nullable String ipAddress,
    @JsonProperty("IPPrefixLen") int ipPrefixLen,
    @JsonProperty("IPv6Gateway") @Nullable String ipv6Gateway,
    @JsonProperty("GlobalIPv6Address") @Nullable String globalIpv6Address,
    @JsonProperty("GlobalIPv6PrefixLen") int globalIpv6PrefixLen,
    @JsonProperty("DNSNames") @Nullable List<String> dnsNames) {

  @JsonNaming(UpperCamelCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record EndpointIpamConfig(
      @JsonProperty("IPv4Address") @Nullable String ipv4Address,
      @JsonProperty("IPv6Address") @Nullable String ipv6Address,
      @JsonProperty("LinkLocalIPs") @Nullable List<String> linkLocalIps) {}

  /** With other names by which it is found on its network. */
  public EndpointSettings with(@Nullable List<String> names) {
    return new EndpointSettings(
        ipamConfig,
        links,
        aliases,
        macAddress,
        driverOpts,
        gwPriority,
        networkId,
        endpointId,
        gateway,
        ipAddress,
        ipPrefixLen,
        ipv6Gateway,
        globalIpv6Address,
        globalIpv6PrefixLen,
        names);
  }

  /** An endpoint without addresses, as on the networks none and host. */
  public static EndpointSettings bare(String networkId, String endpointId) {
    return new EndpointSettings(null, null, null, "", null, 0, networkId, endpointId, "", "", 0, "", "", 0, null);
  }
}
