package dev.proa.cli.oci;

import static dev.proa.cli.json.Json.at;
import static dev.proa.cli.json.Json.isTrue;
import static dev.proa.cli.json.Json.list;
import static dev.proa.cli.json.Json.object;

import dev.proa.cli.json.Json;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads a config.json of the OCI runtime specification. What that does not define it passes over (config.md "Extensibility"); what it defines and is not
 * there {@link Refusals} names.
 */
final class SpecJson {
  private static final int USUAL_DEVICE_MODE = 0666;

  /** What every container may use whatever else is forbidden (config-linux.md "Default Devices"), and the terminals. */
  private static final List<Spec.DeviceRule> DEFAULT_DEVICES =
      List.of(
          new Spec.DeviceRule(true, "c", null, null, "m"),
          new Spec.DeviceRule(true, "b", null, null, "m"),
          new Spec.DeviceRule(true, "c", 1L, 3L, "rwm"),
          new Spec.DeviceRule(true, "c", 1L, 5L, "rwm"),
          new Spec.DeviceRule(true, "c", 1L, 7L, "rwm"),
          new Spec.DeviceRule(true, "c", 1L, 8L, "rwm"),
          new Spec.DeviceRule(true, "c", 1L, 9L, "rwm"),
          new Spec.DeviceRule(true, "c", 5L, 0L, "rwm"),
          new Spec.DeviceRule(true, "c", 5L, 2L, "rwm"),
          new Spec.DeviceRule(true, "c", 136L, null, "rwm"));

  private SpecJson() {}

  /** {@code INVALID_ARGUMENT} for what is no configuration of a Linux container. */
  static Spec parse(String text) {
    Object json;
    try {
      json = Json.parse(text);
    } catch (Json.JsonException e) {
      throw ProaException.invalid("config.json is " + e.getMessage());
    }
    String version = text(json, "ociVersion");
    if (version == null || !version.matches("\\d+\\.\\d+\\.\\d+.*")) {
      throw ProaException.invalid("ociVersion: \"" + version + "\" is no version");
    }
    if (!version.startsWith("1.")) {
      throw ProaException.invalid("unsupported ociVersion " + version + ": 1.x is what is known here");
    }
    if (at(json, "process") == null) {
      throw ProaException.invalid("process property must not be empty");
    }
    if (text(json, "root", "path") == null) {
      throw ProaException.invalid("root.path must not be empty");
    }
    Refusals.check(json);
    return new Spec(
        version,
        process(at(json, "process")),
        new Spec.Root(text(json, "root", "path") + "", isTrue(json, "root", "readonly")),
        text(json, "hostname"),
        text(json, "domainname"),
        each(json, SpecJson::mount, "mounts"),
        hooks(at(json, "hooks")),
        linux(at(json, "linux")),
        texts(object(json, "annotations")));
  }

  /** A process.json, or the member "process". */
  static Spec.Process process(@Nullable Object json) {
    Object capabilities = at(json, "capabilities");
    Object size = at(json, "consoleSize");
    String cwd = text(json, "cwd");
    if (cwd == null || !cwd.startsWith("/")) {
      throw ProaException.invalid("process.cwd: Cwd must be an absolute path");
    }
    return new Spec.Process(
        isTrue(json, "terminal"),
        size == null ? null : new Spec.ConsoleSize((int) number(size, 0, "height"), (int) number(size, 0, "width")),
        user(at(json, "user")),
        strings(json, "args"),
        strings(json, "env"),
        cwd,
        new Spec.Capabilities(
            strings(capabilities, "bounding"),
            strings(capabilities, "effective"),
            strings(capabilities, "inheritable"),
            strings(capabilities, "permitted"),
            strings(capabilities, "ambient")),
        each(json, limit -> new Spec.Rlimit(text(limit, "type") + "", number(limit, 0, "soft"), number(limit, 0, "hard")), "rlimits"),
        isTrue(json, "noNewPrivileges"),
        text(json, "apparmorProfile"),
        integer(json, "oomScoreAdj"),
        text(json, "selinuxLabel"),
        scheduler(at(json, "scheduler")),
        at(json, "ioPriority") == null
            ? null
            : new Spec.IoPriority(text(json, "ioPriority", "class") + "", (int) number(json, 0, "ioPriority", "priority")),
        at(json, "execCPUAffinity") == null
            ? null
            : new Spec.CpuAffinity(text(json, "execCPUAffinity", "initial"), text(json, "execCPUAffinity", "final")));
  }

  private static Spec.User user(@Nullable Object json) {
    return new Spec.User(
        (int) number(json, 0, "uid"), (int) number(json, 0, "gid"), integer(json, "umask"), each(json, gid -> (int) whole(gid), "additionalGids"));
  }

  private static Spec.@Nullable Scheduler scheduler(@Nullable Object json) {
    return json == null
        ? null
        : new Spec.Scheduler(
            text(json, "policy") + "",
            (int) number(json, 0, "nice"),
            (int) number(json, 0, "priority"),
            strings(json, "flags"),
            number(json, 0, "runtime"),
            number(json, 0, "deadline"),
            number(json, 0, "period"));
  }

  private static Spec.Mount mount(@Nullable Object json) {
    List<String> options = strings(json, "options");
    String type = text(json, "type");
    boolean bind = options.contains("bind") || options.contains("rbind");
    String source = text(json, "source");
    String destination = text(json, "destination");
    if (destination == null || destination.isEmpty()) {
      throw ProaException.invalid("mounts: a destination must not be empty");
    }
    return new Spec.Mount(
        destination.startsWith("/") ? destination : "/" + destination, // relative ones are deprecated, and below the root
        type == null || type.isEmpty() || type.equals("none") ? (bind ? "bind" : "none") : bind ? "bind" : type,
        source == null ? "" : source,
        options,
        each(json, SpecJson::mapping, "uidMappings"),
        each(json, SpecJson::mapping, "gidMappings"));
  }

  private static Spec.IdMapping mapping(@Nullable Object json) {
    return new Spec.IdMapping(number(json, 0, "containerID"), number(json, 0, "hostID"), number(json, 0, "size"));
  }

  private static Spec.@Nullable Hooks hooks(@Nullable Object json) {
    return json == null
        ? null
        : new Spec.Hooks(
            each(json, SpecJson::hook, "prestart"),
            each(json, SpecJson::hook, "createRuntime"),
            each(json, SpecJson::hook, "createContainer"),
            each(json, SpecJson::hook, "startContainer"),
            each(json, SpecJson::hook, "poststart"),
            each(json, SpecJson::hook, "poststop"));
  }

  private static Spec.Hook hook(@Nullable Object json) {
    // Without an environment of its own it has the runtime's, as with runc and crun.
    List<String> env =
        at(json, "env") == null
            ? System.getenv().entrySet().stream().map(variable -> variable.getKey() + "=" + variable.getValue()).toList()
            : strings(json, "env");
    return new Spec.Hook(text(json, "path") + "", strings(json, "args"), env, integer(json, "timeout"));
  }

  private static Spec.Linux linux(@Nullable Object json) {
    Map<String, Spec.TimeOffset> offsets = new LinkedHashMap<>();
    object(json, "timeOffsets").forEach((clock, offset) -> offsets.put(clock, new Spec.TimeOffset(number(offset, 0, "secs"), number(offset, 0, "nanosecs"))));
    String domain = text(json, "personality", "domain");
    return new Spec.Linux(
        each(json, namespace -> new Spec.Namespace(text(namespace, "type") + "", text(namespace, "path")), "namespaces"),
        each(json, SpecJson::mapping, "uidMappings"),
        each(json, SpecJson::mapping, "gidMappings"),
        each(json, SpecJson::device, "devices"),
        text(json, "cgroupsPath"),
        resources(at(json, "resources"), true),
        text(json, "rootfsPropagation"),
        at(json, "seccomp") == null ? null : seccomp(at(json, "seccomp")),
        texts(object(json, "sysctl")),
        strings(json, "maskedPaths"),
        strings(json, "readonlyPaths"),
        text(json, "mountLabel"),
        offsets,
        domain == null ? null : new Spec.Personality(domain, strings(json, "personality", "flags")),
        at(json, "memoryPolicy") == null
            ? null
            : new Spec.MemoryPolicy(text(json, "memoryPolicy", "mode") + "", text(json, "memoryPolicy", "nodes"), strings(json, "memoryPolicy", "flags")));
  }

  private static Spec.Device device(@Nullable Object json) {
    return new Spec.Device(
        text(json, "path") + "",
        text(json, "type") + "",
        number(json, 0, "major"),
        number(json, 0, "minor"),
        (int) number(json, USUAL_DEVICE_MODE, "fileMode"),
        (int) number(json, 0, "uid"),
        (int) number(json, 0, "gid"));
  }

  /** @param devices whether the devices that every container has are added */
  static Spec.Resources resources(@Nullable Object json, boolean devices) {
    Refusals.checkResources(json);
    List<Spec.DeviceRule> rules = new ArrayList<>(each(json, SpecJson::rule, "devices"));
    if (devices) {
      rules.addAll(DEFAULT_DEVICES);
    }
    Object memory = at(json, "memory");
    Object cpu = at(json, "cpu");
    return new Spec.Resources(
        rules,
        memory == null
            ? null
            : new Spec.Memory(
                whole(memory, "limit"),
                whole(memory, "reservation"),
                whole(memory, "swap"),
                whole(memory, "kernel"),
                whole(memory, "swappiness"),
                at(memory, "disableOOMKiller") == null ? null : isTrue(memory, "disableOOMKiller"),
                isTrue(memory, "checkBeforeUpdate")),
        cpu == null
            ? null
            : new Spec.Cpu(
                whole(cpu, "shares"),
                whole(cpu, "quota"),
                whole(cpu, "period"),
                whole(cpu, "realtimeRuntime"),
                whole(cpu, "realtimePeriod"),
                text(cpu, "cpus"),
                text(cpu, "mems"),
                whole(cpu, "burst"),
                whole(cpu, "idle")),
        whole(json, "pids", "limit"),
        at(json, "blockIO") == null ? null : blockIo(at(json, "blockIO")),
        each(json, limit -> new Spec.HugepageLimit(text(limit, "pageSize") + "", number(limit, 0, "limit")), "hugepageLimits"),
        texts(object(json, "unified")));
  }

  private static Spec.DeviceRule rule(@Nullable Object json) {
    String type = text(json, "type");
    String access = text(json, "access");
    return new Spec.DeviceRule(
        isTrue(json, "allow"), type == null || type.isEmpty() ? "a" : type, wildcard(json, "major"), wildcard(json, "minor"),
        access == null || access.isEmpty() ? "rwm" : access);
  }

  private static @Nullable Long wildcard(@Nullable Object json, String name) {
    Long number = whole(json, name);
    return number == null || number < 0 ? null : number;
  }

  private static Spec.BlockIO blockIo(@Nullable Object json) {
    Function<Object, Spec.ThrottleDevice> throttle = t -> new Spec.ThrottleDevice(number(t, 0, "major"), number(t, 0, "minor"), number(t, 0, "rate"));
    return new Spec.BlockIO(
        integer(json, "weight"),
        each(json, w -> new Spec.WeightDevice(number(w, 0, "major"), number(w, 0, "minor"), (int) number(w, 0, "weight")), "weightDevice"),
        each(json, throttle, "throttleReadBpsDevice"),
        each(json, throttle, "throttleWriteBpsDevice"),
        each(json, throttle, "throttleReadIOPSDevice"),
        each(json, throttle, "throttleWriteIOPSDevice"));
  }

  private static Spec.Seccomp seccomp(@Nullable Object json) {
    return new Spec.Seccomp(
        text(json, "defaultAction") + "",
        integer(json, "defaultErrnoRet"),
        strings(json, "architectures"),
        strings(json, "flags"),
        each(
            json,
            rule ->
                new Spec.SeccompSyscall(
                    strings(rule, "names"),
                    text(rule, "action") + "",
                    integer(rule, "errnoRet"),
                    each(
                        rule,
                        arg -> new Spec.SeccompArg((int) number(arg, 0, "index"), number(arg, 0, "value"), number(arg, 0, "valueTwo"), text(arg, "op") + ""),
                        "args")),
            "syscalls"));
  }

  // --- small things

  private static @Nullable String text(@Nullable Object json, String... path) {
    Object value = at(json, path);
    if (value != null && !(value instanceof String)) {
      throw ProaException.invalid(String.join(".", path) + " is no string");
    }
    return (String) value;
  }

  private static List<String> strings(@Nullable Object json, String... path) {
    List<String> strings = new ArrayList<>();
    for (Object value : list(json, path)) {
      if (!(value instanceof String string) || string.indexOf('\0') >= 0) {
        throw ProaException.invalid(String.join(".", path) + ": " + value + " is no string");
      }
      strings.add(string);
    }
    return strings;
  }

  private static Map<String, String> texts(Map<String, @Nullable Object> object) {
    Map<String, String> texts = new LinkedHashMap<>();
    object.forEach((key, value) -> texts.put(key, String.valueOf(value)));
    return texts;
  }

  private static <T> List<T> each(@Nullable Object json, Function<Object, T> reader, String name) {
    List<T> all = new ArrayList<>();
    for (Object value : list(json, name)) {
      if (value == null) {
        throw ProaException.invalid(name + ": null is no element");
      }
      all.add(reader.apply(value));
    }
    return all;
  }

  private static @Nullable Long whole(@Nullable Object json, String... path) {
    Object value = at(json, path);
    return value == null ? null : whole(value);
  }

  private static long whole(Object value) {
    if (value instanceof Double number && number >= 0x1p63) {
      // Unsigned numbers of 64 bits; the largest is the kernel's "no limit".
      return new java.math.BigDecimal(number).min(new java.math.BigDecimal(java.math.BigInteger.TWO.pow(64).subtract(java.math.BigInteger.ONE))).toBigInteger().longValue();
    }
    if (value instanceof Number number) {
      return number.longValue();
    }
    throw ProaException.invalid(value + " is no number");
  }

  private static @Nullable Integer integer(@Nullable Object json, String... path) {
    Long value = whole(json, path);
    return value == null ? null : value.intValue();
  }

  private static long number(@Nullable Object json, long otherwise, String... path) {
    Long value = whole(json, path);
    return value == null ? otherwise : value;
  }
}
