package dev.proa.lifecycle.internal.create;

import dev.proa.lifecycle.confinement.DefaultConfinement;
import dev.proa.lifecycle.containers.HostConfig;
import dev.proa.lifecycle.containers.LogConfig;
import dev.proa.lifecycle.containers.Resources;
import dev.proa.lifecycle.containers.RestartPolicy;
import dev.proa.lifecycle.internal.ipam.Cidr;
import dev.proa.lifecycle.networks.PortBinding;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks how a container wants to meet its host, and fills in what Docker fills in. */
public final class HostConfigChecks {
  private static final long DEFAULT_SHM_BYTES = 64L << 20;
  private static final Pattern PORT = Pattern.compile("(\\d{1,5})(?:-(\\d{1,5}))?(?:/(tcp|udp|sctp))?");
  private static final Set<String> IPC_MODES = Set.of("none", "private", "shareable", "host");

  /** Which runtimes a client may name: all mean the default isolation backend unless they are one's own name. */
  private static final String DEFAULT_RUNTIME = "runc";

  private static final Set<String> RUNTIMES = Set.of(DEFAULT_RUNTIME, "io.containerd.runc.v2");

  private final HostFacts host;
  private final UnaryOperator<String> containerId;
  private final Set<String> isolations;
  private final LogConfig logDefault;

  /**
   * @param containerId the id of the container that a reference means; throws {@code NOT_FOUND}
   * @param isolations names of the isolation backends that there are
   */
  public HostConfigChecks(HostFacts host, UnaryOperator<String> containerId, Set<String> isolations) {
    this(host, containerId, isolations, LogConfig.DEFAULT);
  }

  /** @param logDefault of containers that name no log driver */
  public HostConfigChecks(HostFacts host, UnaryOperator<String> containerId, Set<String> isolations, LogConfig logDefault) {
    this.logDefault = logDefault;
    this.host = host;
    this.containerId = containerId;
    this.isolations = Set.copyOf(isolations);
  }

  /** @param warnings are added to */
  public HostConfig check(HostConfig given, List<String> warnings) {
    checkRestart(given.restartPolicy(), given.autoRemove());
    checkPorts(given.portBindings());
    checkCapabilities(given);
    SecurityOptions security = SecurityOptions.parse(given.securityOpt());
    Resources resources = new ResourceChecks(host, warnings, false).check(given.resources());
    String ipc = shared(mode(given.ipcMode(), "private"));
    if (!IPC_MODES.contains(ipc) && !Modes.isContainer(ipc)) {
      throw ProaException.invalid("invalid IPC mode: " + ipc);
    }
    String pid = shared(mode(given.pidMode(), ""));
    if (!pid.isEmpty() && !pid.equals(Modes.HOST) && !Modes.isContainer(pid)) {
      throw ProaException.invalid("invalid PID mode: " + pid);
    }
    String uts = orEmpty(given.utsMode());
    if (!uts.isEmpty() && !uts.equals(Modes.HOST)) {
      throw ProaException.invalid("invalid UTS mode: " + uts);
    }
    String users = orEmpty(given.usernsMode());
    if (!users.isEmpty() && !users.equals(Modes.HOST)) {
      throw ProaException.invalid("invalid user namespace mode: " + users);
    }
    if (host.remap() != null && !users.equals(Modes.HOST)) {
      checkRemapped(given, pid);
    }
    if (given.shmSize() < 0) {
      throw ProaException.invalid("SHM size can not be less than 0");
    }
    if (given.oomScoreAdj() < -1000 || given.oomScoreAdj() > 1000) {
      throw ProaException.invalid("Invalid value " + given.oomScoreAdj() + ", range for oom score adj is [-1000, 1000]");
    }
    checkRuntime(given.runtime());
    String runtime = runtime(orEmpty(given.runtime()), orEmpty(given.isolation()));
    checkExtraHosts(given.extraHosts());
    checkNameservers(given.dns());
    checkStorageOptions(given.storageOpt());
    checkTmpfs(given.tmpfs());
    if (given.annotations() != null && given.annotations().containsKey("")) {
      throw ProaException.invalid("invalid Annotations: the empty string is not permitted as an annotation key");
    }
    String network = network(given.networkMode());
    if (network.equals(Modes.HOST) && given.portBindings() != null && !given.portBindings().isEmpty()) {
      warnings.add("Published ports are discarded when using host network mode");
    }
    boolean openPaths = given.privileged() || security.systemPathsUnconfined();
    return new HostConfig(
        given.binds(),
        orEmpty(given.containerIdFile()),
        LogConfig.complete(given.logConfig(), logDefault),
        network,
        given.portBindings() == null ? Map.of() : given.portBindings(),
        restart(given.restartPolicy()),
        given.autoRemove(),
        orEmpty(given.volumeDriver()),
        given.volumesFrom(),
        given.consoleSize() == null ? List.of(0, 0) : given.consoleSize(),
        given.annotations(),
        given.capAdd(),
        given.capDrop(),
        cgroupns(given),
        given.dns(),
        given.dnsOptions(),
        given.dnsSearch(),
        given.extraHosts(),
        given.groupAdd(),
        ipc,
        orEmpty(given.cgroup()),
        given.links(),
        given.oomScoreAdj(),
        pid,
        given.privileged(),
        given.publishAllPorts(),
        given.readonlyRootfs(),
        given.securityOpt(),
        given.storageOpt(),
        given.tmpfs(),
        uts,
        users,
        given.shmSize() == 0 ? DEFAULT_SHM_BYTES : given.shmSize(),
        given.sysctls(),
        runtime,
        "",
        resources,
        given.mounts(),
        given.maskedPaths() != null ? given.maskedPaths() : openPaths ? null : DefaultConfinement.maskedPaths(),
        given.readonlyPaths() != null ? given.readonlyPaths() : openPaths ? null : DefaultConfinement.readonlyPaths(),
        given.init());
  }

  /** What cannot be had by somebody who is nobody on the host; dockerd's words. */
  private static void checkRemapped(HostConfig given, String pid) {
    if (given.privileged()) {
      throw ProaException.invalid(
          "privileged mode is incompatible with user namespaces.  You must run the container in the host namespace when running privileged mode");
    }
    if (Modes.HOST.equals(given.networkMode())) {
      throw ProaException.invalid("cannot share the host's network namespace when user namespaces are enabled");
    }
    if (pid.equals(Modes.HOST)) {
      throw ProaException.invalid("cannot share the host PID namespace when user namespaces are enabled");
    }
  }

  /** What an update asks for, checked. */
  public Resources checkUpdate(Resources given, List<String> warnings) {
    return new ResourceChecks(host, warnings, true).check(given);
  }

  private String mode(@Nullable String mode, String otherwise) {
    if (mode == null || mode.isEmpty()) {
      return otherwise;
    }
    if (!Modes.isContainer(mode)) {
      return mode;
    }
    try {
      return Modes.CONTAINER + containerId.apply(Modes.containerOf(mode));
    } catch (ProaException e) {
      if (e.is(ErrorClass.NOT_FOUND)) {
        // Found out at the start, as by Docker: the docker command takes a 404 at the creation for a missing image.
        return mode;
      }
      throw e;
    }
  }

  /** A network may be joined that is not there yet, another namespace not. Never 404, which at the creation is a missing image. */
  private String shared(String mode) {
    if (Modes.isContainer(mode)) {
      try {
        containerId.apply(Modes.containerOf(mode));
      } catch (ProaException e) {
        throw e.is(ErrorClass.NOT_FOUND) ? ProaException.invalid(String.valueOf(e.getMessage())) : e;
      }
    }
    return mode;
  }

  private String network(@Nullable String mode) {
    if (mode == null || mode.isEmpty() || mode.equals("default")) {
      return Modes.BRIDGE;
    }
    return mode(mode, Modes.BRIDGE);
  }

  private String cgroupns(HostConfig given) {
    String mode = orEmpty(given.cgroupnsMode());
    if (!mode.isEmpty() && !mode.equals("private") && !mode.equals(Modes.HOST)) {
      throw ProaException.invalid("invalid cgroup namespace mode: " + mode);
    }
    if (!mode.isEmpty()) {
      return mode;
    }
    return host.features().cgroupVersion() == 2 ? "private" : Modes.HOST;
  }

  private static RestartPolicy restart(@Nullable RestartPolicy given) {
    if (given == null || given.name() == null || given.name().isEmpty()) {
      return new RestartPolicy("no", 0);
    }
    return given;
  }

  static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  /** {@code INVALID_ARGUMENT} for a policy that is none. */
  public static void checkRestart(@Nullable RestartPolicy policy, boolean autoRemove) {
    if (policy == null) {
      return;
    }
    String name = orEmpty(policy.name());
    int count = policy.maximumRetryCount();
    if (autoRemove && !name.isEmpty() && !name.equals("no")) {
      throw ProaException.invalid("can't create 'AutoRemove' container with restart policy");
    }
    switch (name) {
      case "always", "unless-stopped", "no" -> {
        if (count != 0) {
          throw ProaException.invalid(
              "invalid restart policy: maximum retry count can only be used with 'on-failure'" + (count < 0 ? " and cannot be negative" : ""));
        }
      }
      case "on-failure" -> {
        if (count < 0) {
          throw ProaException.invalid("invalid restart policy: maximum retry count cannot be negative");
        }
      }
      case "" -> {}
      default ->
          throw ProaException.invalid(
              "invalid restart policy: unknown policy '" + name + "'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'");
    }
  }

  private static void checkPorts(@Nullable Map<String, @Nullable List<PortBinding>> bindings) {
    if (bindings == null) {
      return;
    }
    bindings.forEach(
        (port, hosts) -> {
          checkPort(port);
          for (PortBinding binding : hosts == null ? List.<PortBinding>of() : hosts) {
            String hostPort = orEmpty(binding.hostPort());
            if (!hostPort.isEmpty()) {
              checkPort(hostPort);
            }
            checkHostAddress(orEmpty(binding.hostIp()));
          }
        });
  }

  private static void checkHostAddress(String address) {
    String bare = address.startsWith("[") && address.endsWith("]") ? address.substring(1, address.length() - 1) : address;
    if (!bare.isEmpty() && Cidr.address(bare) == null) {
      throw ProaException.invalid("invalid IP address: " + address);
    }
  }

  static void checkPort(String port) {
    var matcher = PORT.matcher(port);
    if (!matcher.matches()
        || Integer.parseInt(matcher.group(1)) > 65535
        || matcher.group(2) != null && Integer.parseInt(matcher.group(2)) > 65535) {
      throw ProaException.invalid("invalid port specification: \"" + port + '"');
    }
  }

  private static void checkCapabilities(HostConfig given) {
    List<String> add = given.capAdd() == null ? List.of() : given.capAdd();
    List<String> drop = given.capDrop() == null ? List.of() : given.capDrop();
    checkCapabilities(add, "CapAdd");
    checkCapabilities(drop, "CapDrop");
  }

  private static void checkCapabilities(List<String> names, String field) {
    try {
      DefaultConfinement.capabilities(names, List.of(), false);
    } catch (ProaException e) {
      throw new ProaException(e.errorClass(), "invalid " + field + ": " + e.getMessage(), e);
    }
  }

  private void checkRuntime(@Nullable String runtime) {
    if (runtime != null && !runtime.isEmpty() && !RUNTIMES.contains(runtime) && !isolations.contains(runtime)) {
      throw ProaException.invalid("unknown or invalid runtime name: " + runtime);
    }
  }

  /** A backend may be chosen by either name: the API's isolation is of Windows otherwise. */
  private String runtime(String runtime, String isolation) {
    if (isolation.isEmpty() || isolation.equals("default")) {
      return runtime.isEmpty() ? DEFAULT_RUNTIME : runtime;
    }
    checkIsolation(isolation, isolations);
    if (!runtime.isEmpty() && !runtime.equals(isolation)) {
      throw ProaException.invalid("conflicting options: runtime " + runtime + " and isolation " + isolation);
    }
    return isolation;
  }

  /** @param known names of the isolation backends that there are */
  public static void checkIsolation(String isolation, Set<String> known) {
    if (!known.contains(isolation)) {
      throw ProaException.invalid("invalid isolation '" + isolation + "' on linux: known isolation backends are " + String.join(", ", new TreeSet<>(known)));
    }
  }

  private static void checkExtraHosts(@Nullable List<String> hosts) {
    for (String entry : hosts == null ? List.<String>of() : hosts) {
      int separator = entry.indexOf('=') >= 0 ? entry.indexOf('=') : entry.indexOf(':');
      if (separator <= 0 || separator == entry.length() - 1) {
        throw ProaException.invalid("bad format for add-host: \"" + entry + '"');
      }
      if (entry.chars().anyMatch(c -> c <= ' ')) {
        throw ProaException.invalid("bad format for add-host: \"" + entry + '"');
      }
      String address = entry.substring(separator + 1);
      if (!address.equals("host-gateway") && !isAddress(address)) {
        throw ProaException.invalid("invalid IP address in add-host: \"" + address + '"');
      }
    }
  }

  private static void checkNameservers(@Nullable List<String> servers) {
    for (String server : servers == null ? List.<String>of() : servers) {
      if (!isAddress(server)) {
        throw ProaException.invalid("bad nameserver address " + server + ": ParseAddr(\"" + server + "\"): unable to parse IP");
      }
    }
  }

  private static boolean isAddress(String text) {
    String address = text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
    int zone = address.indexOf('%');
    try {
      return InetAddress.ofLiteral(zone < 0 ? address : address.substring(0, zone)) != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** There is no driver that could hold a container to a size. */
  private static void checkStorageOptions(@Nullable Map<String, String> options) {
    for (String name : options == null ? Set.<String>of() : options.keySet()) {
      if (!name.equalsIgnoreCase("size")) {
        throw ProaException.invalid("Unknown option " + name);
      }
      throw ProaException.invalid("--storage-opt size is not supported: no storage driver here limits the size of a container's files");
    }
  }

  private static void checkTmpfs(@Nullable Map<String, String> tmpfs) {
    if (tmpfs != null) {
      tmpfs.keySet().forEach(MountSpecs::checkTarget);
    }
  }
}
