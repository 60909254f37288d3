package dev.proa.cli.compose;

import dev.proa.cli.http.Engine;
import dev.proa.cli.json.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A container of a project, as the engine's list has it.
 *
 * @param number from 1 on within its service
 * @param state such as {@code running}
 * @param summary the whole entry of the list
 */
record Container(String id, String name, String service, int number, boolean oneOff, String hash, String state, Object summary) {
  static final String GONE = "removing";

  /** The containers of a project's services by service and number; one-off ones only if asked for. */
  static List<Container> of(Engine engine, String project, boolean oneOffs) throws IOException {
    Map<String, List<String>> filters = new LinkedHashMap<>();
    filters.put("label", oneOffs ? List.of(Labels.PROJECT + "=" + project) : List.of(Labels.PROJECT + "=" + project, Labels.ONE_OFF + "=False"));
    List<Container> containers = new ArrayList<>();
    if (engine.get("/containers/json?all=1&filters=" + Engine.escape(Json.write(filters))) instanceof List<?> list) {
      for (Object each : list) {
        if (each != null) {
          containers.add(of(each));
        }
      }
    }
    containers.sort(Comparator.comparing(Container::service).thenComparing(Container::oneOff).thenComparingInt(Container::number));
    return containers;
  }

  private static Container of(Object summary) {
    String number = label(summary, Labels.NUMBER);
    String name = String.valueOf(Json.list(summary, "Names").getFirst()).substring(1);
    return new Container(
        Json.text(summary, "Id"), name, label(summary, Labels.SERVICE), number.matches("\\d{1,9}") ? Integer.parseInt(number) : 1, label(summary, Labels.ONE_OFF).equals("True"),
        label(summary, Labels.HASH), Json.text(summary, "State"), summary);
  }

  private static String label(Object summary, String label) {
    return Json.text(summary, "Labels", label);
  }

  String label(String label) {
    return label(summary, label);
  }

  boolean runs() {
    return state.equals("running") || state.equals("paused") || state.equals("restarting");
  }

  /** Those of some services, of all if none is named. */
  static List<Container> ofServices(List<Container> containers, List<String> services) {
    return services.isEmpty() ? containers : containers.stream().filter(each -> services.contains(each.service())).toList();
  }

  @Nullable Object inspect(Engine engine) throws IOException {
    return engine.get("/containers/" + id + "/json");
  }
}
