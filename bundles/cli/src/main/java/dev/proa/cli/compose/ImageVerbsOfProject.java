package dev.proa.cli.compose;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.command.RegistryVerbs;
import dev.proa.cli.compose.model.Project;
import dev.proa.cli.http.EngineException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code compose build}, {@code pull} and {@code push}. */
final class ImageVerbsOfProject {
  private ImageVerbsOfProject() {}

  /** {@code build}. */
  static final class Build extends Verb {
    private final Scope scope;

    Build(Scope scope) {
      super("compose build [OPTIONS] [SERVICE...]", "Build or rebuild services", 0, -1);
      this.scope = scope;
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .list("build-arg", "Set build-time variables for services")
          .toggle("no-cache", "Do not use cache when building the image")
          .one("progress", "string", "How progress is shown: auto, plain or tty")
          .toggle("pull", "Always attempt to pull a newer version of the image")
          .toggle("push", "Push service images")
          .toggle('q', "quiet", "Suppress the build output")
          .list("ssh", "SSH authentications used when building service images")
          .toggle("with-dependencies", "Also build dependencies");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Flags flags = call.flags();
      Project project = scope.project(call.arguments());
      Images images = new Images(project, call, scope.report());
      List<String> more = new ArrayList<>();
      flags.list("build-arg").forEach(each -> more.addAll(List.of("--build-arg", each)));
      flags.list("ssh").forEach(each -> more.addAll(List.of("--ssh", each)));
      for (String toggle : List.of("no-cache", "pull")) {
        if (flags.has(toggle)) {
          more.add("--" + toggle);
        }
      }
      if (flags.given("progress")) {
        more.addAll(List.of("--progress", flags.get("progress", "auto")));
      }
      for (String service : project.ordered(call.arguments(), flags.has("with-dependencies"))) {
        if (project.service(service).get("build") == null) {
          continue;
        }
        images.build(service, more, flags.has("quiet"));
        if (flags.has("push")) {
          call.sub(new RegistryVerbs.Push(), List.of(Images.name(project, service)));
        }
      }
      return 0;
    }
  }

  /** {@code pull}. */
  static final class Pull extends Verb {
    private final Scope scope;

    Pull(Scope scope) {
      super("compose pull [OPTIONS] [SERVICE...]", "Pull service images", 0, -1);
      this.scope = scope;
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .toggle("ignore-buildable", "Ignore images that can be built")
          .toggle("ignore-pull-failures", "Pull what it can and ignores images with pull failures")
          .toggle("include-deps", "Also pull services declared as dependencies")
          .one("policy", "string", "Apply pull policy: missing or always")
          .toggle('q', "quiet", "Pull without printing progress information");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Flags flags = call.flags();
      Project project = scope.project(call.arguments());
      Report report = scope.report();
      Images images = new Images(project, call, report);
      List<String> done = new ArrayList<>();
      for (String service : project.ordered(call.arguments(), flags.has("include-deps"))) {
        String name = Images.name(project, service);
        boolean builds = project.service(service).get("build") != null;
        if (done.contains(name) || builds && (flags.has("ignore-buildable") || Project.text(project.service(service).get("image")).isEmpty())
            || flags.get("policy", "always").equals("missing") && images.id(service) != null) {
          report.line("Image", name, "Skipped");
          continue;
        }
        done.add(name);
        try {
          images.pull(service, flags.has("quiet"));
        } catch (EngineException e) {
          if (!flags.has("ignore-pull-failures") && !builds) {
            throw e;
          }
          report.warning(service + ": " + e.getMessage() + (builds ? "; it can be built" : ""));
        }
      }
      return 0;
    }
  }

  /** {@code push}. */
  static final class Push extends Verb {
    private final Scope scope;

    Push(Scope scope) {
      super("compose push [OPTIONS] [SERVICE...]", "Push service images", 0, -1);
      this.scope = scope;
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .toggle("ignore-push-failures", "Push what it can and ignores images with push failures")
          .toggle("include-deps", "Also push images of services declared as dependencies")
          .toggle('q', "quiet", "Push without printing progress information");
    }

    @Override
    protected int run(Invocation call) throws IOException {
      Project project = scope.project(call.arguments());
      Report report = scope.report();
      for (String service : project.ordered(call.arguments(), call.flags().has("include-deps"))) {
        if (project.service(service).get("build") == null) {
          continue;
        }
        String name = Images.name(project, service);
        report.line("Image", name, "Pushing");
        try {
          call.sub(new RegistryVerbs.Push(), call.flags().has("quiet") ? List.of("--quiet", name) : List.of(name));
        } catch (EngineException | CliException e) {
          if (!call.flags().has("ignore-push-failures")) {
            throw e;
          }
          report.warning(service + ": " + e.getMessage());
          continue;
        }
        report.line("Image", name, "Pushed");
      }
      return 0;
    }
  }
}
