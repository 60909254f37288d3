package dev.proa.cli;

import dev.proa.cli.compose.ComposeVerb;
import dev.proa.cli.http.Engine;
import dev.proa.cli.http.EngineException;
import dev.proa.cli.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the last word of a command line can become: verbs, flags, and the names of what the daemon has, by what the verb's usage says stands there. A daemon
 * that does not answer has no names, and says nothing: nobody wants an error at a Tab.
 */
final class Completions {
  private static final Set<String> RUNNING = Set.of("attach", "exec", "kill", "pause", "port", "stats", "stop", "top");

  private final Invocation call;

  Completions(Invocation call) {
    this.call = call;
  }

  /** @param words with the one that is being typed as the last */
  List<String> of(List<String> words) throws IOException {
    List<String> before = words.subList(0, words.size() - 1);
    String current = words.getLast();
    int at = 0;
    Flags global = GlobalFlags.declared();
    while (at < before.size() && before.get(at).startsWith("-")) {
      at += global.valued(before.get(at)) != null ? 2 : 1;
    }
    if (at > before.size()) {
      return matching(values(Objects.requireNonNull(global.valued(before.getLast())), ""), current);
    }
    List<String> line = before.subList(at, before.size());
    if (line.isEmpty()) {
      return matching(current.startsWith("-") ? flags(global) : verbs(), current);
    }
    String first = line.getFirst();
    if (Verbs.isGroup(first) && line.size() == 1) {
      return matching(Verbs.members(first).stream().map(member -> member + "\t" + Objects.requireNonNull(Verbs.verb(Verbs.canonical(first, member))).summary()).toList(), current);
    }
    try {
      Verbs.Found found = Verbs.find(line);
      return matching(ofVerb(found.verb(), line.subList(found.words(), line.size()), current), current);
    } catch (CliException e) {
      return List.of(); // no such verb
    }
  }

  private static List<String> matching(Collection<String> candidates, String current) {
    return candidates.stream().filter(candidate -> candidate.startsWith(current)).toList();
  }

  private static List<String> flags(Flags flags) {
    List<String> all = new ArrayList<>();
    for (Flags.Shown flag : flags.shown()) {
      all.add(flag.flags().substring(flag.flags().indexOf("--")) + "\t" + flag.text());
    }
    return all;
  }

  private static List<String> verbs() {
    Set<String> all = new TreeSet<>();
    for (List<String> names : List.of(Verbs.COMMON, Verbs.NAMES)) {
      names.forEach(name -> all.add(name + "\t" + Objects.requireNonNull(Verbs.verb(name)).summary()));
    }
    Verbs.GROUPS.forEach((name, summary) -> all.add(name + "\t" + summary));
    return List.copyOf(all);
  }

  private List<String> ofVerb(Verb verb, List<String> typed, String current) throws IOException {
    Flags flags = new Flags();
    verb.flags(flags);
    List<String> arguments = new ArrayList<>();
    for (int i = 0; i < typed.size(); i++) {
      String word = typed.get(i);
      boolean ended = flags.endsAtArgument() && !arguments.isEmpty();
      String valued = ended || !word.startsWith("-") || word.contains("=") ? null : flags.valued(word);
      if (valued != null) {
        if (i == typed.size() - 1) {
          return values(valued, verb.name());
        }
        i++;
      } else if (ended || !word.startsWith("-")) {
        arguments.add(word);
      }
    }
    if (verb instanceof ComposeVerb && !arguments.isEmpty()) {
      return ofCompose(typed, arguments, current);
    }
    if (current.startsWith("-") && !(flags.endsAtArgument() && !arguments.isEmpty())) {
      int equals = current.indexOf('=');
      return equals < 0 ? flags(flags) : values(current.substring(2, equals), verb.name()).stream().map(value -> current.substring(0, equals + 1) + value).toList();
    }
    if (verb instanceof ComposeVerb) {
      return List.copyOf(ComposeVerb.names());
    }
    return named(placeholder(verb, arguments.size()), verb.name(), arguments);
  }

  private List<String> ofCompose(List<String> typed, List<String> arguments, String current) throws IOException {
    Verb inner = ComposeVerb.named(arguments.getFirst(), call);
    if (inner == null) {
      return List.of();
    }
    return ofVerb(inner, typed.subList(typed.indexOf(arguments.getFirst()) + 1, typed.size()), current);
  }

  /** What the usage calls the argument of that number: {@code CONTAINER}, {@code IMAGE} and so on; empty for none. */
  private static String placeholder(Verb verb, int index) {
    List<String> places = new ArrayList<>();
    for (String word : verb.usage().substring(verb.name().length()).strip().split(" ")) {
      if (!word.equals("[OPTIONS]") && !word.isEmpty()) {
        places.add(word);
      }
    }
    if (places.isEmpty()) {
      return "";
    }
    String last = places.getLast();
    return index < places.size() ? places.get(index) : last.contains("...") ? last : "";
  }

  private List<String> named(String place, String verb, List<String> arguments) throws IOException {
    String plain = place.replaceAll("[\\[\\].]", "");
    if (plain.matches("[a-z]+(\\|[a-z]+)+")) {
      return Arrays.asList(plain.split("\\|"));
    }
    String kind = plain.replaceFirst(":.*$", "").replaceFirst("\\|.*$", "");
    List<String> names =
        switch (kind) {
          case "CONTAINER" -> containers(verb);
          case "IMAGE", "SOURCE_IMAGE", "REPOSITORY", "TARGET_IMAGE" -> images();
          case "NAME" -> verb.equals("inspect") ? concat(containers(verb), images()) : verb.equals("pull") || verb.equals("push") ? images() : List.of();
          case "NETWORK" -> names("/networks", "Name");
          case "VOLUME" -> verb.equals("volume create") ? List.of() : names("/volumes", "Volumes", "Name");
          case "PLUGIN" -> names("/plugins", "Name");
          case "CONTEXT" -> verb.endsWith("create") || verb.endsWith("import") ? List.of() : contexts();
          case "SERVICE" -> services();
          default -> List.of();
        };
    return names.stream().filter(name -> !arguments.contains(name.replaceFirst("\t.*$", ""))).toList();
  }

  private List<String> values(String flag, String verb) throws IOException {
    return switch (flag) {
      case "context", "from" -> contexts();
      case "network" -> names("/networks", "Name");
      case "volumes-from", "link" -> containers("rm");
      case "restart" -> List.of("always", "no", "on-failure", "unless-stopped");
      case "pull" -> List.of("always", "missing", "never");
      case "signal", "stop-signal" -> List.of("SIGHUP", "SIGINT", "SIGKILL", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGSTOP", "SIGCONT");
      case "type" -> List.of("container", "image", "network", "volume");
      case "isolation" -> List.of("microvm", "namespace");
      case "driver" -> verb.startsWith("network") ? plugins("Network") : plugins("Volume");
      case "log-driver" -> plugins("Log");
      case "format" -> List.of("json", "table");
      default -> List.of();
    };
  }

  // ---- names from the daemon

  private static List<String> concat(List<String> some, List<String> others) {
    List<String> all = new ArrayList<>(some);
    all.addAll(others);
    return all;
  }

  private @Nullable Object ask(String path) throws IOException {
    try {
      return call.engine().get(path);
    } catch (EngineException | Engine.NoDaemonException | CliException e) {
      return null; // no names, then
    }
  }

  private List<String> containers(String verb) throws IOException {
    List<String> names = new ArrayList<>();
    for (Object container : list(ask("/containers/json?all=" + (RUNNING.contains(verb) ? 0 : 1)))) {
      String state = Json.text(container, "State");
      boolean fits =
          switch (verb) {
            case "start" -> !state.equals("running") && !state.equals("paused");
            case "unpause" -> state.equals("paused");
            default -> true;
          };
      if (fits) {
        names.add(String.valueOf(Json.list(container, "Names").getFirst()).substring(1) + "\t" + Json.text(container, "Image") + ", " + Json.text(container, "Status"));
      }
    }
    return names;
  }

  private List<String> images() throws IOException {
    List<String> names = new ArrayList<>();
    for (Object image : list(ask("/images/json"))) {
      Json.list(image, "RepoTags").stream().map(String::valueOf).filter(tag -> !tag.startsWith("<none>")).forEach(names::add);
    }
    return names;
  }

  private List<String> names(String path, String... at) throws IOException {
    Object answer = ask(path);
    List<@Nullable Object> all = at.length > 1 ? Json.list(answer, at[0]) : list(answer);
    return all.stream().map(each -> Json.text(each, at[at.length - 1])).toList();
  }

  private List<String> plugins(String kind) throws IOException {
    return Json.list(ask("/info"), "Plugins", kind).stream().map(String::valueOf).toList();
  }

  private static List<String> contexts() throws IOException {
    return dev.proa.cli.context.ContextVerbs.names();
  }

  /** Of the project in this folder: by what its containers say, as its files may not be readable. */
  private List<String> services() throws IOException {
    String here = Path.of("").toAbsolutePath().toString();
    Set<String> services = new TreeSet<>();
    for (Object container : list(ask("/containers/json?all=1"))) {
      if (here.equals(Json.text(Json.object(container, "Labels").get("com.docker.compose.project.working_dir")))) {
        services.add(String.valueOf(Json.object(container, "Labels").get("com.docker.compose.service")));
      }
    }
    return List.copyOf(services);
  }

  @SuppressWarnings("unchecked") // the reader makes no other lists
  private static List<@Nullable Object> list(@Nullable Object json) {
    return json instanceof List<?> list ? (List<@Nullable Object>) list : List.of();
  }
}
