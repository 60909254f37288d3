package dev.proa.cli.compose;

import static dev.proa.cli.compose.model.Project.list;
import static dev.proa.cli.compose.model.Project.object;
import static dev.proa.cli.compose.model.Project.text;

import dev.proa.cli.CliException;
import dev.proa.cli.Invocation;
import dev.proa.cli.command.BuildVerbs;
import dev.proa.cli.command.ImageVerbs;
import dev.proa.cli.compose.model.ComposeException;
import dev.proa.cli.compose.model.Project;
import dev.proa.cli.http.Engine;
import dev.proa.cli.http.EngineException;
import dev.proa.cli.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The images of a project's services: built, pulled, found. */
final class Images {
  private final Project project;
  private final Invocation call;
  private final Report report;

  Images(Project project, Invocation call, Report report) {
    this.project = project;
    this.call = call;
    this.report = report;
  }

  /** What a service runs: its image, or what its build is named. */
  static String name(Project project, String service) {
    String image = text(project.service(service).get("image"));
    return image.isEmpty() ? project.name() + "-" + service : image;
  }

  /** The id of a service's image; null if it is not here. */
  @Nullable String id(String service) throws IOException {
    try {
      return Json.text(call.engine().get("/images/" + Engine.escape(name(project, service)) + "/json"), "Id");
    } catch (EngineException e) {
      if (e.status() == 404) {
        return null;
      }
      throw e;
    }
  }

  /**
   * Makes sure of the images before containers are made, one after the other: pulls and builds use all of the machine by themselves.
   *
   * @param build whether to build what can be built, even if it is there; null for never
   * @param policy what the command line says of pulling, empty for what services say
   */
  void ensure(List<String> services, @Nullable Boolean build, String policy, boolean quiet) throws IOException {
    Set<String> done = new LinkedHashSet<>();
    for (String service : services) {
      Map<String, @Nullable Object> spec = project.service(service);
      String given = policy.isEmpty() ? text(spec.get("pull_policy")) : policy;
      boolean builds = spec.get("build") != null;
      if (!done.add(name(project, service))) {
        continue;
      }
      boolean missing = id(service) == null;
      if (builds && build != null && (build || given.equals("build") || missing)) {
        build(service, List.of(), quiet);
      } else if (given.equals("always") && !builds || missing && !given.equals("never")) {
        if (builds && build == null) {
          throw new ComposeException("image " + name(project, service) + " of service " + service + " is not built, and --no-build was given");
        }
        pull(service, quiet);
      } else if (missing) {
        throw new ComposeException("no such image: " + name(project, service) + ", and it is never pulled for service " + service);
      }
    }
  }

  void pull(String service, boolean quiet) throws IOException {
    String name = name(project, service);
    report.line("Image", name, "Pulling");
    ImageVerbs.pull(call, ImageVerbs.tagged(name) ? name : name + ":latest", text(project.service(service).get("platform")), quiet);
    report.line("Image", name, "Pulled");
  }

  /** @param more flags of {@code proa build} */
  void build(String service, List<String> more, boolean quiet) throws IOException {
    Map<String, @Nullable Object> build = object(project.service(service).get("build"));
    String name = name(project, service);
    List<String> line = new ArrayList<>(more);
    line.addAll(List.of("--tag", name));
    list(build.get("tags")).forEach(tag -> line.addAll(List.of("--tag", text(tag))));
    object(build.get("args")).forEach((key, value) -> line.addAll(List.of("--build-arg", value == null ? key : key + "=" + value)));
    object(build.get("labels")).forEach((key, value) -> line.addAll(List.of("--label", key + "=" + text(value))));
    line.addAll(List.of("--label", Labels.PROJECT + "=" + project.name(), "--label", Labels.SERVICE + "=" + service, "--label", Labels.VERSION + "=" + Labels.VERSION_VALUE));
    list(build.get("cache_from")).forEach(from -> line.addAll(List.of("--cache-from", text(from))));
    list(build.get("extra_hosts")).forEach(host -> line.addAll(List.of("--add-host", text(host))));
    object(build.get("ulimits"))
        .forEach((limit, each) -> line.addAll(List.of("--ulimit", limit + "=" + text(object(each).get("soft")) + ":" + text(object(each).get("hard")))));
    for (String key : List.of("target", "network", "isolation")) {
      if (build.get(key) != null) {
        line.addAll(List.of("--" + key, text(build.get(key))));
      }
    }
    if (build.get("shm_size") != null) {
      line.addAll(List.of("--shm-size", text(build.get("shm_size"))));
    }
    for (String key : List.of("no_cache", "pull")) {
      if (Boolean.TRUE.equals(build.get(key))) {
        line.add("--" + key.replace('_', '-'));
      }
    }
    List<?> platforms = list(build.get("platforms"));
    String platform = text(project.service(service).get("platform"));
    if (!platform.isEmpty() || platforms.size() == 1) {
      line.addAll(List.of("--platform", platform.isEmpty() ? text(platforms.getFirst()) : platform));
    }
    list(build.get("secrets")).forEach(each -> line.addAll(List.of("--secret", secret(object(each)))));
    list(build.get("ssh")).forEach(each -> line.addAll(List.of("--ssh", text(each))));
    if (quiet) {
      line.add("--quiet");
    }
    report.line("Image", name, "Building");
    Path inline = null;
    try {
      String context = text(build.get("context"));
      if (build.get("dockerfile_inline") != null) {
        inline = Files.createTempFile("proa-compose-", ".Dockerfile");
        Files.writeString(inline, text(build.get("dockerfile_inline")));
        line.addAll(List.of("--file", inline.toString()));
      } else if (build.get("dockerfile") != null) {
        boolean remote = context.contains("://") || context.startsWith("git@");
        line.addAll(List.of("--file", remote ? text(build.get("dockerfile")) : Path.of(context).resolve(text(build.get("dockerfile"))).toString()));
      }
      line.add(context);
      int status = call.sub(new BuildVerbs.Build(), line);
      if (status != 0) {
        throw new CliException(status, "service " + service + ": the build failed with status " + status);
      }
    } finally {
      if (inline != null) {
        Files.deleteIfExists(inline);
      }
    }
    report.line("Image", name, "Built");
  }

  private String secret(Map<String, @Nullable Object> use) {
    String source = text(use.get("source"));
    Map<String, @Nullable Object> secret = object(project.secrets().get(source));
    if (secret.isEmpty()) {
      throw new ComposeException("build secret " + source + " is not defined under secrets");
    }
    String id = text(use.getOrDefault("target", source));
    return "id=" + id + (secret.get("environment") != null ? ",env=" + secret.get("environment") : ",src=" + text(secret.get("file")));
  }
}
