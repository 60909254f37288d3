package dev.proa.cli.compose;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.compose.model.Project;
import dev.proa.cli.compose.model.ProjectLoader;
import dev.proa.cli.http.Engine;
import dev.proa.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The project that a command line means, and the engine that it is on. */
final class Scope {
  private final Flags flags;
  private final Invocation call;
  private @Nullable Project project;

  Scope(Invocation call) {
    this.call = call;
    this.flags = call.flags();
  }

  Engine engine() {
    return call.engine();
  }

  /** Colours for standard error or output. */
  boolean colours(int fd) {
    return switch (flags.get("ansi", "auto")) {
      case "never" -> false;
      case "always" -> true;
      default -> Terminal.isTerminal(fd) && System.getenv("NO_COLOR") == null;
    };
  }

  Report report() {
    return new Report(call.err(), colours(2), flags.get("progress", "").equals("quiet"));
  }

  /** Read once; what it warns of is said then. */
  Project project() throws IOException {
    return project(List.of());
  }

  /** @param services named on the command line: a service that is named needs no profile */
  Project project(List<String> services) throws IOException {
    Project known = project;
    if (known != null) {
      return known;
    }
    Project loaded = ProjectLoader.load(options(flags.list("profile")));
    if (services.stream().anyMatch(loaded.disabled()::contains)) {
      List<String> enabled = new ArrayList<>(flags.list("profile"));
      Project all = ProjectLoader.load(options(List.of("*")));
      for (String service : services) {
        if (loaded.disabled().contains(service)) {
          Project.list(all.service(service).get("profiles")).forEach(profile -> enabled.add(String.valueOf(profile)));
        }
      }
      loaded = ProjectLoader.load(options(enabled));
    }
    Report report = new Report(call.err(), colours(2), false);
    loaded.warnings().forEach(report::warning);
    project = loaded;
    return loaded;
  }

  private ProjectLoader.Options options(List<String> profiles) {
    return new ProjectLoader.Options(
        flags.list("file"), flags.get("project-name"), flags.get("project-directory"), profiles, flags.list("env-file"), Path.of("").toAbsolutePath(), System.getenv());
  }

  /** The project's name; its files are read only if nothing else tells it. */
  String projectName() throws IOException {
    String given = ProjectLoader.givenName(options(List.of()));
    return given == null ? project().name() : given;
  }

  /** Containers of the named services, of all if none is named; the project's files are not needed for it. */
  List<Container> containers(List<String> services, boolean oneOffs) throws IOException {
    List<Container> all = Container.of(engine(), projectName(), oneOffs);
    for (String service : services) {
      if (all.stream().noneMatch(each -> each.service().equals(service)) && !isKnown(service)) {
        throw new CliException(1, "no such service: " + service);
      }
    }
    return Container.ofServices(all, services);
  }

  private boolean isKnown(String service) throws IOException {
    if (ProjectLoader.givenName(options(List.of())) != null && flags.list("file").isEmpty() && project == null) {
      try {
        project();
      } catch (CliException e) {
        return false; // a project without its files: what its containers say is all there is
      }
    }
    return project().services().containsKey(service) || project().disabled().contains(service);
  }

  /** The container of a service that a verb on one container means. */
  Container one(String service, @Nullable Long index) throws IOException {
    long number = index == null ? 0 : index;
    return containers(List.of(service), false).stream()
        .filter(each -> (number == 0 || each.number() == number) && (number != 0 || each.runs()))
        .findFirst()
        .orElseThrow(() -> new CliException(1, "service \"" + service + "\" is not running" + (number == 0 ? "" : " container #" + number)));
  }
}
