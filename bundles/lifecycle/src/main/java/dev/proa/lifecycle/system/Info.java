package dev.proa.lifecycle.system;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** Engine API {@code SystemInfo}. */
@JsonNaming(UpperCamelCaseStrategy.class)
public record Info(
    @JsonProperty("ID") String id,
    int containers,
    int containersRunning,
    int containersPaused,
    int containersStopped,
    int images,
    String driver,
    List<List<String>> driverStatus,
    String dockerRootDir,
    Plugins plugins,
    boolean memoryLimit,
    boolean swapLimit,
    boolean cpuCfsPeriod,
    boolean cpuCfsQuota,
    @JsonProperty("CPUShares") boolean cpuShares,
    @JsonProperty("CPUSet") boolean cpuSet,
    boolean pidsLimit,
    boolean oomKillDisable,
    @JsonProperty("IPv4Forwarding") boolean ipv4Forwarding,
    boolean debug,
    @JsonProperty("NFd") int nFd,
    @JsonProperty("NGoroutines") int nGoroutines,
    Instant systemTime,
    String loggingDriver,
    String cgroupDriver,
    String cgroupVersion,
    @JsonProperty("NEventsListener") int nEventsListener,
    String kernelVersion,
    String operatingSystem,
    @JsonProperty("OSVersion") String osVersion,
    @JsonProperty("OSType") String osType,
    String architecture,
    @JsonProperty("NCPU") int ncpu,
    long memTotal,
    String indexServerAddress,
    RegistryConfig registryConfig,
    @Nullable List<String> genericResources,
    String httpProxy,
    String httpsProxy,
    String noProxy,
    String name,
    List<String> labels,
    boolean experimentalBuild,
    String serverVersion,
    Map<String, Runtime> runtimes,
    String defaultRuntime,
    Swarm swarm,
    boolean liveRestoreEnabled,
    String isolation,
    String initBinary,
    Commit containerdCommit,
    Commit runcCommit,
    Commit initCommit,
    List<String> securityOptions,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) String productLicense,
    @JsonProperty("CDISpecDirs") List<String> cdiSpecDirs,
    FirewallBackend firewallBackend,
    @Nullable List<String> warnings) {

  @JsonNaming(UpperCamelCaseStrategy.class)
  public record Plugins(List<String> volume, List<String> network, @Nullable List<String> authorization, List<String> log) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  public record RegistryConfig(
      @JsonProperty("InsecureRegistryCIDRs") List<String> insecureRegistryCidrs, Map<String, Index> indexConfigs, List<String> mirrors) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  public record Index(String name, List<String> mirrors, boolean secure, boolean official) {}

  /** What rules for packets are made with. */
  @JsonNaming(UpperCamelCaseStrategy.class)
  public record FirewallBackend(String driver) {}

  /** Its names are in lower case in the API. */
  public record Runtime(String path, @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable Map<String, String> status) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  public record Commit(@JsonProperty("ID") String id) {}

  /** Always inactive: there is no Swarm mode. */
  @JsonNaming(UpperCamelCaseStrategy.class)
  public record Swarm(
      @JsonProperty("NodeID") String nodeId,
      String nodeAddr,
      String localNodeState,
      boolean controlAvailable,
      String error,
      @Nullable List<String> remoteManagers) {
    public static final Swarm INACTIVE = new Swarm("", "", "inactive", false, "", null);
  }
}
