package dev.proa.cli.compose;

import static dev.proa.cli.compose.model.Project.text;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.compose.model.Project;
import dev.proa.cli.http.Engine;
import dev.proa.cli.http.EngineException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code compose down}: goes by what the engine has of a project, so that it cleans up even after files that have changed. */
final class DownVerb extends Verb {
  private final Scope scope;

  DownVerb(Scope scope) {
    super("compose down [OPTIONS] [SERVICE...]", "Stop and remove containers, networks", 0, -1);
    this.scope = scope;
  }

  @Override
  protected void flags(Flags flags) {
    flags
        .toggle("remove-orphans", "Remove containers for services not defined in the Compose file")
        .one("rmi", "string", "Remove images used by services: local (those without a name of their own) or all")
        .number('t', "timeout", "Seconds that containers get to stop")
        .toggle('v', "volumes", "Remove named volumes of the project and anonymous volumes of its containers");
  }

  @Override
  protected int run(Invocation call) throws IOException {
    Flags flags = call.flags();
    String rmi = flags.get("rmi", "");
    if (!List.of("", "local", "all").contains(rmi)) {
      throw flags.invalid("rmi", rmi, "local and all are known");
    }
    String project = scope.projectName();
    Report report = scope.report();
    List<Container> containers = scope.containers(call.arguments(), true);
    Set<String> images = new LinkedHashSet<>();
    if (!rmi.isEmpty()) {
      Project known = scope.project();
      for (String service : known.ordered(call.arguments(), false)) {
        if (rmi.equals("all") || text(known.service(service).get("image")).isEmpty()) {
          images.add(Images.name(known, service));
        }
      }
    }
    if (containers.isEmpty() && call.arguments().isEmpty()) {
      report.warning("No resource found to remove for project \"" + project + "\".");
    }
    removeAll(scope.engine(), report, Hooks.of(scope), containers, flags.given("timeout") ? flags.number("timeout") : null, flags.has("volumes"));
    if (call.arguments().isEmpty()) {
      if (flags.has("volumes")) {
        Resources.remove(scope.engine(), report, project, "volume");
      }
      Resources.remove(scope.engine(), report, project, "network");
    }
    for (String image : images) {
      try {
        scope.engine().delete("/images/" + Engine.escape(image));
        report.line("Image", image, "Removed");
      } catch (EngineException e) {
        report.line("Image", image, e.status() == 404 ? "Not found" : "Resource is still in use: " + e.getMessage());
      }
    }
    return 0;
  }

  /** Stops and removes containers, those first that others need last; goes on with the others after one that fails. */
  static void removeAll(Engine engine, Report report, Hooks hooks, List<Container> containers, @Nullable Long seconds, boolean volumes) throws IOException {
    Map<String, List<Container>> byService = containers.stream().collect(Collectors.groupingBy(Container::service, LinkedHashMap::new, Collectors.toList()));
    Queue<String> failed = new ConcurrentLinkedQueue<>();
    Graph.each(
        byService.keySet(),
        service -> dependents(service, byService),
        service ->
            Graph.all(
                byService.getOrDefault(service, List.of()),
                container -> {
                  try {
                    remove(engine, report, hooks, container, seconds, volumes);
                  } catch (EngineException e) {
                    if (e.status() != 404) {
                      failed.add(container.name() + ": " + e.getMessage());
                    }
                  }
                }));
    if (!failed.isEmpty()) {
      throw new CliException(1, String.join("\n", failed));
    }
  }

  private static void remove(Engine engine, Report report, Hooks hooks, Container container, @Nullable Long seconds, boolean volumes) throws IOException {
    if (container.runs()) {
      report.line("Container", container.name(), "Stopping");
      hooks.beforeStop(container);
      engine.post("/containers/" + container.id() + "/stop" + (seconds == null ? "" : "?t=" + seconds), null);
      report.line("Container", container.name(), "Stopped");
    }
    report.line("Container", container.name(), "Removing");
    engine.delete("/containers/" + container.id() + "?force=1" + (volumes ? "&v=1" : ""));
    report.line("Container", container.name(), "Removed");
  }

  /** The services, by what their containers' labels say, that depend on one. */
  static List<String> dependents(String service, Map<String, List<Container>> byService) {
    List<String> dependents = new ArrayList<>();
    byService.forEach(
        (name, containers) -> {
          for (String dependency : containers.getFirst().label(Labels.DEPENDS_ON).split(",")) {
            if (dependency.replaceFirst(":.*", "").equals(service)) {
              dependents.add(name);
            }
          }
        });
    return dependents;
  }
}
