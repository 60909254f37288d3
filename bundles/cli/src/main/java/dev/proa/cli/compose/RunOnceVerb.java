package dev.proa.cli.compose;

import static dev.proa.cli.compose.model.Project.list;
import static dev.proa.cli.compose.model.Project.object;

import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.command.ProcessVerbs;
import dev.proa.cli.compose.model.Project;
import dev.proa.cli.compose.model.Settings;
import dev.proa.cli.http.EngineException;
import dev.proa.cli.terminal.Terminal;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code compose run}: a service's container for one command, beside those that {@code up} makes. */
final class RunOnceVerb extends Verb {
  private final Scope scope;

  RunOnceVerb(Scope scope) {
    super("compose run [OPTIONS] SERVICE [COMMAND] [ARGS...]", "Run a one-off command on a service", 1, -1);
    this.scope = scope;
  }

  @Override
  protected void flags(Flags flags) {
    flags
        .stopAtArgument()
        .toggle("build", "Build image before starting container")
        .list("cap-add", "Add Linux capabilities")
        .list("cap-drop", "Drop Linux capabilities")
        .toggle('d', "detach", "Run container in background and print container ID")
        .one("entrypoint", "string", "Override the entrypoint of the image")
        .list('e', "env", "Set environment variables")
        .toggle('i', "interactive", "Keep STDIN open even if not attached (default)")
        .list('l', "label", "Add or override a label")
        .one("name", "string", "Assign a name to the container")
        .toggle('T', "no-TTY", "Disable pseudo-TTY allocation (default where standard input or output is no terminal)")
        .toggle("no-deps", "Don't start linked services")
        .list('p', "publish", "Publish a container's port(s) to the host")
        .one("pull", "string", "Pull image before running: always, missing or never")
        .toggle('q', "quiet", "Don't print anything to STDOUT")
        .toggle("quiet-pull", "Pull without printing progress information")
        .toggle("remove-orphans", "Taken for compatibility: orphans are removed by up and down")
        .toggle("rm", "Automatically remove the container when it exits")
        .toggle('P', "service-ports", "Run command with all service's ports enabled and mapped to the host")
        .toggle("use-aliases", "Use the service's network aliases in the networks the container connects to")
        .one('u', "user", "string", "Run as specified username or uid")
        .list('v', "volume", "Bind mount a volume")
        .one('w', "workdir", "string", "Working directory inside the container");
  }

  @Override
  protected int run(Invocation call) throws IOException {
    Flags flags = call.flags();
    String name = call.argument(0);
    Project project = scope.project(List.of(name));
    Report report = scope.report();
    Images images = new Images(project, call, report);
    List<String> others = flags.has("no-deps") ? List.of() : project.ordered(List.of(name), true).stream().filter(each -> !each.equals(name)).toList();
    Convergence convergence =
        new Convergence(project, scope.engine(), report, images, new Convergence.Wanted(false, false, false, null, Map.of(), true));
    if (flags.has("build") && project.service(name).get("build") != null) {
      images.build(name, List.of(), flags.has("quiet"));
    }
    images.ensure(project.ordered(List.of(name), !flags.has("no-deps")), Boolean.FALSE, flags.get("pull", ""), flags.has("quiet-pull"));
    new Resources(project, scope.engine(), report).ensure(project.ordered(List.of(name), !flags.has("no-deps")));
    if (!others.isEmpty()) {
      convergence.run(others, List.of());
      convergence.waitFor(name);
    }
    boolean detach = flags.has("detach");
    boolean tty = !detach && !flags.has("no-TTY") && Terminal.isTerminal(0) && Terminal.isTerminal(1);
    Map<String, @Nullable Object> service = adapted(project, name, call, tty, !detach);
    byte[] random = new byte[6];
    new SecureRandom().nextBytes(random);
    String container = flags.get("name", project.name() + "-" + name + "-run-" + HexFormat.of().formatHex(random));
    Map<String, String> labels = convergence.labels(name, 1, true);
    flags.list("label").forEach(each -> labels.put(each.replaceFirst("=.*", ""), each.contains("=") ? each.substring(each.indexOf('=') + 1) : ""));
    String id = convergence.create(name, service, container, labels, Map.of(), flags.has("use-aliases"));
    if (detach) {
      scope.engine().post("/containers/" + id + "/start", null);
      call.out().println(container);
      return 0;
    }
    try {
      return call.sub(new ProcessVerbs.Start(), List.of("--attach", "--interactive", id));
    } finally {
      if (flags.has("rm")) {
        call.out().flush();
        try {
          scope.engine().delete("/containers/" + id + "?force=1&v=1");
        } catch (EngineException e) {
          call.err().println("container " + container + " is left: " + e.getMessage());
        }
      }
    }
  }

  /** The service with what the command line says on top; without ports, so that it does not get in the way of what runs. */
  private static Map<String, @Nullable Object> adapted(Project project, String name, Invocation call, boolean tty, boolean input) {
    Flags flags = call.flags();
    Map<String, @Nullable Object> service = new LinkedHashMap<>(project.service(name));
    List.of("container_name", "restart", "deploy").forEach(key -> service.remove(key));
    if (object(project.service(name).get("deploy")).get("resources") != null) {
      service.put("deploy", Map.of("resources", object(object(project.service(name).get("deploy")).get("resources"))));
    }
    service.put("tty", tty);
    service.put("stdin_open", input);
    List<Object> ports = new ArrayList<>(flags.has("service-ports") ? list(service.get("ports")) : List.of());
    flags.list("publish").forEach(port -> ports.addAll(Settings.port(port)));
    service.put("ports", ports);
    List<Object> volumes = new ArrayList<>(list(service.get("volumes")));
    flags.list("volume").forEach(volume -> volumes.add(Settings.volume(volume, project.directory())));
    service.put("volumes", volumes);
    Map<String, @Nullable Object> environment = new LinkedHashMap<>(object(service.get("environment")));
    for (String pair : flags.list("env")) {
      int equals = pair.indexOf('=');
      String value = equals < 0 ? project.environment().get(pair) : pair.substring(equals + 1);
      if (value != null) {
        environment.put(equals < 0 ? pair : pair.substring(0, equals), value);
      }
    }
    service.put("environment", environment);
    if (call.arguments().size() > 1) {
      service.put("command", call.arguments().subList(1, call.arguments().size()));
    }
    if (flags.given("entrypoint")) {
      String entrypoint = flags.get("entrypoint", "");
      service.put("entrypoint", entrypoint.isEmpty() ? List.of() : Settings.command(entrypoint));
      if (call.arguments().size() < 2) {
        service.put("command", List.of());
      }
    }
    if (flags.given("user")) {
      service.put("user", flags.get("user"));
    }
    if (flags.given("workdir")) {
      service.put("working_dir", flags.get("workdir"));
    }
    for (String key : List.of("cap-add", "cap-drop")) {
      List<Object> all = new ArrayList<>(list(service.get(key.replace('-', '_'))));
      all.addAll(flags.list(key));
      service.put(key.replace('-', '_'), all);
    }
    return service;
  }

  @Override
  protected String examples() {
    return "proa compose run --rm web sh -c 'env | sort'\nproa compose run --rm -p 8080:80 web";
  }
}
