package dev.proa.cli.compose;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Suggestion;
import dev.proa.cli.Verb;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** {@code compose}: the flags that say which project is meant, and the verb on it. */
public final class ComposeVerb extends Verb {
  private static final Map<String, Function<Scope, Verb>> VERBS = new TreeMap<>();

  static {
    VERBS.put("up", UpVerb::new);
    VERBS.put("create", UpVerb.Create::new);
    VERBS.put("down", DownVerb::new);
    VERBS.put("start", scope -> new StateVerbs.Simple(scope, "start", "Start services", "Started"));
    VERBS.put("pause", scope -> new StateVerbs.Simple(scope, "pause", "Pause services", "Paused"));
    VERBS.put("unpause", scope -> new StateVerbs.Simple(scope, "unpause", "Unpause services", "Unpaused"));
    VERBS.put("stop", scope -> new StateVerbs.Stop(scope, false));
    VERBS.put("restart", scope -> new StateVerbs.Stop(scope, true));
    VERBS.put("kill", StateVerbs.Kill::new);
    VERBS.put("rm", StateVerbs.Rm::new);
    VERBS.put("wait", StateVerbs.Wait::new);
    VERBS.put("ps", ListVerbs.Ps::new);
    VERBS.put("ls", ListVerbs.Ls::new);
    VERBS.put("images", ListVerbs.Images::new);
    VERBS.put("top", ListVerbs.Top::new);
    VERBS.put("port", ListVerbs.Port::new);
    VERBS.put("events", ListVerbs.Events::new);
    VERBS.put("version", ListVerbs.Version::new);
    VERBS.put("logs", LogsVerb::new);
    VERBS.put("exec", ExecVerb::new);
    VERBS.put("run", RunOnceVerb::new);
    VERBS.put("cp", CopyVerb::new);
    VERBS.put("build", ImageVerbsOfProject.Build::new);
    VERBS.put("pull", ImageVerbsOfProject.Pull::new);
    VERBS.put("push", ImageVerbsOfProject.Push::new);
    VERBS.put("config", ConfigVerb::new);
    VERBS.put("convert", ConfigVerb::new);
  }

  /** The names of its verbs, for completion and help. */
  public static Set<String> names() {
    return VERBS.keySet();
  }

  /** One of its verbs; null if there is none of that name. */
  public static @Nullable Verb named(String name, Invocation call) {
    Function<Scope, Verb> verb = VERBS.get(name);
    return verb == null ? null : verb.apply(new Scope(call));
  }

  public ComposeVerb() {
    super("compose [OPTIONS] COMMAND", "Define and run projects of several containers", 1, -1);
  }

  @Override
  protected void flags(Flags flags) {
    flags
        .stopAtArgument()
        .one("ansi", "string", "When to use colours: never, always or auto")
        .list("env-file", "Specify an alternate environment file")
        .list('f', "file", "Compose configuration files")
        .one("parallel", "int", "Taken for compatibility; services go side by side as far as they do not need each other")
        .list("profile", "Specify a profile to enable")
        .one("progress", "string", "How builds and pulls are shown: auto, plain, tty or quiet")
        .one("project-directory", "string", "Specify an alternate working directory (default: that of the first file)")
        .one('p', "project-name", "string", "Project name");
  }

  @Override
  protected String examples() {
    return "Commands: " + String.join(", ", VERBS.keySet()) + "\n\nproa compose up -d --build --wait\nproa compose -f compose.yaml -f compose.prod.yaml config\nproa compose logs -f web";
  }

  @Override
  protected int run(Invocation call) throws IOException {
    String name = call.argument(0);
    Verb verb = named(name, call);
    if (verb == null) {
      String near = Suggestion.near(name, VERBS.keySet());
      throw new CliException(
          16, "unknown compose command: proa compose " + name + (near == null ? "" : "\n\nDid you mean this?\n        " + near) + "\n\nRun 'proa compose --help' for more information");
    }
    List<String> rest = call.arguments().subList(1, call.arguments().size());
    return call.sub(verb, rest);
  }
}
