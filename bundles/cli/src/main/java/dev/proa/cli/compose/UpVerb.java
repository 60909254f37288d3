package dev.proa.cli.compose;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.compose.model.Project;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code compose up}. */
final class UpVerb extends Verb {
  private final Scope scope;

  UpVerb(Scope scope) {
    super("compose up [OPTIONS] [SERVICE...]", "Create and start containers", 0, -1);
    this.scope = scope;
  }

  static void commonFlags(Flags flags) {
    flags
        .toggle("build", "Build images before starting containers")
        .toggle("force-recreate", "Recreate containers even if their configuration and image haven't changed")
        .toggle("no-build", "Don't build an image, even if it's missing")
        .toggle("no-recreate", "If containers already exist, don't recreate them")
        .one("pull", "string", "Pull images first: always, missing or never")
        .toggle("quiet-pull", "Pull without printing progress information")
        .toggle("remove-orphans", "Remove containers for services not defined in the Compose file")
        .list("scale", "Scale SERVICE to NUM instances");
  }

  @Override
  protected void flags(Flags flags) {
    commonFlags(flags);
    flags
        .toggle("abort-on-container-exit", "Stop all containers if any container was stopped")
        .toggle("abort-on-container-failure", "Stop all containers if any container exited with failure")
        .list("attach", "Restrict attaching to the specified services")
        .toggle('d', "detach", "Detached mode: run containers in the background")
        .one("exit-code-from", "string", "Return the exit code of the selected service container; implies --abort-on-container-exit")
        .list("no-attach", "Do not attach (stream logs) to the specified services")
        .toggle("no-color", "Produce monochrome output")
        .toggle("no-deps", "Don't start linked services")
        .toggle("no-log-prefix", "Don't print prefix in logs")
        .toggle("no-start", "Don't start the services after creating them")
        .toggle('V', "renew-anon-volumes", "Recreate anonymous volumes instead of retrieving data from the previous containers")
        .number('t', "timeout", "Seconds that containers get to stop")
        .toggle("timestamps", "Show timestamps")
        .toggle("wait", "Wait for services to be running or healthy; implies detached mode")
        .number((char) 0, "wait-timeout", "Most seconds to wait");
  }

  @Override
  protected String examples() {
    return "proa compose up -d --build\nproa compose up --wait web\nproa compose up --abort-on-container-exit --exit-code-from tests";
  }

  @Override
  protected int run(Invocation call) throws IOException {
    Flags flags = call.flags();
    Instant begin = Instant.now();
    List<Container> containers = converge(scope, call, flags.has("no-deps"), !flags.has("no-start"));
    if (flags.has("no-start")) {
      return 0;
    }
    if (flags.has("wait")) {
      Long seconds = flags.number("wait-timeout");
      Instant until = seconds == null || seconds == 0 ? null : Instant.now().plusSeconds(seconds);
      Report report = scope.report();
      for (Container container : containers) {
        report.line("Container", container.name(), "Waiting");
        Waiting.healthy(scope.engine(), container, true, until);
        report.line("Container", container.name(), "Healthy");
      }
      return 0;
    }
    return flags.has("detach") ? 0 : new Foreground(scope, call, containers, begin).run();
  }

  /** @return the containers of the services that were asked for and of what they need */
  static List<Container> converge(Scope scope, Invocation call, boolean alone, boolean start) throws IOException {
    Flags flags = call.flags();
    if (flags.has("force-recreate") && flags.has("no-recreate")) {
      throw new CliException(1, "--force-recreate and --no-recreate are incompatible");
    }
    Project project = scope.project(call.arguments());
    Report report = scope.report();
    Map<String, Integer> scale = scale(flags, project);
    List<String> services = project.ordered(call.arguments(), !alone);
    Images images = new Images(project, call, report);
    images.ensure(services, flags.has("no-build") ? null : Boolean.valueOf(flags.has("build")), flags.get("pull", ""), flags.has("quiet-pull"));
    orphans(scope, project, report, flags.has("remove-orphans"));
    new Resources(project, scope.engine(), report).ensure(services);
    Convergence.Wanted wanted =
        new Convergence.Wanted(flags.has("force-recreate"), flags.has("no-recreate"), flags.has("renew-anon-volumes"), stopSeconds(flags), scale, start);
    Convergence convergence = new Convergence(project, scope.engine(), report, images, wanted);
    convergence.run(services, call.arguments());
    return convergence.result().stream().filter(each -> services.contains(each.service())).toList();
  }

  private static @Nullable Long stopSeconds(Flags flags) {
    return flags.given("timeout") ? flags.number("timeout") : null;
  }

  private static Map<String, Integer> scale(Flags flags, Project project) {
    Map<String, Integer> scale = new HashMap<>();
    for (String text : flags.list("scale")) {
      String[] parts = text.split("=", 2);
      if (parts.length < 2 || !parts[1].matches("\\d{1,5}")) {
        throw flags.invalid("scale", text, "it is to be SERVICE=NUM");
      }
      project.service(parts[0]);
      scale.put(parts[0], Integer.parseInt(parts[1]));
    }
    return scale;
  }

  private static void orphans(Scope scope, Project project, Report report, boolean remove) throws IOException {
    List<Container> orphans = new ArrayList<>();
    for (Container container : Container.of(scope.engine(), project.name(), false)) {
      if (!project.services().containsKey(container.service()) && !project.disabled().contains(container.service())) {
        orphans.add(container);
      }
    }
    if (orphans.isEmpty()) {
      return;
    }
    if (remove) {
      DownVerb.removeAll(scope.engine(), report, new Hooks(scope.engine(), report, project), orphans, null, false);
    } else {
      report.warning(
          "Found orphan containers (" + orphans.stream().map(Container::name).toList() + ") for this project. If you removed or renamed this service in your compose file, you can "
              + "run this command with the --remove-orphans flag to clean it up.");
    }
  }

  /** {@code compose create}. */
  static final class Create extends Verb {
    private final Scope scope;

    Create(Scope scope) {
      super("compose create [OPTIONS] [SERVICE...]", "Creates containers for a service", 0, -1);
      this.scope = scope;
    }

    @Override
    protected void flags(Flags flags) {
      commonFlags(flags);
    }

    @Override
    protected int run(Invocation call) throws IOException {
      converge(scope, call, false, false);
      return 0;
    }
  }
}
