package dev.proa.cli;

import dev.proa.cli.command.BuildVerbs;
import dev.proa.cli.command.CheckEnv;
import dev.proa.cli.command.ConfigVerbs;
import dev.proa.cli.command.ContainerVerbs;
import dev.proa.cli.command.DiskUsageVerb;
import dev.proa.cli.command.ImageVerbs;
import dev.proa.cli.command.Inspect;
import dev.proa.cli.command.NetworkVerbs;
import dev.proa.cli.command.PlanVerb;
import dev.proa.cli.command.PluginVerbs;
import dev.proa.cli.command.ProcessVerbs;
import dev.proa.cli.command.RegistryVerbs;
import dev.proa.cli.command.RunVerb;
import dev.proa.cli.command.StatsVerb;
import dev.proa.cli.command.SystemVerbs;
import dev.proa.cli.command.UpdateVerb;
import dev.proa.cli.command.VolumeVerbs;
import dev.proa.cli.compose.ComposeVerb;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All verbs by name. A verb's class is loaded only when it is called for. */
final class Verbs {
  /** In the order of help. */
  static final List<String> NAMES =
      List.of(
          "run", "plan", "exec", "ps", "build", "pull", "push", "images", "version", "info", "checkenv", "attach", "builder prune", "compose", "config get", "config ls", "config set", "config watch", "create", "events", "import", "inspect", "kill", "load", "login", "logout", "logs", "network connect", "network create",
          "network disconnect", "network inspect", "network ls", "network prune", "network rm", "pause",
          "plugin disable", "plugin drivers", "plugin enable", "plugin inspect", "plugin install", "plugin ls", "plugin rm", "plugin rollback", "plugin trust", "plugin update",
          "rename", "restart", "rm", "rmi", "save", "search", "start", "stats", "stop", "system df", "tag", "top", "unpause", "update", "volume create", "volume inspect", "volume ls", "volume rm", "wait");

  /** Docker's long forms, and its other names. */
  private static final Map<String, String> ALIASES =
      Map.ofEntries(
          Map.entry("container ls", "ps"),
          Map.entry("container ps", "ps"),
          Map.entry("container list", "ps"),
          Map.entry("builder build", "build"),
          Map.entry("image build", "build"),
          Map.entry("image ls", "images"),
          Map.entry("image list", "images"),
          Map.entry("image rm", "rmi"),
          Map.entry("image remove", "rmi"),
          Map.entry("image pull", "pull"),
          Map.entry("image push", "push"),
          Map.entry("image load", "load"),
          Map.entry("image import", "import"),
          Map.entry("image save", "save"),
          Map.entry("image tag", "tag"),
          Map.entry("image inspect", "inspect"),
          Map.entry("network list", "network ls"),
          Map.entry("network remove", "network rm"),
          Map.entry("plugin list", "plugin ls"),
          Map.entry("plugin remove", "plugin rm"),
          Map.entry("plugin upgrade", "plugin update"),
          Map.entry("system info", "info"),
          Map.entry("system events", "events"),
          Map.entry("volume list", "volume ls"),
          Map.entry("volume remove", "volume rm"));

  private Verbs() {}

  /** @param words how many words of the line name it */
  record Found(Verb verb, int words) {}

  static Found find(List<String> line) {
    String first = line.getFirst();
    if (line.size() > 1) {
      String two = first + " " + line.get(1);
      String alias = ALIASES.getOrDefault(two, first.equals("container") ? line.get(1) : two);
      Verb verb = verb(alias);
      if (verb != null) {
        return new Found(verb, 2);
      }
    }
    Verb verb = verb(first);
    if (verb != null) {
      return new Found(verb, 1);
    }
    String near = Suggestion.near(first, NAMES);
    throw new CliException(
        1,
        "proa: unknown command: proa " + first + (near == null ? "" : "\n\nDid you mean this?\n        " + near) + "\n\nRun 'proa --help' for more information");
  }

  static @Nullable Verb verb(String name) {
    return switch (name) {
      case "run" -> new RunVerb(true);
      case "create" -> new RunVerb(false);
      case "plan" -> new PlanVerb();
      case "exec" -> new ProcessVerbs.Exec();
      case "attach" -> new ProcessVerbs.Attach();
      case "start" -> new ProcessVerbs.Start();
      case "logs" -> new ProcessVerbs.Logs();
      case "ps" -> new ContainerVerbs.Ps();
      case "stop" -> new ContainerVerbs.Stop(false);
      case "restart" -> new ContainerVerbs.Stop(true);
      case "kill" -> new ContainerVerbs.Kill();
      case "rm" -> new ContainerVerbs.Rm();
      case "pause" -> new ContainerVerbs.Pause(false);
      case "unpause" -> new ContainerVerbs.Pause(true);
      case "rename" -> new ContainerVerbs.Rename();
      case "update" -> new UpdateVerb();
      case "wait" -> new ContainerVerbs.Wait();
      case "top" -> new ContainerVerbs.Top();
      case "stats" -> new StatsVerb();
      case "build" -> new BuildVerbs.Build();
      case "builder prune" -> new BuildVerbs.Prune();
      case "images" -> new ImageVerbs.Images();
      case "pull" -> new ImageVerbs.Pull();
      case "push" -> new RegistryVerbs.Push();
      case "login" -> new RegistryVerbs.Login();
      case "logout" -> new RegistryVerbs.Logout();
      case "search" -> new RegistryVerbs.Search();
      case "load" -> new ImageVerbs.Load();
      case "save" -> new ImageVerbs.Save();
      case "import" -> new ImageVerbs.Import();
      case "rmi" -> new ImageVerbs.Rmi();
      case "tag" -> new ImageVerbs.Tag();
      case "inspect" -> new Inspect();
      case "volume ls" -> new VolumeVerbs.Ls();
      case "volume create" -> new VolumeVerbs.Create();
      case "volume rm" -> new VolumeVerbs.Rm();
      case "volume inspect" -> new VolumeVerbs.InspectVolume();
      case "network ls" -> new NetworkVerbs.Ls();
      case "network create" -> new NetworkVerbs.Create();
      case "network inspect" -> new NetworkVerbs.InspectNetwork();
      case "network connect" -> new NetworkVerbs.Connect();
      case "network disconnect" -> new NetworkVerbs.Disconnect();
      case "network rm" -> new NetworkVerbs.Rm();
      case "network prune" -> new NetworkVerbs.Prune();
      case "config ls" -> new ConfigVerbs.Ls();
      case "config get" -> new ConfigVerbs.Get();
      case "config set" -> new ConfigVerbs.Set();
      case "config watch" -> new ConfigVerbs.Watch();
      case "plugin ls" -> new PluginVerbs.Ls();
      case "plugin inspect" -> new PluginVerbs.InspectPlugin();
      case "plugin install" -> new PluginVerbs.Install(false);
      case "plugin update" -> new PluginVerbs.Install(true);
      case "plugin enable" -> new PluginVerbs.Enable(true);
      case "plugin disable" -> new PluginVerbs.Enable(false);
      case "plugin rm" -> new PluginVerbs.Rm();
      case "plugin rollback" -> new PluginVerbs.Rollback();
      case "plugin drivers" -> new PluginVerbs.Drivers();
      case "plugin trust" -> new PluginVerbs.Trust();
      case "compose" -> new ComposeVerb();
      case "version" -> new SystemVerbs.Version();
      case "info" -> new SystemVerbs.Info();
      case "events" -> new SystemVerbs.Events();
      case "system df" -> new DiskUsageVerb();
      case "checkenv" -> new CheckEnv();
      default -> null;
    };
  }
}
