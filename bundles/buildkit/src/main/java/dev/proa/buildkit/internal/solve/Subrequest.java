package dev.proa.buildkit.internal.solve;

import dev.proa.builder.Description;
import dev.proa.builder.Description.Argument;
import dev.proa.builder.Description.Finding;
import dev.proa.builder.Description.Need;
import dev.proa.builder.Description.Target;
import dev.proa.buildkit.internal.grpc.GrpcException;
import dev.proa.buildkit.internal.grpc.GrpcStatus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** What a client may ask of the Dockerfile front end instead of a build ({@code docker build --check}, {@code --call}), in the documents that BuildKit answers with. */
final class Subrequest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String VERSION = "1.0.0";
  private static final Map<String, String> KNOWN =
      Map.of(
          "frontend.lint", "Lint a Dockerfile",
          "frontend.outline", "List all parameters current build target supports",
          "frontend.targets", "List all targets current build supports",
          "frontend.subrequests.describe", "List available subrequest types");

  private final String id;

  /** @throws GrpcException {@code UNIMPLEMENTED} for one that is not known */
  Subrequest(String id) throws GrpcException {
    if (!KNOWN.containsKey(id)) {
      throw new GrpcException(GrpcStatus.UNIMPLEMENTED, "unsupported request " + id + ": this engine knows " + String.join(", ", KNOWN.keySet().stream().sorted().toList()));
    }
    this.id = id;
  }

  boolean readsDockerfile() {
    return !id.equals("frontend.subrequests.describe");
  }

  /** What is answered without a Dockerfile: which requests there are. */
  static Map<String, String> all() {
    List<Map<String, Object>> all = new ArrayList<>();
    StringBuilder text = new StringBuilder("NAME                           VERSION DESCRIPTION\n");
    KNOWN.keySet().stream()
        .sorted()
        .forEach(
            name -> {
              String says = KNOWN.getOrDefault(name, "");
              all.add(ordered("name", name, "version", VERSION, "type", "rpc", "description", says, "metadata", List.of(Map.of("name", "result.json"), Map.of("name", "result.txt"))));
              text.append("%-30s %-7s %s\n".formatted(name, VERSION, says));
            });
    return result(all, text.toString());
  }

  Map<String, String> answer(Description file) {
    return switch (id) {
      case "frontend.lint" -> lint(file);
      case "frontend.outline" -> outline(file);
      default -> targets(file);
    };
  }

  private static Map<String, String> lint(Description file) {
    List<Object> warnings = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (Finding found : file.findings()) {
      String url = StatusLog.ruleAddress(found.rule());
      warnings.add(ordered("ruleName", found.rule(), "url", url, "detail", found.text(), "location", location(found.line())));
      text.append(found.rule()).append(": ").append(found.text()).append(" (").append(file.file()).append(':').append(found.line()).append(")\n");
    }
    Map<String, Object> source = ordered("filename", file.file(), "language", "Dockerfile", "data", base64(file.source()));
    Map<String, String> result = result(ordered("warnings", warnings, "sources", List.of(source)), text.toString());
    result.put("result.statuscode", warnings.isEmpty() ? "0" : "1");
    return result;
  }

  private static Map<String, String> outline(Description file) {
    List<Object> arguments = new ArrayList<>();
    StringBuilder text = new StringBuilder("TARGET: " + (file.outline().target().isEmpty() ? "(last)" : file.outline().target()) + "\n");
    for (Argument argument : file.outline().arguments()) {
      String value = argument.value() == null ? "" : argument.value();
      arguments.add(ordered("name", argument.name(), "value", value, "location", location(argument.line())));
      text.append("ARG ").append(argument.name()).append('=').append(value).append('\n');
    }
    Map<String, Object> outline =
        ordered(
            "name", file.outline().target(),
            "args", arguments,
            "secrets", needs(file.outline().secrets(), "name"),
            "ssh", needs(file.outline().ssh(), "name"),
            "cache", needs(file.outline().caches(), "ID"),
            "sources", List.of(base64(file.source())));
    return result(outline, text.toString());
  }

  private static List<Object> needs(List<Need> needs, String name) {
    return needs.stream().<Object>map(need -> ordered(name, need.id(), "required", need.required(), "location", location(need.line()))).toList();
  }

  private static Map<String, String> targets(Description file) {
    List<Object> targets = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (Target target : file.targets()) {
      targets.add(
          ordered("name", target.name(), "default", target.last(), "base", target.base(), "platform", target.platform(), "location", location(target.line())));
      text.append(target.name().isEmpty() ? "(default)" : target.name()).append(target.last() && !target.name().isEmpty() ? " (default)\n" : "\n");
    }
    return result(ordered("targets", targets, "sources", List.of(base64(file.source()))), text.toString());
  }

  private static Map<String, String> result(Object document, String text) {
    Map<String, String> result = new LinkedHashMap<>();
    result.put("result.json", JSON.writeValueAsString(document));
    result.put("result.txt", text);
    result.put("version", VERSION);
    return result;
  }

  private static Map<String, Object> location(int line) {
    Map<String, Object> at = Map.of("line", line, "character", 0);
    return ordered("ranges", List.of(ordered("start", at, "end", at)));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Map<String, Object> ordered(Object... pairs) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put((String) pairs[i], pairs[i + 1]);
    }
    return map;
  }
}
