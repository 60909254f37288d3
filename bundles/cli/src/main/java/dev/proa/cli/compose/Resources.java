package dev.proa.cli.compose;

import static dev.proa.cli.compose.model.Project.list;
import static dev.proa.cli.compose.model.Project.object;
import static dev.proa.cli.compose.model.Project.text;

import dev.proa.cli.compose.model.ComposeException;
import dev.proa.cli.compose.model.Project;
import dev.proa.cli.http.Engine;
import dev.proa.cli.http.EngineException;
import dev.proa.cli.json.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A project's networks and volumes in the engine. */
final class Resources {
  private final Project project;
  private final Engine engine;
  private final Report report;

  Resources(Project project, Engine engine, Report report) {
    this.project = project;
    this.engine = engine;
    this.report = report;
  }

  /** Makes what services need and is not there. */
  void ensure(List<String> services) throws IOException {
    Set<String> networks = new LinkedHashSet<>();
    Set<String> volumes = new LinkedHashSet<>();
    for (String service : services) {
      networks.addAll(object(project.service(service).get("networks")).keySet());
      for (Object volume : list(project.service(service).get("volumes"))) {
        if ("volume".equals(object(volume).get("type")) && object(volume).get("source") != null) {
          volumes.add(text(object(volume).get("source")));
        }
      }
    }
    for (String network : networks) {
      ensure("network", network, object(project.networks().get(network)));
    }
    for (String volume : volumes) {
      ensure("volume", volume, object(project.volumes().get(volume)));
    }
  }

  private void ensure(String kind, String key, Map<String, @Nullable Object> resource) throws IOException {
    String name = text(resource.get("name"));
    boolean external = Boolean.TRUE.equals(resource.get("external"));
    Object found;
    try {
      found = engine.get("/" + kind + "s/" + Engine.escape(name));
    } catch (EngineException e) {
      if (e.status() != 404) {
        throw e;
      }
      found = null;
    }
    if (found != null) {
      if (!external && !Json.text(found, "Labels", Labels.PROJECT).equals(project.name())) {
        report.warning(kind + " " + name + " exists but was not created for project \"" + project.name() + "\". Use `external: true` to use an existing " + kind);
      }
      return;
    }
    if (external) {
      throw new ComposeException(kind + " " + name + " declared as external, but could not be found");
    }
    String title = kind.equals("network") ? "Network" : "Volume";
    report.line(title, name, "Creating");
    engine.post("/" + kind + "s/create", kind.equals("network") ? network(name, key, resource) : volume(name, key, resource));
    report.line(title, name, "Created");
  }

  private Map<String, Object> labels(Map<String, @Nullable Object> resource, String label, String key) {
    Map<String, Object> labels = new LinkedHashMap<>();
    object(resource.get("labels")).forEach((name, value) -> labels.put(name, text(value)));
    labels.put(Labels.PROJECT, project.name());
    labels.put(label, key);
    labels.put(Labels.VERSION, Labels.VERSION_VALUE);
    return labels;
  }

  private Map<String, @Nullable Object> network(String name, String key, Map<String, @Nullable Object> network) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("Name", name);
    body.put("Driver", network.getOrDefault("driver", ""));
    body.put("Options", object(network.get("driver_opts")));
    body.put("Internal", Boolean.TRUE.equals(network.get("internal")));
    body.put("Attachable", Boolean.TRUE.equals(network.get("attachable")));
    body.put("EnableIPv4", network.get("enable_ipv4"));
    body.put("EnableIPv6", network.get("enable_ipv6"));
    Map<String, @Nullable Object> ipam = object(network.get("ipam"));
    if (!ipam.isEmpty()) {
      List<Object> pools = new ArrayList<>();
      for (Object each : list(ipam.get("config"))) {
        Map<String, @Nullable Object> pool = object(each);
        Map<String, @Nullable Object> config = new LinkedHashMap<>();
        config.put("Subnet", text(pool.get("subnet")));
        config.put("Gateway", text(pool.get("gateway")));
        config.put("IPRange", text(pool.get("ip_range")));
        config.put("AuxiliaryAddresses", object(pool.get("aux_addresses")));
        pools.add(config);
      }
      Map<String, @Nullable Object> manager = new LinkedHashMap<>();
      manager.put("Driver", ipam.getOrDefault("driver", "default"));
      manager.put("Options", object(ipam.get("options")));
      manager.put("Config", pools);
      body.put("IPAM", manager);
    }
    body.put("Labels", labels(network, Labels.NETWORK, key));
    return body;
  }

  private Map<String, @Nullable Object> volume(String name, String key, Map<String, @Nullable Object> volume) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("Name", name);
    body.put("Driver", volume.getOrDefault("driver", ""));
    body.put("DriverOpts", object(volume.get("driver_opts")));
    body.put("Labels", labels(volume, Labels.VOLUME, key));
    return body;
  }

  /**
   * Removes what belongs to a project, whether its files still name it or not.
   *
   * @param kind {@code network} or {@code volume}
   */
  static void remove(Engine engine, Report report, String project, String kind) throws IOException {
    Object answer = engine.get("/" + kind + "s?filters=" + Engine.escape(Json.write(Map.of("label", List.of(Labels.PROJECT + "=" + project)))));
    List<?> found = kind.equals("volume") ? Json.list(answer, "Volumes") : answer instanceof List<?> list ? list : List.of();
    String title = kind.equals("network") ? "Network" : "Volume";
    for (Object each : found) {
      String name = Json.text(each, "Name");
      report.line(title, name, "Removing");
      try {
        engine.delete("/" + kind + "s/" + Engine.escape(name));
        report.line(title, name, "Removed");
      } catch (EngineException e) {
        report.line(title, name, e.status() == 404 ? "Removed" : "Resource is still in use: " + e.getMessage());
      }
    }
  }
}
