package dev.proa.cli.command;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import dev.proa.cli.terminal.Terminal;
import dev.proa.cli.text.Units;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The flags of {@code run} and {@code create}, and the body of {@code POST /containers/create} that they mean. */
final class RunOptions {
  private RunOptions() {}

  static void flags(Flags flags) {
    NetworkOptions.flags(flags);
    DeviceOptions.flags(flags);
    flags
        .stopAtArgument()
        .list("add-host", "Add a custom host-to-IP mapping (host:ip)")
        .list("annotation", "Add an annotation to the container (passed through to the OCI runtime)")
        .list('a', "attach", "Attach to STDIN, STDOUT or STDERR")
        .list("cap-add", "Add Linux capabilities")
        .list("cap-drop", "Drop Linux capabilities")
        .one("cgroup-parent", "string", "Parent cgroup of the container")
        .one("cgroupns", "string", "Cgroup namespace to use (host|private)")
        .one("cidfile", "string", "Write the container's id to the file")
        .number((char) 0, "cpu-period", "CPU CFS period in microseconds")
        .number((char) 0, "cpu-quota", "CPU CFS quota in microseconds")
        .number((char) 0, "cpu-rt-period", "Limit CPU real-time period in microseconds")
        .number((char) 0, "cpu-rt-runtime", "Limit CPU real-time runtime in microseconds")
        .number('c', "cpu-shares", "CPU shares (relative weight)")
        .one("cpus", "decimal", "Number of CPUs")
        .one("cpuset-cpus", "string", "CPUs in which to allow execution (0-3, 0,1)")
        .one("cpuset-mems", "string", "MEMs in which to allow execution (0-3, 0,1)")
        .one("detach-keys", "string", "Override the key sequence for detaching")
        .toggle("disable-content-trust", "Taken for compatibility; what is pulled is verified by the daemon's policy")
        .list("dns", "Set custom DNS servers")
        .list("dns-option", "Set DNS options")
        .list("dns-search", "Set custom DNS search domains")
        .one("domainname", "string", "Domain name of the container")
        .one("entrypoint", "string", "Overwrite the ENTRYPOINT of the image")
        .list('e', "env", "Set environment variables")
        .list("env-file", "Read in a file of environment variables")
        .list("group-add", "Add additional groups to join")
        .one("health-cmd", "string", "Command to run to check health")
        .one("health-interval", "duration", "Time between checks")
        .number((char) 0, "health-retries", "Consecutive failures needed to report unhealthy")
        .one("health-start-interval", "duration", "Time between checks during the start period")
        .one("health-start-period", "duration", "Time for the container to start up before failures count")
        .one("health-timeout", "duration", "Time one check may take")
        .one('h', "hostname", "string", "Host name of the container")
        .toggle("init", "Run an init inside the container that forwards signals and reaps processes")
        .toggle('i', "interactive", "Keep STDIN open even if not attached")
        .one("ipc", "string", "IPC mode to use")
        .one("isolation", "string", "Isolation backend")
        .one("kernel-memory", "bytes", "Kernel memory limit; kernels have none since 5.16, and it is not acted on")
        .list('l', "label", "Set metadata of the container")
        .list("label-file", "Read in a file of labels")
        .one("log-driver", "string", "Logging driver of the container")
        .list("log-opt", "Log driver options")
        .one('m', "memory", "bytes", "Memory limit")
        .one("memory-reservation", "bytes", "Memory soft limit")
        .one("memory-swap", "bytes", "Swap limit equal to memory plus swap: -1 for unlimited swap")
        .number((char) 0, "memory-swappiness", "Memory swappiness (0 to 100)")
        .list("mount", "Attach a file system mount to the container")
        .one("name", "string", "Name of the container")
        .toggle("no-healthcheck", "Disable the image's health check")
        .toggle("oom-kill-disable", "Disable the OOM killer")
        .number((char) 0, "oom-score-adj", "OOM preference (-1000 to 1000)")
        .one("pid", "string", "PID namespace to use")
        .number((char) 0, "pids-limit", "Limit of processes (-1 for unlimited)")
        .one("platform", "string", "Platform, if the image has several")
        .toggle("privileged", "Give extended privileges to the container")
        .one("pull", "string", "Pull the image before (always|missing|never) (default \"missing\")")
        .toggle('q', "quiet", "Suppress the output of the pull")
        .toggle("read-only", "Mount the container's root file system read-only")
        .one("restart", "string", "Restart policy (no|on-failure[:N]|always|unless-stopped)")
        .toggle("rm", "Remove the container when it exits")
        .one("runtime", "string", "Runtime of the container")
        .list("security-opt", "Security options")
        .one("shm-size", "bytes", "Size of /dev/shm")
        .one("stop-signal", "string", "Signal to stop the container")
        .number((char) 0, "stop-timeout", "Seconds before a container that is stopped is killed")
        .list("storage-opt", "Options of the storage driver")
        .list("sysctl", "Sysctl options")
        .list("tmpfs", "Mount a tmpfs directory")
        .toggle('t', "tty", "Allocate a terminal")
        .list("ulimit", "Ulimit options")
        .one('u', "user", "string", "User name or id (NAME|UID[:GROUP|GID])")
        .one("userns", "string", "User namespace to use")
        .one("uts", "string", "UTS namespace to use")
        .list('v', "volume", "Bind mount a volume")
        .one("volume-driver", "string", "Volume driver of the container")
        .list("volumes-from", "Mount the volumes of other containers")
        .one('w', "workdir", "string", "Working directory inside the container");
  }

  /**
   * @param attach whether the caller stays attached: then output and, with -i, input are
   * @param size of the caller's terminal, which that of the container begins with
   */
  static Map<String, @Nullable Object> body(Flags flags, boolean attach, Terminal.@Nullable Size size) throws IOException {
    List<String> arguments = flags.arguments();
    boolean stdin = flags.has("interactive");
    List<String> attached = flags.list("attach").stream().map(stream -> stream.toLowerCase(java.util.Locale.ROOT)).toList();
    boolean all = attached.isEmpty();
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("Hostname", flags.get("hostname", ""));
    body.put("Domainname", flags.get("domainname", ""));
    body.put("User", flags.get("user", ""));
    body.put("AttachStdin", attach && (all ? stdin : attached.contains("stdin")));
    body.put("AttachStdout", attach && (all || attached.contains("stdout")));
    body.put("AttachStderr", attach && (all || attached.contains("stderr")));
    body.put("Tty", flags.has("tty"));
    body.put("OpenStdin", stdin);
    body.put("StdinOnce", stdin && attach);
    body.put("Env", environment(flags));
    body.put("Cmd", arguments.size() > 1 ? arguments.subList(1, arguments.size()) : null);
    body.put("Image", arguments.getFirst());
    body.put("WorkingDir", flags.get("workdir", ""));
    String entrypoint = flags.get("entrypoint");
    // docker's way to say "none, and not the image's either"
    body.put("Entrypoint", entrypoint == null ? null : List.of(entrypoint));
    body.put("Labels", keyValues(lines(flags.list("label-file"), flags.list("label"))));
    body.put("ExposedPorts", NetworkOptions.exposed(flags));
    put(body, "MacAddress", flags.get("mac-address"));
    put(body, "StopSignal", flags.get("stop-signal"));
    put(body, "StopTimeout", flags.number("stop-timeout"));
    put(body, "Healthcheck", healthcheck(flags));
    body.put("Volumes", volumes(flags));
    Map<String, @Nullable Object> host = hostConfig(flags);
    put(host, "ConsoleSize", size == null ? null : List.of(size.rows(), size.columns()));
    body.put("HostConfig", host);
    body.put("NetworkingConfig", NetworkOptions.networking(flags));
    return body;
  }

  static void put(Map<String, @Nullable Object> body, String name, @Nullable Object value) {
    if (value != null) {
      body.put(name, value);
    }
  }

  /** Variables with a value, and those of ours that are named only. */
  static List<String> environment(Flags flags) throws IOException {
    List<String> environment = new ArrayList<>();
    for (String variable : lines(flags.list("env-file"), flags.list("env"))) {
      if (variable.isEmpty() || variable.startsWith("=")) {
        throw flags.invalid("env", variable, "invalid environment variable: " + variable);
      }
      if (variable.indexOf('=') >= 0) {
        environment.add(variable);
      } else {
        String ours = System.getenv(variable);
        if (ours != null) {
          environment.add(variable + "=" + ours);
        }
      }
    }
    return environment;
  }

  private static List<String> lines(List<String> files, List<String> given) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String file : files) {
      try {
        Files.readAllLines(Path.of(file)).stream().map(String::stripLeading).filter(line -> !line.isEmpty() && !line.startsWith("#")).forEach(lines::add);
      } catch (java.nio.file.NoSuchFileException e) {
        throw new CliException(125, "open " + file + ": no such file or directory");
      }
    }
    lines.addAll(given);
    return lines;
  }

  private static Map<String, String> keyValues(List<String> pairs) {
    Map<String, String> map = new LinkedHashMap<>();
    for (String pair : pairs) {
      int equals = pair.indexOf('=');
      map.put(equals < 0 ? pair : pair.substring(0, equals), equals < 0 ? "" : pair.substring(equals + 1));
    }
    return map;
  }

  /** {@code -v /inside}, which asks for a volume without a name. */
  private static Map<String, Object> volumes(Flags flags) {
    Map<String, Object> volumes = new LinkedHashMap<>();
    flags.list("volume").stream().filter(volume -> volume.indexOf(':') < 0).forEach(volume -> volumes.put(volume, Map.of()));
    return volumes;
  }

  private static Map<String, @Nullable Object> hostConfig(Flags flags) {
    Map<String, @Nullable Object> host = new LinkedHashMap<>();
    host.put("Binds", flags.list("volume").stream().filter(volume -> volume.indexOf(':') >= 0).map(RunOptions::absolute).toList());
    put(host, "ContainerIDFile", flags.get("cidfile"));
    host.put("NetworkMode", NetworkOptions.mode(flags));
    host.put("PortBindings", NetworkOptions.bindings(flags));
    if (flags.has("rm") && !List.of("", "no").contains(flags.get("restart", ""))) {
      throw new CliException(125, "proa: conflicting options: cannot specify both --restart and --rm");
    }
    host.put("RestartPolicy", restart(flags));
    host.put("Links", NetworkOptions.legacyLinks(flags));
    host.put("AutoRemove", flags.has("rm"));
    put(host, "VolumeDriver", flags.get("volume-driver"));
    host.put("VolumesFrom", flags.list("volumes-from"));
    host.put("CapAdd", flags.list("cap-add"));
    host.put("CapDrop", flags.list("cap-drop"));
    put(host, "CgroupnsMode", flags.get("cgroupns"));
    for (String server : flags.list("dns")) {
      if (!server.matches("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")) {
        throw flags.invalid("dns", server, server + " is not an ip address");
      }
    }
    host.put("Dns", flags.list("dns"));
    host.put("DnsOptions", flags.list("dns-option"));
    host.put("DnsSearch", flags.list("dns-search"));
    host.put("ExtraHosts", flags.list("add-host"));
    host.put("GroupAdd", flags.list("group-add"));
    put(host, "IpcMode", flags.get("ipc"));
    put(host, "OomScoreAdj", flags.number("oom-score-adj"));
    put(host, "PidMode", flags.get("pid"));
    host.put("Privileged", flags.has("privileged"));
    host.put("PublishAllPorts", flags.has("publish-all"));
    host.put("ReadonlyRootfs", flags.has("read-only"));
    host.put("SecurityOpt", securityOptions(flags));
    put(host, "UTSMode", flags.get("uts"));
    put(host, "UsernsMode", flags.get("userns"));
    put(host, "ShmSize", bytes(flags, "shm-size"));
    put(host, "Runtime", flags.get("runtime"));
    put(host, "Isolation", flags.get("isolation"));
    put(host, "CpuShares", flags.number("cpu-shares"));
    put(host, "Memory", bytes(flags, "memory"));
    put(host, "NanoCpus", nanoCpus(flags));
    put(host, "CgroupParent", flags.get("cgroup-parent"));
    put(host, "CpuPeriod", flags.number("cpu-period"));
    put(host, "CpuQuota", flags.number("cpu-quota"));
    put(host, "CpuRealtimePeriod", flags.number("cpu-rt-period"));
    put(host, "CpuRealtimeRuntime", flags.number("cpu-rt-runtime"));
    put(host, "CpusetCpus", flags.get("cpuset-cpus"));
    put(host, "CpusetMems", flags.get("cpuset-mems"));
    DeviceOptions.host(flags, host);
    if (!flags.list("annotation").isEmpty()) {
      host.put("Annotations", keyValues(flags.list("annotation")));
    }
    put(host, "MemoryReservation", bytes(flags, "memory-reservation"));
    put(host, "MemorySwap", "-1".equals(flags.get("memory-swap")) ? Long.valueOf(-1) : bytes(flags, "memory-swap"));
    put(host, "MemorySwappiness", flags.number("memory-swappiness"));
    put(host, "OomKillDisable", flags.has("oom-kill-disable") ? Boolean.TRUE : null);
    put(host, "PidsLimit", flags.number("pids-limit"));
    put(host, "Init", flags.has("init") ? Boolean.TRUE : null);
    host.put("Ulimits", ulimits(flags));
    host.put("Sysctls", keyValues(flags.list("sysctl")));
    host.put("StorageOpt", keyValues(flags.list("storage-opt")));
    host.put("Tmpfs", MountOptions.tmpfs(flags));
    host.put("Mounts", MountOptions.mounts(flags));
    if (flags.given("log-driver") || !flags.list("log-opt").isEmpty()) {
      host.put("LogConfig", Map.of("Type", flags.get("log-driver", ""), "Config", keyValues(flags.list("log-opt"))));
    }
    return host;
  }

  /** A source that is a relative path is one of ours. */
  private static String absolute(String volume) {
    return volume.startsWith("./") || volume.startsWith("../") || volume.startsWith(".:") ? absolutePath(volume) : volume;
  }

  private static String absolutePath(String volume) {
    int colon = volume.indexOf(':');
    return Path.of(volume.substring(0, colon)).toAbsolutePath().normalize() + volume.substring(colon);
  }

  /** A seccomp profile that is a file of ours travels as its content. */
  private static List<String> securityOptions(Flags flags) {
    List<String> options = new ArrayList<>();
    for (String option : flags.list("security-opt")) {
      String profile = option.startsWith("seccomp=") || option.startsWith("seccomp:") ? option.substring("seccomp=".length()) : "";
      if (profile.isEmpty() || profile.equals("unconfined") || profile.equals("builtin")) {
        options.add(option);
        continue;
      }
      try {
        options.add("seccomp=" + Files.readString(Path.of(profile)));
      } catch (IOException e) {
        throw new CliException(125, "opening seccomp profile (" + profile + ") failed: open " + profile + ": no such file or directory");
      }
    }
    return options;
  }

  static @Nullable Long bytes(Flags flags, String name) {
    String value = flags.get(name);
    if (value == null) {
      return null;
    }
    try {
      return Units.bytes(value);
    } catch (NumberFormatException e) {
      throw flags.invalid(name, value, String.valueOf(e.getMessage()));
    }
  }

  static @Nullable Long nanoCpus(Flags flags) {
    String value = flags.get("cpus");
    if (value == null) {
      return null;
    }
    try {
      return new BigDecimal(value).movePointRight(9).longValueExact();
    } catch (NumberFormatException e) {
      throw flags.invalid("cpus", value, "failed to parse " + value + " as a rational number");
    } catch (ArithmeticException e) {
      throw flags.invalid("cpus", value, "value is too precise");
    }
  }

  static Map<String, Object> restart(Flags flags) {
    String policy = flags.get("restart", "no");
    int colon = policy.indexOf(':');
    if (colon < 0) {
      return Map.of("Name", policy, "MaximumRetryCount", 0L);
    }
    try {
      return Map.of("Name", policy.substring(0, colon), "MaximumRetryCount", Long.parseLong(policy.substring(colon + 1)));
    } catch (NumberFormatException e) {
      throw new CliException(125, "invalid restart policy format: maximum retry count must be an integer");
    }
  }

  private static List<Map<String, Object>> ulimits(Flags flags) {
    List<Map<String, Object>> ulimits = new ArrayList<>();
    for (String ulimit : flags.list("ulimit")) {
      int equals = ulimit.indexOf('=');
      String[] limits = equals < 0 ? new String[0] : ulimit.substring(equals + 1).split(":");
      try {
        if (limits.length < 1 || limits.length > 2) {
          throw new NumberFormatException();
        }
        long soft = Long.parseLong(limits[0]);
        long hard = limits.length == 2 ? Long.parseLong(limits[1]) : soft;
        ulimits.add(Map.of("Name", ulimit.substring(0, equals), "Soft", soft, "Hard", hard));
      } catch (NumberFormatException e) {
        throw flags.invalid("ulimit", ulimit, "invalid ulimit argument: " + ulimit);
      }
    }
    return ulimits;
  }

  private static @Nullable Map<String, Object> healthcheck(Flags flags) {
    if (flags.has("no-healthcheck")) {
      return Map.of("Test", List.of("NONE"));
    }
    Map<String, Object> check = new LinkedHashMap<>();
    String command = flags.get("health-cmd");
    if (command != null) {
      check.put("Test", List.of("CMD-SHELL", command));
    }
    for (Map.Entry<String, String> entry :
        Map.of("health-interval", "Interval", "health-timeout", "Timeout", "health-start-period", "StartPeriod", "health-start-interval", "StartInterval").entrySet()) {
      String value = flags.get(entry.getKey());
      if (value != null) {
        try {
          check.put(entry.getValue(), Units.durationNs(value));
        } catch (NumberFormatException e) {
          throw flags.invalid(entry.getKey(), value, String.valueOf(e.getMessage()));
        }
      }
    }
    Long retries = flags.number("health-retries");
    if (retries != null) {
      check.put("Retries", retries);
    }
    return check.isEmpty() ? null : check;
  }
}
