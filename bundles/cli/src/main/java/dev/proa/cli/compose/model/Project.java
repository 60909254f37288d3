package dev.proa.cli.compose.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A project as its files and the environment make it. Services and resources are mappings in the long form of the specification: paths absolute, sizes in bytes,
 * durations in nanoseconds.
 *
 * @param services those that the chosen profiles switch on
 * @param disabled names of the others
 * @param networks {@code volumes}, {@code secrets} and {@code configs} by their names in the files; {@code name} is the engine's
 * @param environment the variables that values were replaced from
 */
public record Project(
    String name,
    Path directory,
    List<Path> files,
    Map<String, Map<String, @Nullable Object>> services,
    Set<String> disabled,
    Map<String, Map<String, @Nullable Object>> networks,
    Map<String, Map<String, @Nullable Object>> volumes,
    Map<String, Map<String, @Nullable Object>> secrets,
    Map<String, Map<String, @Nullable Object>> configs,
    Map<String, String> environment,
    List<String> warnings) {

  /** A service by its name. */
  public Map<String, @Nullable Object> service(String name) {
    Map<String, @Nullable Object> service = services.get(name);
    if (service == null) {
      throw new ComposeException("no such service: " + name);
    }
    return service;
  }

  /** What a service depends on and how: {@code depends_on}, links, namespaces and volumes of others. */
  public Map<String, Dependency> dependencies(String name) {
    Map<String, @Nullable Object> service = service(name);
    Map<String, Dependency> dependencies = new LinkedHashMap<>();
    object(service.get("depends_on"))
        .forEach(
            (other, each) -> {
              Map<String, @Nullable Object> how = object(each);
              dependencies.put(other, new Dependency(String.valueOf(how.get("condition")), Boolean.TRUE.equals(how.get("required")), Boolean.TRUE.equals(how.get("restart"))));
            });
    for (Object link : list(service.get("links"))) {
      dependencies.putIfAbsent(String.valueOf(link).replaceFirst(":.*", ""), Dependency.STARTED);
    }
    for (String key : List.of("network_mode", "ipc", "pid")) {
      String mode = text(service.get(key));
      if (mode.startsWith("service:")) {
        dependencies.putIfAbsent(mode.substring("service:".length()), Dependency.STARTED);
      }
    }
    for (Object from : list(service.get("volumes_from"))) {
      if (!String.valueOf(from).startsWith("container:")) {
        dependencies.putIfAbsent(String.valueOf(from).replaceFirst(":.*", ""), Dependency.STARTED);
      }
    }
    return dependencies;
  }

  /**
   * @param condition {@code service_started}, {@code service_healthy} or {@code service_completed_successfully}
   * @param required whether it is an error that the other is not there
   * @param restart whether the service is restarted when the other one is
   */
  public record Dependency(String condition, boolean required, boolean restart) {
    static final Dependency STARTED = new Dependency("service_started", true, false);
  }

  /** The named services and what they depend on, or all, each after what it depends on. */
  public List<String> ordered(List<String> names, boolean withDependencies) {
    Set<String> ordered = new LinkedHashSet<>();
    for (String name : names.isEmpty() ? services.keySet() : names) {
      visit(name, withDependencies || names.isEmpty(), ordered, new ArrayList<>());
    }
    return List.copyOf(ordered);
  }

  private void visit(String name, boolean withDependencies, Set<String> ordered, List<String> open) {
    if (open.contains(name)) {
      throw new ComposeException("dependency cycle detected: " + String.join(" -> ", open.subList(open.indexOf(name), open.size())) + " -> " + name);
    }
    if (ordered.contains(name)) {
      return;
    }
    open.add(name);
    dependencies(name)
        .forEach(
            (other, how) -> {
              if (withDependencies && services.containsKey(other)) {
                visit(other, true, ordered, open);
              }
            });
    open.removeLast();
    ordered.add(name);
  }

  @SuppressWarnings("unchecked") // made by the readers of this package
  public static Map<String, @Nullable Object> object(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : Map.of();
  }

  public static List<?> list(@Nullable Object value) {
    return value instanceof List<?> list ? list : List.of();
  }

  public static String text(@Nullable Object value) {
    return value == null ? "" : String.valueOf(value);
  }

  public static long number(@Nullable Object value, long otherwise) {
    return value instanceof Number number ? number.longValue() : otherwise;
  }
}
