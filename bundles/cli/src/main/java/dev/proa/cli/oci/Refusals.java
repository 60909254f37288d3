package dev.proa.cli.oci;

import static dev.proa.cli.json.Json.at;
import static dev.proa.cli.json.Json.list;
import static dev.proa.cli.json.Json.object;

import dev.proa.spi.ProaException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Fields of the runtime specification 1.3 that nothing here applies: a configuration that has them gets a container other than it asks for, so it is
 * refused by the field's name. {@code memory.kernel}, which Linux no longer has, and {@code useHierarchy: true}, which is all there is, are passed over.
 */
final class Refusals {
  private static final Map<String, String> OF_CONFIGURATION = new LinkedHashMap<>();
  private static final Map<String, String> OF_RESOURCES = new LinkedHashMap<>();

  static {
    OF_CONFIGURATION.put("linux.intelRdt", "cache and memory bandwidth allocation");
    OF_CONFIGURATION.put("linux.netDevices", "moving the host's network devices into a container; a createRuntime hook can do it");
    OF_CONFIGURATION.put("linux.seccomp.listenerPath", "system calls decided by an agent");
    OF_CONFIGURATION.put("solaris", "not of a Linux container");
    OF_CONFIGURATION.put("windows", "not of a Linux container");
    OF_CONFIGURATION.put("vm", "not of a container; microVMs are the engine's");
    OF_CONFIGURATION.put("zos", "not of a Linux container");
    OF_CONFIGURATION.put("freebsd", "not of a Linux container");
    OF_RESOURCES.put("network", "classes and priorities of net_cls and net_prio, which control groups v2 do not have");
    OF_RESOURCES.put("rdma", "limits on RDMA devices");
    OF_RESOURCES.put("memory.kernelTCP", "a limit that control groups v2 do not have");
    OF_RESOURCES.put("blockIO.leafWeight", "weights of the CFQ scheduler, which left Linux in 5.0");
  }

  private Refusals() {}

  static void check(@Nullable Object json) {
    refuse(json, OF_CONFIGURATION, "");
    boolean uts = list(json, "linux", "namespaces").stream().anyMatch(namespace -> "uts".equals(at(namespace, "type")));
    for (String name : List.of("hostname", "domainname")) {
      if (!uts && at(json, name) instanceof String wanted && !wanted.isEmpty()) {
        throw ProaException.invalid(name + ": \"" + wanted + "\" needs a uts namespace, or it would be the host's");
      }
      Object given = at(json, name);
      if (given != null
          && object(json, "linux", "sysctl").entrySet().stream()
              .anyMatch(setting -> setting.getKey().replace('/', '.').equals("kernel." + name) && !given.equals(setting.getValue()))) {
        throw ProaException.invalid("linux.sysctl: kernel." + name + " conflicts with " + name);
      }
    }
    Set<Object> limits = new HashSet<>();
    for (Object limit : list(json, "process", "rlimits")) {
      if (!limits.add(String.valueOf(at(limit, "type")))) {
        throw ProaException.invalid("process.rlimits: " + at(limit, "type") + " is there twice");
      }
    }
  }

  static void checkResources(@Nullable Object json) {
    refuse(json, OF_RESOURCES, "linux.resources.");
    if (at(json, "memory", "useHierarchy") instanceof Boolean hierarchy && !hierarchy) {
      throw ProaException.notImplemented("linux.resources.memory.useHierarchy: false, which Linux does not have since 5.11");
    }
  }

  private static void refuse(@Nullable Object json, Map<String, String> fields, String prefix) {
    fields.forEach(
        (path, what) -> {
          Object value = at(json, path.split("\\."));
          boolean empty = value instanceof Map<?, ?> map && map.isEmpty() || value instanceof List<?> list && list.isEmpty() || "".equals(value);
          if (value != null && (!empty || path.equals("linux.intelRdt"))) {
            throw ProaException.notImplemented(prefix + path + ": " + what);
          }
        });
  }
}
