package dev.proa.lifecycle.containers;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.Nulls;
import dev.proa.lifecycle.networks.PortBinding;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * How a container meets its host (Engine API {@code HostConfig}). As the client sent it at creation; in an inspection with the defaults
 * that were chosen for it.
 *
 * @param binds {@code source:target[:options]}
 * @param consoleSize rows, columns
 * @param portBindings keys such as {@code 80/tcp}
 * @param tmpfs target to mount options
 */
@JsonNaming(UpperCamelCaseStrategy.class)
public record HostConfig(
    @Nullable List<String> binds,
    @JsonProperty("ContainerIDFile") @Nullable String containerIdFile,
    @Nullable LogConfig logConfig,
    @Nullable String networkMode,
    @Nullable Map<String, @Nullable List<PortBinding>> portBindings,
    @Nullable RestartPolicy restartPolicy,
    boolean autoRemove,
    @Nullable String volumeDriver,
    @Nullable List<String> volumesFrom,
    @Nullable List<Integer> consoleSize,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) @JsonSetter(contentNulls = Nulls.AS_EMPTY) @Nullable Map<String, String> annotations,
    @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY) @Nullable List<String> capAdd,
    @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY) @Nullable List<String> capDrop,
    @Nullable String cgroupnsMode,
    @Nullable List<String> dns,
    @Nullable List<String> dnsOptions,
    @Nullable List<String> dnsSearch,
    @Nullable List<String> extraHosts,
    @Nullable List<String> groupAdd,
    @Nullable String ipcMode,
    @Nullable String cgroup,
    @Nullable List<String> links,
    int oomScoreAdj,
    @Nullable String pidMode,
    boolean privileged,
    boolean publishAllPorts,
    boolean readonlyRootfs,
    @Nullable List<String> securityOpt,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) @JsonSetter(contentNulls = Nulls.AS_EMPTY) @Nullable Map<String, String> storageOpt,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) @JsonSetter(contentNulls = Nulls.AS_EMPTY) @Nullable Map<String, String> tmpfs,
    @JsonProperty("UTSMode") @Nullable String utsMode,
    @Nullable String usernsMode,
    long shmSize,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) @JsonSetter(contentNulls = Nulls.AS_EMPTY) @Nullable Map<String, String> sysctls,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable String runtime,
    @Nullable String isolation,
    @JsonUnwrapped Resources resources,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable List<MountRequest> mounts,
    @Nullable List<String> maskedPaths,
    @Nullable List<String> readonlyPaths,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean init) {

  public HostConfig {
    binds = Copies.of(binds);
    portBindings = Copies.of(portBindings);
    volumesFrom = Copies.of(volumesFrom);
    consoleSize = Copies.of(consoleSize);
    annotations = Copies.of(annotations);
    capAdd = Copies.of(capAdd);
    capDrop = Copies.of(capDrop);
    dns = Copies.of(dns);
    dnsOptions = Copies.of(dnsOptions);
    dnsSearch = Copies.of(dnsSearch);
    extraHosts = Copies.of(extraHosts);
    groupAdd = Copies.of(groupAdd);
    links = Copies.of(links);
    securityOpt = Copies.of(securityOpt);
    storageOpt = Copies.of(storageOpt);
    tmpfs = Copies.of(tmpfs);
    sysctls = Copies.of(sysctls);
    mounts = Copies.of(mounts);
    maskedPaths = Copies.of(maskedPaths);
    readonlyPaths = Copies.of(readonlyPaths);
  }

  public HostConfig withLinks(List<String> other) {
    return with(other, runtime);
  }

  public HostConfig withRuntime(String other) {
    return with(links, other);
  }

  private HostConfig with(@Nullable List<String> newLinks, @Nullable String newRuntime) {
    return new HostConfig(
        binds,
        containerIdFile,
        logConfig,
        networkMode,
        portBindings,
        restartPolicy,
        autoRemove,
        volumeDriver,
        volumesFrom,
        consoleSize,
        annotations,
        capAdd,
        capDrop,
        cgroupnsMode,
        dns,
        dnsOptions,
        dnsSearch,
        extraHosts,
        groupAdd,
        ipcMode,
        cgroup,
        newLinks,
        oomScoreAdj,
        pidMode,
        privileged,
        publishAllPorts,
        readonlyRootfs,
        securityOpt,
        storageOpt,
        tmpfs,
        utsMode,
        usernsMode,
        shmSize,
        sysctls,
        newRuntime,
        isolation,
        resources,
        mounts,
        maskedPaths,
        readonlyPaths,
        init);
  }
}
