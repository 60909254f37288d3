package dev.proa.cli.command;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.http.Engine;
import java.io.IOException;
import java.util.Map;

/** Verbs that speak with registries beside {@code pull}. */
public final class RegistryVerbs {
  private RegistryVerbs() {}

  /** {@code push}. */
  public static final class Push extends Verb {
    public Push() {
      super("push [OPTIONS] NAME[:TAG]", "Upload an image to a registry", 1, 1);
    }

    @Override
    protected void flags(Flags flags) {
      flags
          .toggle('a', "all-tags", "Push all tags of an image to the repository")
          .one("platform", "string", "Push only if the image is for this platform")
          .toggle('q', "quiet", "Suppress verbose output");
    }

    @Override
    protected String examples() {
      return "proa push registry.example:5000/team/app:1.2\nproa push -a registry.example:5000/team/app";
    }

    @Override
    protected int run(Invocation call) throws IOException {
      String name = call.argument(0);
      boolean quiet = call.flags().has("quiet");
      boolean all = call.flags().has("all-tags");
      if (all && ImageVerbs.tagged(name)) {
        throw new CliException(1, "tag can't be used with --all-tags/-a");
      }
      int colon = name.lastIndexOf(':');
      String repository = ImageVerbs.tagged(name) && name.indexOf('@') < 0 ? name.substring(0, colon) : name;
      String tag = ImageVerbs.tagged(name) ? name.substring(colon + 1) : "latest";
      if (!all && !ImageVerbs.tagged(name) && !quiet) {
        call.out().println("Using default tag: latest");
      }
      String platform = call.flags().get("platform", "");
      String path = "/images/" + Engine.escape(repository) + "/push?tag=" + (all ? "" : Engine.escape(tag));
      Progress progress = new Progress(call.out(), 1, quiet);
      try (Engine.Answer answer = call.engine().open("POST", path + (platform.isEmpty() ? "" : "&platform=" + Engine.escape(platform)), Map.of())) {
        Engine.eachLine(answer.body(), message -> progress.show(message));
      }
      if (quiet) {
        call.out().println(all || ImageVerbs.tagged(name) ? name : name + ":latest");
      }
      return 0;
    }
  }
}
