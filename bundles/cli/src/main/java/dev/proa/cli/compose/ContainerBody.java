package dev.proa.cli.compose;

import static dev.proa.cli.compose.model.Project.list;
import static dev.proa.cli.compose.model.Project.number;
import static dev.proa.cli.compose.model.Project.object;
import static dev.proa.cli.compose.model.Project.text;

import dev.proa.cli.compose.model.ComposeException;
import dev.proa.cli.compose.model.Project;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** From a service to the body of {@code POST /containers/create} (Engine API 1.51). */
final class ContainerBody {
  private static final long NANOS = 1_000_000_000L;

  private final Project project;
  private final String name;
  private final Map<String, @Nullable Object> service;
  private final BiFunction<String, String, String> containers;
  private final Map<String, @Nullable Object> host = new LinkedHashMap<>();

  /** @param containers what the first container of another service is called, for what joins it; gets the service and what for */
  ContainerBody(Project project, String name, Map<String, @Nullable Object> service, BiFunction<String, String, String> containers) {
    this.project = project;
    this.name = name;
    this.service = service;
    this.containers = containers;
  }

  /**
   * @param image what to run
   * @param labels those by which the container is known, over the service's
   * @param kept anonymous volumes to go on with: where each is mounted, and its name
   * @param aliases whether the container answers to the service's name
   */
  Map<String, @Nullable Object> build(String image, Map<String, String> labels, Map<String, String> kept, boolean aliases) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("Image", image);
    copy("hostname", "Hostname", body);
    copy("domainname", "Domainname", body);
    copy("user", "User", body);
    copy("working_dir", "WorkingDir", body);
    copy("tty", "Tty", body);
    copy("stop_signal", "StopSignal", body);
    boolean open = Boolean.TRUE.equals(service.get("stdin_open"));
    body.put("OpenStdin", open);
    body.put("StdinOnce", open);
    body.put("AttachStdout", true);
    body.put("AttachStderr", true);
    if (service.containsKey("command")) {
      copy("command", "Cmd", body);
    }
    if (service.get("entrypoint") != null) {
      List<?> entrypoint = list(service.get("entrypoint"));
      body.put("Entrypoint", entrypoint.isEmpty() ? List.of("") : entrypoint);
    }
    List<String> environment = new ArrayList<>();
    object(service.get("environment")).forEach((key, value) -> environment.add(key + "=" + text(value)));
    body.put("Env", environment);
    if (service.get("stop_grace_period") != null) {
      body.put("StopTimeout", Math.ceilDiv(number(service.get("stop_grace_period"), 0), NANOS));
    }
    body.put("Healthcheck", healthcheck());
    Map<String, String> all = new TreeMap<>();
    object(service.get("labels")).forEach((key, value) -> all.put(key, text(value)));
    all.putAll(labels);
    body.put("Labels", all);
    ports(body);
    body.values().removeIf(value -> value == null);
    namespaces();
    volumes(kept);
    limits();
    others();
    host.values().removeIf(value -> value == null);
    body.put("HostConfig", host);
    body.put("NetworkingConfig", Map.of("EndpointsConfig", endpoints(aliases, own(labels))));
    return body;
  }

  private void copy(String from, String to, Map<String, @Nullable Object> into) {
    into.put(to, service.get(from));
  }

  private @Nullable Map<String, @Nullable Object> healthcheck() {
    Map<String, @Nullable Object> check = object(service.get("healthcheck"));
    if (check.isEmpty()) {
      return null;
    }
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("Test", Boolean.TRUE.equals(check.get("disable")) ? List.of("NONE") : check.get("test"));
    body.put("Interval", check.get("interval"));
    body.put("Timeout", check.get("timeout"));
    body.put("StartPeriod", check.get("start_period"));
    body.put("StartInterval", check.get("start_interval"));
    body.put("Retries", check.get("retries"));
    body.values().removeIf(value -> value == null);
    return body;
  }

  private void ports(Map<String, @Nullable Object> body) {
    Map<String, Object> exposed = new TreeMap<>();
    for (Object each : list(service.get("expose"))) {
      exposed.put(text(each).contains("/") ? text(each) : each + "/tcp", Map.of());
    }
    Map<String, List<Object>> bindings = new TreeMap<>();
    for (Object each : list(service.get("ports"))) {
      Map<String, @Nullable Object> port = object(each);
      String target = port.get("target") + "/" + text(port.get("protocol"));
      exposed.put(target, Map.of());
      bindings.computeIfAbsent(target, key -> new ArrayList<>()).add(Map.of("HostIp", text(port.get("host_ip")), "HostPort", text(port.get("published"))));
    }
    body.put("ExposedPorts", exposed);
    host.put("PortBindings", bindings);
  }

  private void namespaces() {
    host.put("NetworkMode", mode("network_mode"));
    host.put("IpcMode", mode("ipc"));
    host.put("PidMode", mode("pid"));
    copy("userns_mode", "UsernsMode", host);
    copy("uts", "UTSMode", host);
    copy("cgroup", "CgroupnsMode", host);
    if (service.get("network_mode") == null) {
      host.put("NetworkMode", primary());
    }
  }

  private @Nullable String mode(String key) {
    String mode = text(service.get(key));
    return mode.isEmpty() ? null : mode.startsWith("service:") ? "container:" + containers.apply(mode.substring("service:".length()), key) : mode;
  }

  /** The engine's name of the network with the highest priority, the first by name among equals. */
  private @Nullable String primary() {
    String best = null;
    long highest = Long.MIN_VALUE;
    for (Map.Entry<String, @Nullable Object> network : new TreeMap<>(object(service.get("networks"))).entrySet()) {
      long priority = number(object(network.getValue()).get("priority"), 0);
      if (best == null || priority > highest) {
        best = network.getKey();
        highest = priority;
      }
    }
    return best == null ? "none" : text(object(project.networks().get(best)).get("name"));
  }

  /** What the container is called at last: one that is to take another's place has a name of its own until then. Empty for one-off containers. */
  private String own(Map<String, String> labels) {
    String given = text(service.get("container_name"));
    return !"False".equals(labels.get(Labels.ONE_OFF)) ? "" : given.isEmpty() ? project.name() + "-" + name + "-" + labels.get(Labels.NUMBER) : given;
  }

  private Map<String, Object> endpoints(boolean aliases, String own) {
    Map<String, Object> endpoints = new LinkedHashMap<>();
    object(service.get("networks"))
        .forEach(
            (key, each) -> {
              Map<String, @Nullable Object> network = object(each);
              Map<String, @Nullable Object> endpoint = new LinkedHashMap<>();
              List<String> names = new ArrayList<>();
              if (aliases) {
                if (!own.isEmpty()) {
                  names.add(own);
                }
                names.add(name);
                list(network.get("aliases")).forEach(alias -> names.add(text(alias)));
              }
              endpoint.put("Aliases", names);
              List<String> links = new ArrayList<>();
              for (Object link : list(service.get("links"))) {
                String[] parts = text(link).split(":", 2);
                links.add(containers.apply(parts[0], "links") + ":" + parts[parts.length - 1]);
              }
              list(service.get("external_links")).forEach(link -> links.add(text(link)));
              endpoint.put("Links", links.isEmpty() ? null : links);
              Map<String, @Nullable Object> addresses = new LinkedHashMap<>();
              addresses.put("IPv4Address", network.get("ipv4_address"));
              addresses.put("IPv6Address", network.get("ipv6_address"));
              addresses.put("LinkLocalIPs", network.get("link_local_ips"));
              addresses.values().removeIf(value -> value == null);
              endpoint.put("IPAMConfig", addresses.isEmpty() ? null : addresses);
              endpoint.put("MacAddress", network.get("mac_address") == null ? service.get("mac_address") : network.get("mac_address"));
              endpoint.put("DriverOpts", network.get("driver_opts"));
              endpoint.put("GwPriority", network.get("gw_priority"));
              endpoint.values().removeIf(value -> value == null);
              endpoints.put(text(object(project.networks().get(key)).get("name")), endpoint);
            });
    return endpoints;
  }

  // ---- volumes

  private void volumes(Map<String, String> kept) {
    List<String> binds = new ArrayList<>();
    List<Object> mounts = new ArrayList<>();
    List<String> targets = new ArrayList<>();
    for (Object each : list(service.get("volumes"))) {
      Map<String, @Nullable Object> volume = object(each);
      String target = text(volume.get("target"));
      targets.add(target);
      switch (text(volume.get("type"))) {
        case "bind" -> bind(volume, binds, mounts);
        case "volume" -> mounts.add(volume(volume, kept.get(target)));
        case "tmpfs" -> {
          Map<String, @Nullable Object> options = object(volume.get("tmpfs"));
          Map<String, @Nullable Object> mount = mount("tmpfs", null, volume);
          mount.put("TmpfsOptions", Map.of("SizeBytes", number(options.get("size"), 0), "Mode", number(options.get("mode"), 01777)));
          mounts.add(mount);
        }
        case "image" -> {
          Map<String, @Nullable Object> mount = mount("image", text(volume.get("source")), volume);
          if (object(volume.get("image")).get("subpath") != null) {
            mount.put("ImageOptions", Map.of("Subpath", text(object(volume.get("image")).get("subpath"))));
          }
          mounts.add(mount);
        }
        default -> throw new ComposeException("services." + name + ".volumes: type " + volume.get("type") + " is not known: bind, volume, tmpfs and image are");
      }
    }
    kept.forEach(
        (target, volume) -> {
          if (!targets.contains(target)) {
            mounts.add(new LinkedHashMap<>(Map.of("Type", "volume", "Source", volume, "Target", target)));
          }
        });
    for (String kind : List.of("secrets", "configs")) {
      for (Object each : list(service.get(kind))) {
        SecretFile file = SecretFile.of(project, kind, object(each));
        if (file.path() != null) {
          mounts.add(new LinkedHashMap<>(Map.of("Type", "bind", "Source", file.path(), "Target", file.target(), "ReadOnly", true)));
        }
      }
    }
    host.put("Binds", binds);
    host.put("Mounts", mounts);
    Map<String, String> tmpfs = new LinkedHashMap<>();
    for (Object each : list(service.get("tmpfs"))) {
      String[] parts = text(each).split(":", 2);
      tmpfs.put(parts[0], parts.length > 1 ? parts[1] : "");
    }
    host.put("Tmpfs", tmpfs);
    List<String> from = new ArrayList<>();
    for (Object each : list(service.get("volumes_from"))) {
      String[] parts = text(each).split(":", 2);
      from.add(parts[0].equals("container") ? parts[1] : containers.apply(parts[0], "volumes_from") + (parts.length > 1 ? ":" + parts[1] : ""));
    }
    host.put("VolumesFrom", from);
  }

  /** A bind whose source is made if it is missing goes by the old list, which alone makes it. */
  private static void bind(Map<String, @Nullable Object> volume, List<String> binds, List<Object> mounts) {
    Map<String, @Nullable Object> options = object(volume.get("bind"));
    String source = text(volume.get("source"));
    String target = text(volume.get("target"));
    boolean readOnly = Boolean.TRUE.equals(volume.get("read_only"));
    if (!Boolean.FALSE.equals(options.get("create_host_path")) && options.get("recursive") == null && !source.contains(":") && !target.contains(":")) {
      StringBuilder bind = new StringBuilder(source).append(':').append(target).append(readOnly ? ":ro" : ":rw");
      for (String option : List.of("selinux", "propagation")) {
        if (options.get(option) != null) {
          bind.append(',').append(options.get(option));
        }
      }
      binds.add(bind.toString());
      return;
    }
    Map<String, @Nullable Object> mount = mount("bind", source, volume);
    Map<String, @Nullable Object> how = new LinkedHashMap<>();
    how.put("Propagation", options.get("propagation"));
    how.put("CreateMountpoint", !Boolean.FALSE.equals(options.get("create_host_path")));
    switch (text(options.get("recursive"))) {
      case "disabled" -> how.put("NonRecursive", true);
      case "writable" -> how.put("ReadOnlyNonRecursive", true);
      case "readonly" -> how.put("ReadOnlyForceRecursive", true);
      default -> {} // as the engine does by itself
    }
    how.values().removeIf(value -> value == null);
    mount.put("BindOptions", how);
    mounts.add(mount);
  }

  private Map<String, @Nullable Object> volume(Map<String, @Nullable Object> volume, @Nullable String kept) {
    Object source = volume.get("source");
    String real = source == null ? kept : text(object(project.volumes().get(text(source))).get("name"));
    Map<String, @Nullable Object> mount = mount("volume", real, volume);
    Map<String, @Nullable Object> options = object(volume.get("volume"));
    Map<String, @Nullable Object> how = new LinkedHashMap<>();
    how.put("NoCopy", options.get("nocopy"));
    how.put("Subpath", options.get("subpath"));
    how.put("Labels", options.get("labels"));
    how.values().removeIf(value -> value == null);
    if (!how.isEmpty()) {
      mount.put("VolumeOptions", how);
    }
    return mount;
  }

  private static Map<String, @Nullable Object> mount(String type, @Nullable String source, Map<String, @Nullable Object> volume) {
    Map<String, @Nullable Object> mount = new LinkedHashMap<>();
    mount.put("Type", type);
    if (source != null) {
      mount.put("Source", source);
    }
    mount.put("Target", volume.get("target"));
    mount.put("ReadOnly", Boolean.TRUE.equals(volume.get("read_only")));
    return mount;
  }

  // ---- limits

  private void limits() {
    Map<String, @Nullable Object> resources = object(object(service.get("deploy")).get("resources"));
    Map<String, @Nullable Object> most = object(resources.get("limits"));
    Map<String, @Nullable Object> least = object(resources.get("reservations"));
    Object cpus = most.get("cpus") == null ? service.get("cpus") : most.get("cpus");
    if (cpus instanceof Number each) {
      host.put("NanoCpus", Math.round(each.doubleValue() * NANOS));
    }
    host.put("Memory", most.get("memory") == null ? service.get("mem_limit") : most.get("memory"));
    host.put("MemoryReservation", least.get("memory") == null ? service.get("mem_reservation") : least.get("memory"));
    host.put("PidsLimit", most.get("pids") == null ? service.get("pids_limit") : most.get("pids"));
    copy("memswap_limit", "MemorySwap", host);
    copy("mem_swappiness", "MemorySwappiness", host);
    copy("oom_kill_disable", "OomKillDisable", host);
    copy("oom_score_adj", "OomScoreAdj", host);
    copy("cpu_count", "CpuCount", host);
    copy("cpu_percent", "CpuPercent", host);
    copy("cpu_period", "CpuPeriod", host);
    copy("cpu_quota", "CpuQuota", host);
    copy("cpu_rt_period", "CpuRealtimePeriod", host);
    copy("cpu_rt_runtime", "CpuRealtimeRuntime", host);
    copy("cpu_shares", "CpuShares", host);
    copy("cpuset", "CpusetCpus", host);
    copy("shm_size", "ShmSize", host);
    List<Object> ulimits = new ArrayList<>();
    object(service.get("ulimits"))
        .forEach((limit, each) -> ulimits.add(Map.of("Name", limit, "Soft", number(object(each).get("soft"), 0), "Hard", number(object(each).get("hard"), 0))));
    host.put("Ulimits", ulimits);
    Map<String, @Nullable Object> blkio = object(service.get("blkio_config"));
    host.put("BlkioWeight", blkio.get("weight"));
    devices(blkio, "weight_device", "BlkioWeightDevice", "weight", "Weight");
    devices(blkio, "device_read_bps", "BlkioDeviceReadBps", "rate", "Rate");
    devices(blkio, "device_read_iops", "BlkioDeviceReadIOps", "rate", "Rate");
    devices(blkio, "device_write_bps", "BlkioDeviceWriteBps", "rate", "Rate");
    devices(blkio, "device_write_iops", "BlkioDeviceWriteIOps", "rate", "Rate");
    List<Object> requests = new ArrayList<>();
    for (List<?> from : List.of(list(least.get("devices")), list(service.get("gpus")))) {
      for (Object each : from) {
        requests.add(deviceRequest(object(each)));
      }
    }
    host.put("DeviceRequests", requests.isEmpty() ? null : requests);
  }

  private void devices(Map<String, @Nullable Object> blkio, String from, String to, String valueFrom, String valueTo) {
    List<Object> devices = new ArrayList<>();
    for (Object each : list(blkio.get(from))) {
      devices.add(Map.of("Path", text(object(each).get("path")), valueTo, number(object(each).get(valueFrom), 0)));
    }
    host.put(to, devices.isEmpty() ? null : devices);
  }

  private static Map<String, @Nullable Object> deviceRequest(Map<String, @Nullable Object> device) {
    Map<String, @Nullable Object> request = new LinkedHashMap<>();
    String count = text(device.get("count"));
    request.put("Driver", text(device.get("driver")));
    request.put("DeviceIDs", device.get("device_ids"));
    request.put("Count", count.matches("\\d{1,9}") ? Long.parseLong(count) : device.get("device_ids") == null ? -1L : 0L);
    request.put("Capabilities", List.of(list(device.get("capabilities"))));
    request.put("Options", object(device.get("options")));
    return request;
  }

  private void others() {
    copy("annotations", "Annotations", host);
    copy("cap_add", "CapAdd", host);
    copy("cap_drop", "CapDrop", host);
    copy("cgroup_parent", "CgroupParent", host);
    copy("device_cgroup_rules", "DeviceCgroupRules", host);
    copy("dns", "Dns", host);
    copy("dns_opt", "DnsOptions", host);
    copy("dns_search", "DnsSearch", host);
    copy("extra_hosts", "ExtraHosts", host);
    copy("group_add", "GroupAdd", host);
    copy("init", "Init", host);
    copy("isolation", "Isolation", host);
    copy("privileged", "Privileged", host);
    copy("read_only", "ReadonlyRootfs", host);
    copy("runtime", "Runtime", host);
    copy("security_opt", "SecurityOpt", host);
    copy("storage_opt", "StorageOpt", host);
    copy("sysctls", "Sysctls", host);
    List<Object> devices = new ArrayList<>();
    for (Object each : list(service.get("devices"))) {
      String[] parts = text(each).split(":");
      devices.add(
          Map.of("PathOnHost", parts[0], "PathInContainer", parts.length > 1 ? parts[1] : parts[0], "CgroupPermissions", parts.length > 2 ? parts[2] : "rwm"));
    }
    host.put("Devices", devices);
    Map<String, @Nullable Object> logging = object(service.get("logging"));
    if (!logging.isEmpty()) {
      host.put("LogConfig", Map.of("Type", text(logging.get("driver")), "Config", object(logging.get("options"))));
    }
    host.put("RestartPolicy", restartPolicy());
  }

  private Map<String, Object> restartPolicy() {
    Map<String, @Nullable Object> deployed = object(object(service.get("deploy")).get("restart_policy"));
    String given = text(service.get("restart"));
    if (given.isEmpty() && !deployed.isEmpty()) {
      String condition = text(deployed.getOrDefault("condition", "any"));
      String policy = condition.equals("none") ? "no" : condition.equals("on-failure") ? "on-failure" : "always";
      return Map.of("Name", policy, "MaximumRetryCount", policy.equals("on-failure") ? number(deployed.get("max_attempts"), 0) : 0L);
    }
    int colon = given.indexOf(':');
    if (colon > 0) {
      String count = given.substring(colon + 1);
      if (!count.matches("\\d{1,9}")) {
        throw new ComposeException("services." + name + ".restart: " + given + ": the count of retries is no number");
      }
      return Map.of("Name", given.substring(0, colon), "MaximumRetryCount", Long.parseLong(count));
    }
    return Map.of("Name", given.isEmpty() ? "no" : given, "MaximumRetryCount", 0L);
  }
}
