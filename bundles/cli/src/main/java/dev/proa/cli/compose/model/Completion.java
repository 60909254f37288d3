package dev.proa.cli.compose.model;

import static dev.proa.cli.compose.model.Project.list;
import static dev.proa.cli.compose.model.Project.object;
import static dev.proa.cli.compose.model.Project.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a project says without writing it: the default network, the engine's names of things, and checks of what refers to what. */
final class Completion {
  private static final String INVALID = ": invalid compose project";

  private final String project;
  private final Map<String, Map<String, Map<String, @Nullable Object>>> sections;
  private final Map<String, String> variables;
  private boolean defaultNetwork;

  Completion(String project, Map<String, Map<String, Map<String, @Nullable Object>>> sections, Map<String, String> variables) {
    this.project = project;
    this.sections = sections;
    this.variables = variables;
  }

  void service(String name, Map<String, @Nullable Object> service) {
    Map<String, @Nullable Object> environment = ServiceReader.ofEnvFiles(list(service.remove("env_file")), variables);
    environment.putAll(object(service.get("environment")));
    environment.values().removeIf(value -> value == null);
    if (!environment.isEmpty()) {
      service.put("environment", environment);
    }
    List<?> labelFiles = list(service.remove("label_file"));
    if (!labelFiles.isEmpty()) {
      Map<String, @Nullable Object> labels = ServiceReader.ofEnvFiles(labelFiles, variables);
      labels.putAll(object(service.get("labels")));
      service.put("labels", labels);
    }
    if (service.get("provider") != null) {
      throw new ComposeException(text(service.get("provider")));
    }
    if (service.get("build") == null && text(service.get("image")).isEmpty()) {
      throw new ComposeException("service \"" + name + "\" has neither an image nor a build context specified" + INVALID);
    }
    if (service.get("networks") == null && service.get("network_mode") == null) {
      service.put("networks", new LinkedHashMap<>(Map.of("default", new LinkedHashMap<>())));
    }
    if (service.get("networks") != null && service.get("network_mode") != null) {
      throw new ComposeException("service \"" + name + "\" declares mutually exclusive `network_mode` and `networks`" + INVALID);
    }
    defaultNetwork |= object(service.get("networks")).containsKey("default");
  }

  /** Names as the engine has them; networks that nobody wrote down. */
  void resources() {
    Map<String, Map<String, @Nullable Object>> networks = sections.getOrDefault("networks", Map.of());
    if (defaultNetwork) {
      networks.putIfAbsent("default", new LinkedHashMap<>());
    }
    for (String section : List.of("networks", "volumes", "secrets", "configs")) {
      sections
          .getOrDefault(section, Map.of())
          .forEach(
              (key, resource) -> {
                Map<String, @Nullable Object> external = object(resource.get("external"));
                if (!external.isEmpty()) {
                  resource.put("name", external.get("name"));
                  resource.put("external", true);
                }
                boolean outside = Boolean.TRUE.equals(resource.get("external"));
                resource.putIfAbsent("name", outside ? key : project + "_" + key);
              });
    }
  }

  static void check(Project project) {
    project
        .services()
        .forEach(
            (name, service) -> {
              project
                  .dependencies(name)
                  .forEach(
                      (other, how) -> {
                        if (how.required() && !project.services().containsKey(other)) {
                          throw new ComposeException("service \"" + name + "\" depends on undefined service \"" + other + "\"" + INVALID);
                        }
                      });
              refers(name, "network", object(service.get("networks")).keySet().stream().toList(), project.networks());
              refers(name, "secret", sources(service.get("secrets")), project.secrets());
              refers(name, "config", sources(service.get("configs")), project.configs());
              List<String> volumes = new ArrayList<>();
              for (Object each : list(service.get("volumes"))) {
                Map<String, @Nullable Object> volume = object(each);
                if ("volume".equals(volume.get("type")) && volume.get("source") != null) {
                  volumes.add(text(volume.get("source")));
                }
              }
              refers(name, "volume", volumes, project.volumes());
              long scale = Scale.of(service);
              if (scale > 1 && service.get("container_name") != null) {
                throw new ComposeException(
                    "can't set container_name and " + name + " replicas " + scale + ": container name must be unique" + INVALID);
              }
            });
    project.ordered(List.of(), true);
  }

  private static List<String> sources(@Nullable Object files) {
    return list(files).stream().map(each -> text(object(each).get("source"))).toList();
  }

  private static void refers(String service, String kind, List<String> names, Map<String, ?> known) {
    for (String name : names) {
      if (!known.containsKey(name)) {
        throw new ComposeException("service \"" + service + "\" refers to undefined " + kind + " " + name + INVALID);
      }
    }
  }
}
