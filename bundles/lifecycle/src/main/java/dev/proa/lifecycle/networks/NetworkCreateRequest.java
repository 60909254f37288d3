package dev.proa.lifecycle.networks;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** The body of {@code POST /networks/create}. */
@JsonNaming(UpperCamelCaseStrategy.class)
public record NetworkCreateRequest(
    @Nullable String name,
    @Nullable String driver,
    @Nullable String scope,
    boolean internal,
    boolean attachable,
    boolean ingress,
    boolean configOnly,
    Network.@Nullable ConfigReference configFrom,
    @JsonProperty("IPAM") Network.@Nullable Ipam ipam,
    @JsonProperty("EnableIPv4") @Nullable Boolean enableIpv4,
    @JsonProperty("EnableIPv6") @Nullable Boolean enableIpv6,
    @JsonSetter(contentNulls = Nulls.AS_EMPTY) @Nullable Map<String, String> options,
    @JsonSetter(contentNulls = Nulls.AS_EMPTY) @Nullable Map<String, String> labels) {}
