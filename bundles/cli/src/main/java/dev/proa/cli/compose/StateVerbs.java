package dev.proa.cli.compose;

import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.http.Engine;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Verbs that change the state of containers that are there. */
final class StateVerbs {
  private StateVerbs() {}

  private static Map<String, List<Container>> byService(List<Container> containers) {
    return containers.stream().collect(Collectors.groupingBy(Container::service, LinkedHashMap::new, Collectors.toList()));
  }

  private static List<String> dependencies(Map<String, List<Container>> byService, String service) {
    return List.of(byService.getOrDefault(service, List.of()).getFirst().label(Labels.DEPENDS_ON).split(",")).stream().map(each -> each.replaceFirst(":.*", "")).toList();
  }

  /** Stops containers, those first that nothing else depends on. */
  static void stopAll(Scope scope, List<Container> containers, @Nullable Long seconds) throws IOException {
    Map<String, List<Container>> byService = byService(containers);
    Report report = scope.report();
    Hooks hooks = Hooks.of(scope);
    Graph.each(
        byService.keySet(),
        service -> DownVerb.dependents(service, byService),
        service ->
            Graph.all(
                byService.getOrDefault(service, List.of()),
                container -> {
                  report.line("Container", container.name(), "Stopping");
                  hooks.beforeStop(container);
                  scope.engine().post("/containers/" + container.id() + "/stop" + (seconds == null ? "" : "?t=" + seconds), null);
                  report.line("Container", container.name(), "Stopped");
                }));
  }

  /** {@code start}, {@code pause}, {@code unpause}. */
  static final class Simple extends Verb {
    private final Scope scope;
    private final String action;
    private final String done;

    Simple(Scope scope, String action, String summary, String done) {
      super("compose " + action + " [SERVICE...]", summary, 0, -1);
      this.scope = scope;
      this.action = action;
      this.done = done;
    }

    @Override
    protected int run(Invocation call) throws IOException {
      List<Container> containers = scope.containers(call.arguments(), false);
      Map<String, List<Container>> byService = byService(containers);
      Report report = scope.report();
      if (action.equals("start") && containers.isEmpty()) {
        call.err().println("no containers to start: proa compose up creates them");
        return 1;
      }
      Hooks hooks = Hooks.of(scope);
      Graph.each(
          byService.keySet(),
          service -> action.equals("start") ? dependencies(byService, service) : List.of(),
          service -> {
            for (Container container : byService.getOrDefault(service, List.of())) {
              if (fits(container)) {
                scope.engine().post("/containers/" + container.id() + "/" + action, null);
                if (action.equals("start")) {
                  hooks.afterStart(container);
                }
                report.line("Container", container.name(), done);
              }
            }
          });
      return 0;
    }

    private boolean fits(Container container) {
      return switch (action) {
        case "start" -> !container.runs();
        case "pause" -> container.state().equals("running");
        default -> container.state().equals("paused");
      };
    }
  }

  /** {@code stop} and {@code restart}. */
  static final class Stop extends Verb {
    private final Scope scope;
    private final boolean again;

    Stop(Scope scope, boolean again) {
      super("compose " + (again ? "restart" : "stop") + " [OPTIONS] [SERVICE...]", again ? "Restart service containers" : "Stop services", 0, -1);
      this.scope = scope;
      this.again = again;
    }

    @Override
    protected void flags(Flags flags) {
      flags.number('t', "timeout", "Seconds that containers get to stop");
      if (again) {
        flags.toggle("no-deps", "Don't restart services that are to be restarted with these");
      }
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Long seconds = call.flags().given("timeout") ? call.flags().number("timeout") : null;
      List<Container> containers = scope.containers(call.arguments(), false);
      if (!again) {
        stopAll(scope, containers.stream().filter(Container::runs).toList(), seconds);
        return 0;
      }
      Map<String, List<Container>> byService = byService(call.flags().has("no-deps") ? containers : withFollowers(containers));
      Report report = scope.report();
      Hooks hooks = Hooks.of(scope);
      Graph.each(
          byService.keySet(),
          service -> dependencies(byService, service),
          service ->
              Graph.all(
                  byService.getOrDefault(service, List.of()),
                  container -> {
                    report.line("Container", container.name(), "Restarting");
                    hooks.beforeStop(container);
                    scope.engine().post("/containers/" + container.id() + "/restart" + (seconds == null ? "" : "?t=" + seconds), null);
                    hooks.afterStart(container);
                    report.line("Container", container.name(), "Started");
                  }));
      return 0;
    }

    /** With those whose {@code depends_on} says {@code restart: true} for one of them. */
    private List<Container> withFollowers(List<Container> containers) throws IOException {
      List<String> services = containers.stream().map(Container::service).toList();
      return Container.of(scope.engine(), scope.projectName(), false).stream()
          .filter(
              each ->
                  services.contains(each.service())
                      || each.runs()
                          && List.of(each.label(Labels.DEPENDS_ON).split(",")).stream().anyMatch(dependency -> dependency.endsWith(":true") && services.contains(dependency.replaceFirst(":.*", ""))))
          .toList();
    }
  }

  /** {@code kill}. */
  static final class Kill extends Verb {
    private final Scope scope;

    Kill(Scope scope) {
      super("compose kill [OPTIONS] [SERVICE...]", "Force stop service containers", 0, -1);
      this.scope = scope;
    }

    @Override
    protected void flags(Flags flags) {
      flags.one('s', "signal", "string", "SIGNAL to send to the container (default SIGKILL)").toggle("remove-orphans", "Also kill containers of services that the files do not have");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Report report = scope.report();
      String signal = Engine.escape(call.flags().get("signal", "SIGKILL"));
      for (Container container : scope.containers(call.arguments(), false)) {
        if (container.runs()) {
          scope.engine().post("/containers/" + container.id() + "/kill?signal=" + signal, null);
          report.line("Container", container.name(), "Killed");
        }
      }
      return 0;
    }
  }

  /** {@code rm}. */
  static final class Rm extends Verb {
    private final Scope scope;

    Rm(Scope scope) {
      super("compose rm [OPTIONS] [SERVICE...]", "Removes stopped service containers", 0, -1);
      this.scope = scope;
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .toggle('f', "force", "Don't ask to confirm removal")
          .toggle('s', "stop", "Stop the containers, if required, before removing")
          .toggle('v', "volumes", "Remove any anonymous volumes attached to containers");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      List<Container> containers = scope.containers(call.arguments(), true);
      if (!call.flags().has("stop")) {
        containers = containers.stream().filter(each -> !each.runs()).toList();
      }
      if (containers.isEmpty()) {
        call.err().println("No stopped containers");
        return 0;
      }
      if (!call.flags().has("force")) {
        call.err().print("? Going to remove " + String.join(", ", containers.stream().map(Container::name).toList()) + " [yN] ");
        if (Character.toLowerCase(call.in().read()) != 'y') {
          return 1;
        }
      }
      DownVerb.removeAll(scope.engine(), scope.report(), Hooks.of(scope), containers, null, call.flags().has("volumes"));
      return 0;
    }
  }

  /** {@code wait}. */
  static final class Wait extends Verb {
    private final Scope scope;

    Wait(Scope scope) {
      super("compose wait [OPTIONS] SERVICE [SERVICE...]", "Block until containers of all (or specified) services stop", 1, -1);
      this.scope = scope;
    }

    @Override
    protected void flags(Flags flags) {
      flags.toggle("down-project", "Drops project when the first container stops");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      int status = 0;
      for (Container container : scope.containers(call.arguments(), false)) {
        long exit = Waiting.ended(scope.engine(), container);
        call.out().println("container \"" + container.name() + "\" exited with status code " + exit);
        status = (int) exit;
        if (call.flags().has("down-project")) {
          call.sub(new DownVerb(scope), List.of());
          return status;
        }
      }
      return status;
    }
  }
}
