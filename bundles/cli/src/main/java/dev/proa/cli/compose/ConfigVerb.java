package dev.proa.cli.compose;

import static dev.proa.cli.compose.model.Project.list;

import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.compose.model.Project;
import dev.proa.cli.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/** {@code compose config}: the project as it is understood. */
final class ConfigVerb extends Verb {
  private static final Set<String> DURATIONS = Set.of("interval", "timeout", "start_period", "start_interval", "stop_grace_period", "delay", "window");

  private final Scope scope;

  ConfigVerb(Scope scope) {
    super("compose config [OPTIONS] [SERVICE...]", "Parse, resolve and render compose file in canonical format", 0, -1);
    this.scope = scope;
  }

  @Override
  protected void flags(Flags flags) {
    flags
        .toggle("environment", "Print environment used for interpolation")
        .one("format", "string", "Format the output: yaml or json")
        .toggle("images", "Print the image names, one per line")
        .toggle("networks", "Print the network names, one per line")
        .one('o', "output", "string", "Save to file (default to stdout)")
        .toggle("profiles", "Print the profile names, one per line")
        .toggle('q', "quiet", "Only validate the configuration, don't print anything")
        .toggle("services", "Print the service names, one per line")
        .toggle("volumes", "Print the volume names, one per line");
  }

  @Override
  protected int run(Invocation call) throws IOException {
    Flags flags = call.flags();
    Project project = scope.project(call.arguments());
    if (flags.has("quiet")) {
      return 0;
    }
    Iterable<String> lines =
        flags.has("services") ? project.ordered(call.arguments(), true)
            : flags.has("volumes") ? project.volumes().keySet()
            : flags.has("networks") ? project.networks().keySet()
            : flags.has("images") ? images(project)
            : flags.has("profiles") ? profiles(project) : flags.has("environment") ? environment(project) : null;
    if (lines != null) {
      lines.forEach(call.out()::println);
      return 0;
    }
    String text = flags.get("format", "yaml").equals("json") ? Json.writePretty(document(project, call)) + "\n" : yaml(document(project, call));
    String file = flags.get("output");
    if (file != null) {
      Files.writeString(Path.of(file), text);
    } else {
      call.out().print(text);
    }
    return 0;
  }

  private static Set<String> images(Project project) {
    Set<String> images = new LinkedHashSet<>();
    project.services().keySet().forEach(service -> images.add(Images.name(project, service)));
    return images;
  }

  private static Set<String> profiles(Project project) {
    Set<String> profiles = new TreeSet<>();
    project.services().values().forEach(service -> list(service.get("profiles")).forEach(profile -> profiles.add(String.valueOf(profile))));
    return profiles;
  }

  private static Set<String> environment(Project project) {
    Set<String> lines = new TreeSet<>();
    project.environment().forEach((name, value) -> lines.add(name + "=" + value));
    return lines;
  }

  private static Map<String, @Nullable Object> document(Project project, Invocation call) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("name", project.name());
    Map<String, @Nullable Object> services = new TreeMap<>();
    for (String name : project.ordered(call.arguments(), true)) {
      services.put(name, project.service(name));
    }
    document.put("services", services);
    put(document, "networks", project.networks());
    put(document, "volumes", project.volumes());
    put(document, "secrets", project.secrets());
    put(document, "configs", project.configs());
    return document;
  }

  private static void put(Map<String, @Nullable Object> document, String key, Map<String, ?> section) {
    if (!section.isEmpty()) {
      document.put(key, section);
    }
  }

  private static String yaml(Map<String, @Nullable Object> document) {
    return new Dump(DumpSettings.builder().setDefaultFlowStyle(FlowStyle.BLOCK).setIndicatorIndent(2).setIndent(2).setIndentWithIndicator(true).build()).dumpToString(written(document, ""));
  }

  /** Durations as people write them; a file that is read again means the same. */
  private static @Nullable Object written(@Nullable Object value, String key) {
    return switch (value) {
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> sorted = new LinkedHashMap<>();
        map.forEach((name, each) -> sorted.put(String.valueOf(name), written(each, String.valueOf(name))));
        yield sorted;
      }
      case List<?> items -> items.stream().map(each -> written(each, "")).toList();
      case Long nanos when DURATIONS.contains(key) -> duration(nanos);
      case String text -> text.replace("$", "$$");
      case null, default -> value;
    };
  }

  private static String duration(long nanos) {
    return nanos % 1_000_000_000 == 0 ? nanos / 1_000_000_000 + "s" : nanos % 1_000_000 == 0 ? nanos / 1_000_000 + "ms" : nanos / 1000 + "us";
  }
}
