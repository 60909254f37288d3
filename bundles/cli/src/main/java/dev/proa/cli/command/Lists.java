package dev.proa.cli.command;

import dev.proa.cli.CliException;
import dev.proa.cli.http.Engine;
import dev.proa.cli.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What verbs on lists of things share: filters, and pairs of names and values. */
final class Lists {
  private Lists() {}

  /** {@code --filter KEY=VALUE} as the API's {@code filters}, with the leading {@code separator}; empty without any. */
  static String filters(char separator, List<String> given) {
    if (given.isEmpty()) {
      return "";
    }
    Map<String, List<String>> filters = new LinkedHashMap<>();
    for (String filter : given) {
      int equals = filter.indexOf('=');
      if (equals < 0) {
        throw new CliException(125, "invalid argument \"" + filter + "\" for \"-f, --filter\" flag: invalid filter '" + filter + "'");
      }
      filters.computeIfAbsent(filter.substring(0, equals).strip().toLowerCase(java.util.Locale.ROOT), key -> new ArrayList<>()).add(filter.substring(equals + 1).strip());
    }
    return separator + "filters=" + Engine.escape(Json.write(filters));
  }

  /** {@code OS[/ARCHITECTURE[/VARIANT]]} as the API's {@code platform}, with the leading {@code separator}; empty without one. */
  static String platform(char separator, String given) {
    if (given.isEmpty()) {
      return "";
    }
    Map<String, String> platform = new LinkedHashMap<>();
    List<String> keys = List.of("os", "architecture", "variant");
    String[] parts = given.split("/", -1);
    if (parts.length > keys.size()) {
      throw new CliException(1, "invalid platform: \"" + given + "\": want os[/arch[/variant]]");
    }
    for (int i = 0; i < parts.length; i++) {
      platform.put(keys.get(i), parts[i]);
    }
    return separator + "platform=" + Engine.escape(Json.write(platform));
  }

  /** {@code NAME=VALUE} each; without a value it is empty. */
  static Map<String, String> pairs(List<String> given) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (String pair : given) {
      int equals = pair.indexOf('=');
      pairs.put(equals < 0 ? pair : pair.substring(0, equals), equals < 0 ? "" : pair.substring(equals + 1));
    }
    return pairs;
  }
}
