package dev.proa.cli.compose.model;

import dev.proa.cli.compose.model.Value.Fields;
import dev.proa.cli.compose.model.Value.Items;
import dev.proa.cli.compose.model.Value.Text;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads one service into its long form: every short form written out, every path absolute, numbers as numbers. */
final class ServiceReader {
  private final Path directory;
  private final Map<String, String> variables;
  private final Consumer<String> warnings;
  private final Mapping service;

  /**
   * @param directory what paths are relative to
   * @param variables the project's environment, for names without a value
   */
  ServiceReader(Path directory, Map<String, String> variables, Consumer<String> warnings) {
    this.directory = directory;
    this.variables = variables;
    this.warnings = warnings;
    service =
        new Mapping()
            .with(
                Shapes::text, "cgroup", "cgroup_parent", "container_name", "cpuset", "domainname", "hostname", "image", "ipc", "isolation", "mac_address", "network_mode", "pid", "platform",
                "pull_policy", "restart", "runtime", "stop_signal", "user", "userns_mode", "uts", "working_dir")
            .with(Shapes::bool, "attach", "init", "oom_kill_disable", "privileged", "read_only", "stdin_open", "tty")
            .with(
                Shapes::integer, "cpu_count", "cpu_period", "cpu_quota", "cpu_rt_period", "cpu_rt_runtime", "cpu_shares", "mem_swappiness", "oom_score_adj", "pids_limit", "scale")
            .with(Shapes::decimal, "cpus", "cpu_percent")
            .with(Shapes::bytes, "mem_limit", "mem_reservation", "memswap_limit", "shm_size")
            .with("stop_grace_period", Shapes::duration)
            .with(Shapes::texts, "cap_add", "cap_drop", "device_cgroup_rules", "devices", "external_links", "group_add", "links", "profiles", "security_opt", "volumes_from")
            .with(Shapes::textOrTexts, "dns", "dns_opt", "dns_search", "expose", "tmpfs")
            .with(Shapes::labels, "annotations", "labels", "storage_opt", "sysctls")
            .with(Shapes::command, "command", "entrypoint")
            .with("extra_hosts", ServiceReader::hosts)
            .with("environment", this::environment)
            .with("env_file", this::envFiles)
            .with("label_file", (value, at) -> Shapes.textOrTexts(value, at).stream().map(file -> (Object) path(String.valueOf(file))).toList())
            .with("build", this::build)
            .with("ports", ServiceReader::ports)
            .with("volumes", this::volumes)
            .with("networks", this::networks)
            .with("depends_on", this::dependencies)
            .with("healthcheck", this::healthcheck)
            .with("deploy", this::deploy)
            .with("ulimits", this::ulimits)
            .with(this::files, "secrets", "configs")
            .with("blkio_config", this::blkio)
            .with("logging", this::logging)
            .with("gpus", this::gpus)
            .with("extends", this::extended)
            .with(this::hooks, "post_start", "pre_stop")
            .with("develop", this::develop)
            .with("provider", ServiceReader::provider)
            .with(this::notActedOn, "credential_spec", "driver_opts", "models", "use_api_socket");
  }

  Map<String, @Nullable Object> read(Value value, String at) {
    if (!(value instanceof Fields)) {
      throw Shapes.wrong(value, at, "a mapping");
    }
    Map<String, @Nullable Object> read = service.read(value, at, warnings);
    read.keySet().removeIf(key -> read.get(key) == null && !key.equals("command") && !key.equals("entrypoint"));
    return read;
  }

  private String path(String text) {
    return ShortSyntax.absolute(text, directory);
  }

  private Map<String, @Nullable Object> environment(Value value, String at) {
    Map<String, @Nullable Object> pairs = Shapes.pairs(value, at);
    pairs.replaceAll((name, each) -> each == null ? variables.get(name) : each);
    return pairs;
  }

  /** Read at once, into what {@code environment} is laid over later. */
  private List<Object> envFiles(Value value, String at) {
    List<Object> files = new ArrayList<>();
    for (Value item : value instanceof Items list ? list.items() : List.of(value)) {
      boolean required = true;
      String path;
      if (item instanceof Fields fields) {
        path = Shapes.text(need(fields, "path", at), at + ".path");
        Value given = fields.fields().get("required");
        required = given == null || Shapes.bool(given, at + ".required");
      } else {
        path = Shapes.text(item, at);
      }
      Path file = Path.of(path(path));
      if (Files.isRegularFile(file)) {
        files.add(file.toString());
      } else if (required) {
        throw item.place().error("env file " + file + " not found");
      }
    }
    return files;
  }

  /** What a service's {@code env_file}s say. */
  static Map<String, @Nullable Object> ofEnvFiles(List<?> files, Map<String, String> variables) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    for (Object file : files) {
      try {
        all.putAll(EnvFile.read(Path.of(String.valueOf(file)), variables));
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read env file " + file + ": " + e.getMessage(), e);
      }
    }
    return all;
  }

  private static Value need(Fields fields, String key, String at) {
    Value value = fields.fields().get(key);
    if (value == null || value.absent()) {
      throw fields.place().error(at + ": " + key + " is missing");
    }
    return value;
  }

  /** {@code NAME:ADDRESS} or {@code NAME=ADDRESS} in a list, or a mapping. */
  private static List<Object> hosts(Value value, String at) {
    List<Object> hosts = new ArrayList<>();
    if (value instanceof Items list) {
      for (Value item : list.items()) {
        hosts.add(Shapes.text(item, at).replaceFirst("^([^:=]+)=", "$1:"));
      }
      return hosts;
    }
    Shapes.fields(value, at).forEach((name, address) -> Shapes.textOrTexts(address, at + "." + name).forEach(each -> hosts.add(name + ":" + each)));
    return hosts;
  }

  private Object build(Value value, String at) {
    if (value instanceof Text text) {
      return context(new LinkedHashMap<>(Map.of("context", text.text())));
    }
    Mapping mapping =
        new Mapping()
            .with(Shapes::text, "context", "dockerfile", "dockerfile_inline", "target", "network", "isolation")
            .with("args", this::environment)
            .with("labels", Shapes::labels)
            .with(Shapes::texts, "cache_from", "cache_to", "tags", "platforms", "entitlements")
            .with(Shapes::bool, "no_cache", "pull", "privileged", "provenance", "sbom")
            .with("shm_size", Shapes::bytes)
            .with("extra_hosts", ServiceReader::hosts)
            .with("ulimits", this::ulimits)
            .with("secrets", this::files)
            .with("ssh", Shapes::textOrTexts);
    return context(mapping.read(value, at, warnings));
  }

  private Map<String, @Nullable Object> context(Map<String, @Nullable Object> build) {
    Object context = build.getOrDefault("context", ".");
    String text = String.valueOf(context);
    build.put("context", text.contains("://") || text.startsWith("git@") ? text : path(text));
    return build;
  }

  private static List<Object> ports(Value value, String at) {
    List<Object> ports = new ArrayList<>();
    for (Value item : Shapes.items(value, at)) {
      if (item instanceof Text text) {
        ports.addAll(ShortSyntax.port(text, at));
        continue;
      }
      Map<String, @Nullable Object> port =
          new Mapping()
              .with("target", Shapes::integer)
              .with(Shapes::text, "published", "host_ip", "protocol", "mode", "name", "app_protocol")
              .read(item, at, warning -> {});
      if (port.get("target") == null) {
        throw item.place().error(at + ": target is missing");
      }
      port.putIfAbsent("mode", "ingress");
      port.putIfAbsent("protocol", "tcp");
      ports.add(port);
    }
    return ports;
  }

  private List<Object> volumes(Value value, String at) {
    List<Object> volumes = new ArrayList<>();
    for (Value item : Shapes.items(value, at)) {
      if (item instanceof Text text) {
        volumes.add(ShortSyntax.volume(text, at, directory));
        continue;
      }
      Map<String, @Nullable Object> volume =
          new Mapping()
              .with(Shapes::text, "type", "source", "target", "consistency")
              .with("read_only", Shapes::bool)
              .with("bind", (v, a) -> new Mapping().with(Shapes::text, "propagation", "selinux", "recursive").with("create_host_path", Shapes::bool).read(v, a, warnings))
              .with("volume", (v, a) -> new Mapping().with("nocopy", Shapes::bool).with("subpath", Shapes::text).with("labels", Shapes::labels).read(v, a, warnings))
              .with("tmpfs", (v, a) -> new Mapping().with("size", Shapes::bytes).with("mode", Shapes::mode).read(v, a, warnings))
              .with("image", (v, a) -> new Mapping().with("subpath", Shapes::text).read(v, a, warnings))
              .read(item, at, warnings);
      if (volume.get("type") == null || volume.get("target") == null) {
        throw item.place().error(at + ": a volume needs type and target");
      }
      if ("bind".equals(volume.get("type"))) {
        volume.put("source", path(String.valueOf(volume.get("source"))));
      }
      volumes.add(volume);
    }
    return volumes;
  }

  private Map<String, @Nullable Object> networks(Value value, String at) {
    Map<String, @Nullable Object> networks = new LinkedHashMap<>();
    if (value instanceof Items) {
      Shapes.texts(value, at).forEach(name -> networks.put(String.valueOf(name), new LinkedHashMap<>()));
      return networks;
    }
    Mapping endpoint =
        new Mapping()
            .with(Shapes::texts, "aliases", "link_local_ips")
            .with(Shapes::text, "ipv4_address", "ipv6_address", "mac_address", "interface_name")
            .with(Shapes::integer, "priority", "gw_priority")
            .with("driver_opts", Shapes::labels);
    Shapes.fields(value, at).forEach((name, each) -> networks.put(name, endpoint.read(each, at + "." + name, warnings)));
    return networks;
  }

  private Map<String, @Nullable Object> dependencies(Value value, String at) {
    Map<String, @Nullable Object> dependencies = new LinkedHashMap<>();
    if (value instanceof Items) {
      Shapes.texts(value, at).forEach(name -> dependencies.put(String.valueOf(name), new LinkedHashMap<>(Map.of("condition", "service_started", "required", true))));
      return dependencies;
    }
    Mapping mapping = new Mapping().with(Shapes::bool, "required", "restart").with("condition", ServiceReader::condition);
    Shapes.fields(value, at)
        .forEach(
            (name, each) -> {
              Map<String, @Nullable Object> dependency = mapping.read(each, at + "." + name, warnings);
              dependency.putIfAbsent("condition", "service_started");
              dependency.putIfAbsent("required", true);
              dependencies.put(name, dependency);
            });
    return dependencies;
  }

  private static String condition(Value value, String at) {
    String condition = Shapes.text(value, at);
    if (!List.of("service_started", "service_healthy", "service_completed_successfully").contains(condition)) {
      throw Shapes.wrong(value, at, "service_started, service_healthy or service_completed_successfully");
    }
    return condition;
  }

  private Map<String, @Nullable Object> healthcheck(Value value, String at) {
    return new Mapping()
        .with("test", (v, a) -> v instanceof Text text ? List.of("CMD-SHELL", text.text()) : Shapes.texts(v, a))
        .with(Shapes::duration, "interval", "timeout", "start_period", "start_interval")
        .with("retries", Shapes::integer)
        .with("disable", Shapes::bool)
        .read(value, at, warnings);
  }

  private Map<String, @Nullable Object> deploy(Value value, String at) {
    Mapping device = new Mapping().with(Shapes::texts, "capabilities", "device_ids").with("driver", Shapes::text).with("count", Shapes::text).with("options", Shapes::labels);
    Mapping amounts =
        new Mapping()
            .with("cpus", Shapes::decimal)
            .with("memory", Shapes::bytes)
            .with("pids", Shapes::integer)
            .with("devices", (v, a) -> Shapes.items(v, a).stream().map(each -> (Object) device.read(each, a, warnings)).toList());
    return new Mapping()
        .with("replicas", Shapes::integer)
        .with("mode", Shapes::text)
        .with("labels", Shapes::labels)
        .with("resources", (v, a) -> new Mapping().with((w, b) -> amounts.read(w, b, warnings), "limits", "reservations").read(v, a, warnings))
        .with(
            "restart_policy",
            (v, a) -> new Mapping().with("condition", Shapes::text).with("max_attempts", Shapes::integer).with(Shapes::duration, "delay", "window").read(v, a, warnings))
        // Of clusters.
        .with((v, a) -> null, "update_config", "rollback_config", "placement", "endpoint_mode")
        .read(value, at, warnings);
  }

  private Map<String, @Nullable Object> ulimits(Value value, String at) {
    Map<String, @Nullable Object> limits = new LinkedHashMap<>();
    Shapes.fields(value, at)
        .forEach(
            (name, each) -> {
              String where = at + "." + name;
              if (each instanceof Fields) {
                limits.put(name, new Mapping().with(Shapes::integer, "soft", "hard").read(each, where, warnings));
              } else {
                long both = Shapes.integer(each, where);
                limits.put(name, new LinkedHashMap<>(Map.of("soft", both, "hard", both)));
              }
            });
    return limits;
  }

  /** Secrets and configs that a service gets. */
  private List<Object> files(Value value, String at) {
    List<Object> files = new ArrayList<>();
    for (Value item : Shapes.items(value, at)) {
      if (item instanceof Text text) {
        files.add(new LinkedHashMap<>(Map.of("source", text.text())));
        continue;
      }
      Map<String, @Nullable Object> file = new Mapping().with(Shapes::text, "source", "target", "uid", "gid").with("mode", Shapes::mode).read(item, at, warnings);
      if (file.get("source") == null) {
        throw item.place().error(at + ": source is missing");
      }
      files.add(file);
    }
    return files;
  }

  private Map<String, @Nullable Object> blkio(Value value, String at) {
    Mapping weight = new Mapping().with("path", Shapes::text).with("weight", Shapes::integer);
    Mapping rate = new Mapping().with("path", Shapes::text).with("rate", Shapes::bytes);
    return new Mapping()
        .with("weight", Shapes::integer)
        .with("weight_device", (v, a) -> Shapes.items(v, a).stream().map(each -> (Object) weight.read(each, a, warnings)).toList())
        .with(
            (v, a) -> Shapes.items(v, a).stream().map(each -> (Object) rate.read(each, a, warnings)).toList(), "device_read_bps", "device_read_iops", "device_write_bps",
            "device_write_iops")
        .read(value, at, warnings);
  }

  /** Commands in the container, after its start and before its stop. */
  private List<Object> hooks(Value value, String at) {
    Mapping hook =
        new Mapping().with("command", Shapes::command).with(Shapes::text, "user", "working_dir").with("privileged", Shapes::bool).with("environment", this::environment);
    List<Object> hooks = new ArrayList<>();
    for (Value item : Shapes.items(value, at)) {
      Map<String, @Nullable Object> read = hook.read(item, at + "[" + hooks.size() + "]", warnings);
      if (Project.list(read.get("command")).isEmpty()) {
        throw item.place().error(at + "[" + hooks.size() + "]: command is missing");
      }
      hooks.add(read);
    }
    return hooks;
  }

  /** What {@code compose watch} goes by. */
  private Map<String, @Nullable Object> develop(Value value, String at) {
    Mapping rule =
        new Mapping()
            .with("action", ServiceReader::watchAction)
            .with("path", (v, a) -> path(Shapes.text(v, a)))
            .with("target", Shapes::text)
            .with(Shapes::textOrTexts, "ignore", "include")
            .with("initial_sync", Shapes::bool)
            .with("exec", (v, a) -> new Mapping().with("command", Shapes::command).with(Shapes::text, "user", "working_dir").with("privileged", Shapes::bool).with("environment", this::environment).read(v, a, warnings));
    return new Mapping()
        .with(
            "watch",
            (v, a) -> {
              List<Object> rules = new ArrayList<>();
              for (Value item : Shapes.items(v, a)) {
                String where = a + "[" + rules.size() + "]";
                Map<String, @Nullable Object> read = rule.read(item, where, warnings);
                if (read.get("action") == null || read.get("path") == null) {
                  throw item.place().error(where + ": action and path are needed");
                }
                if (String.valueOf(read.get("action")).startsWith("sync") && read.get("target") == null) {
                  throw item.place().error(where + ": target is missing, which " + read.get("action") + " needs");
                }
                rules.add(read);
              }
              return rules;
            })
        .read(value, at, warnings);
  }

  private static String watchAction(Value value, String at) {
    String action = Shapes.text(value, at);
    if (!List.of("rebuild", "restart", "sync", "sync+exec", "sync+restart").contains(action)) {
      throw Shapes.wrong(value, at, "rebuild, restart, sync, sync+exec or sync+restart");
    }
    return action;
  }

  /** Refused where the service is used: what is left of it is the sentence for that. */
  private static Object provider(Value value, String at) {
    return String.valueOf(value.place().error(at + ": a service that a program outside of the engine provides is not served; run that program yourself, and leave the service to a profile of its own").getMessage());
  }

  private @Nullable Object notActedOn(Value value, String at) {
    warnings.accept(value.place() + ": " + at + ": is not acted on");
    return null;
  }

  private Map<String, @Nullable Object> logging(Value value, String at) {
    return new Mapping().with("driver", Shapes::text).with("options", Shapes::labels).read(value, at, warnings);
  }

  private Object gpus(Value value, String at) {
    if (value instanceof Text text) {
      return List.of(Map.of("count", text.text(), "capabilities", List.of("gpu")));
    }
    Mapping device = new Mapping().with(Shapes::texts, "capabilities", "device_ids").with(Shapes::text, "driver", "count").with("options", Shapes::labels);
    return Shapes.items(value, at).stream().map(each -> (Object) device.read(each, at, warnings)).toList();
  }

  private Object extended(Value value, String at) {
    if (value instanceof Text text) {
      return new LinkedHashMap<>(Map.of("service", text.text()));
    }
    Map<String, @Nullable Object> extended = new Mapping().with(Shapes::text, "service", "file").read(value, at, warnings);
    if (extended.get("service") == null) {
      throw value.place().error(at + ": service is missing");
    }
    if (extended.get("file") != null) {
      extended.put("file", path(String.valueOf(extended.get("file"))));
    }
    return extended;
  }
}
