package dev.proa.cli;

import dev.proa.cli.command.BuildVerbs;
import dev.proa.cli.command.CheckEnv;
import dev.proa.cli.command.ConfigVerbs;
import dev.proa.cli.command.ContainerVerbs;
import dev.proa.cli.command.DiskUsageVerb;
import dev.proa.cli.command.ImageVerbs;
import dev.proa.cli.command.FileVerbs;
import dev.proa.cli.command.HistoryVerb;
import dev.proa.cli.command.Inspect;
import dev.proa.cli.command.NetworkVerbs;
import dev.proa.cli.command.PlanVerb;
import dev.proa.cli.command.PluginVerbs;
import dev.proa.cli.command.PortVerb;
import dev.proa.cli.command.ProcessVerbs;
import dev.proa.cli.command.PruneVerbs;
import dev.proa.cli.command.RegistryVerbs;
import dev.proa.cli.command.RunVerb;
import dev.proa.cli.command.ScanVerb;
import dev.proa.cli.command.StatsVerb;
import dev.proa.cli.command.SystemVerbs;
import dev.proa.cli.command.TopVerb;
import dev.proa.cli.command.UpdateVerb;
import dev.proa.cli.command.VolumeVerbs;
import dev.proa.cli.compose.ComposeVerb;
import dev.proa.cli.context.ContextArchives;
import dev.proa.cli.context.ContextVerbs;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** All verbs by name. A verb's class is loaded only when it is called for. */
final class Verbs {
  /** Those that most people need most often. */
  static final List<String> COMMON = List.of("run", "exec", "ps", "build", "pull", "push", "images", "login", "logout", "search", "version", "info");

  /** What stands alone, without those of a group. */
  static final List<String> NAMES =
      List.of(
          "attach", "checkenv", "commit", "completion", "compose", "cp", "create", "diff", "events", "export", "history", "import", "inspect", "kill", "load", "logs", "man", "pause",
          "plan", "port", "rename", "restart", "rm", "rmi", "save", "scan", "start", "stats", "stop", "tag", "top", "unpause", "update", "wait");

  /** Groups of verbs, with what they are about. */
  static final Map<String, String> GROUPS = new TreeMap<>();

  /** The verbs of each group; what is not a name of its own is another name of what {@link #ALIASES} says. */
  private static final Map<String, List<String>> MEMBERS = new TreeMap<>();

  private static void group(String name, String summary, String... members) {
    GROUPS.put(name, summary);
    MEMBERS.put(name, List.of(members));
  }

  static {
    group("builder", "Manage builds", "build", "prune");
    group("config", "Manage settings of the daemon and its plugins", "get", "ls", "set", "watch");
    group(
        "container", "Manage containers", "attach", "commit", "cp", "create", "diff", "exec", "export", "inspect", "kill", "logs", "ls", "pause", "port", "prune", "rename", "restart",
        "rm", "run", "start", "stats", "stop", "top", "unpause", "update", "wait");
    group("context", "Manage contexts", "create", "export", "import", "inspect", "ls", "rm", "show", "update", "use");
    group("image", "Manage images", "build", "history", "import", "inspect", "load", "ls", "prune", "pull", "push", "rm", "save", "scan", "tag");
    group("network", "Manage networks", "connect", "create", "disconnect", "inspect", "ls", "prune", "rm");
    group("plugin", "Manage plugins", "disable", "drivers", "enable", "inspect", "install", "ls", "rm", "rollback", "set", "trust", "update");
    group("system", "Manage Proa", "df", "events", "info", "prune");
    group("volume", "Manage volumes", "create", "inspect", "ls", "prune", "rm");
  }

  /** Docker's long forms, and its other names. */
  private static final Map<String, String> ALIASES =
      Map.ofEntries(
          Map.entry("container ls", "ps"),
          Map.entry("container ps", "ps"),
          Map.entry("container list", "ps"),
          Map.entry("container remove", "rm"),
          Map.entry("builder build", "build"),
          Map.entry("context list", "context ls"),
          Map.entry("context remove", "context rm"),
          Map.entry("image ls", "images"),
          Map.entry("image list", "images"),
          Map.entry("image rm", "rmi"),
          Map.entry("image remove", "rmi"),
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

  static boolean isGroup(String name) {
    return MEMBERS.containsKey(name);
  }

  static List<String> members(String group) {
    return MEMBERS.getOrDefault(group, List.of());
  }

  /** Every verb once, under the shortest of its names. */
  static List<String> all() {
    Set<String> all = new TreeSet<>(COMMON);
    all.addAll(NAMES);
    MEMBERS.forEach((group, members) -> members.stream().map(member -> canonical(group, member)).forEach(all::add));
    return List.copyOf(all);
  }

  /** The name that {@link #verb} knows of a member of a group. */
  static String canonical(String group, String member) {
    String two = group + " " + member;
    String alias = ALIASES.get(two);
    if (alias != null) {
      return alias;
    }
    return (group.equals("container") || group.equals("image")) && !OWN.contains(two) && (NAMES.contains(member) || COMMON.contains(member)) ? member : two;
  }

  /** Members of groups that are not what their second word alone is. */
  private static final Set<String> OWN = Set.of("container inspect", "image inspect");

  /** @param words how many words of the line name it */
  record Found(Verb verb, int words) {}

  static Found find(List<String> line) {
    String first = line.getFirst();
    if (line.size() > 1) {
      Verb verb = verb(canonical(first, line.get(1)));
      if (verb != null && isGroup(first)) {
        return new Found(verb, 2);
      }
      if (isGroup(first)) {
        throw unknown(first + " " + line.get(1), first, Suggestion.near(line.get(1), members(first)));
      }
    }
    Verb verb = verb(first);
    if (verb != null) {
      return new Found(verb, 1);
    }
    List<String> names = new ArrayList<>(COMMON);
    names.addAll(NAMES);
    names.addAll(GROUPS.keySet());
    throw unknown(first, "", Suggestion.near(first, names));
  }

  private static CliException unknown(String given, String group, @Nullable String near) {
    return new CliException(
        1,
        "proa: unknown command: proa " + given + (near == null ? "" : "\n\nDid you mean this?\n        " + (group.isEmpty() ? "" : group + " ") + near) + "\n\nRun 'proa "
            + (group.isEmpty() ? "" : group + " ") + "--help' for more information");
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
      case "top" -> new TopVerb();
      case "stats" -> new StatsVerb();
      case "scan" -> new ScanVerb();
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
      case "commit" -> new FileVerbs.Commit();
      case "cp" -> new FileVerbs.Cp();
      case "diff" -> new FileVerbs.Diff();
      case "export" -> new FileVerbs.Export();
      case "history" -> new HistoryVerb();
      case "port" -> new PortVerb();
      case "container prune" -> new PruneVerbs.Containers();
      case "image prune" -> new PruneVerbs.Images();
      case "volume prune" -> new PruneVerbs.Volumes();
      case "system prune" -> new PruneVerbs.Everything();
      case "container inspect" -> new Inspect("container");
      case "image inspect" -> new Inspect("image");
      case "plugin set" -> new PluginVerbs.Set();
      case "context ls" -> new ContextVerbs.Ls();
      case "context create" -> new ContextVerbs.Create();
      case "context update" -> new ContextVerbs.Update();
      case "context use" -> new ContextVerbs.Use();
      case "context show" -> new ContextVerbs.Show();
      case "context rm" -> new ContextVerbs.Rm();
      case "context inspect" -> new ContextVerbs.Inspect();
      case "context export" -> new ContextArchives.Export();
      case "context import" -> new ContextArchives.Import();
      case "completion" -> new CompletionVerb();
      case "__complete" -> new CompletionVerb.Complete();
      case "man" -> new ManVerb();
      case "checkenv" -> new CheckEnv();
      default -> null;
    };
  }
}
