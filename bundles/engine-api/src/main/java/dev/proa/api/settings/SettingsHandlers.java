package dev.proa.api.settings;

import dev.proa.api.json.JsonBody;
import dev.proa.api.router.Call;
import dev.proa.plugins.Settings;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** The resource settings. */
public final class SettingsHandlers {
  private final Settings settings;

  public SettingsHandlers(Settings settings) {
    this.settings = settings;
  }

  void list(Call call) throws IOException {
    call.json(settings.list().stream().map(GroupDocument::of).toList());
  }

  void inspect(Call call) throws IOException {
    call.json(GroupDocument.of(settings.get(call.parameter())));
  }

  /** The body: an object of keys with their values, a list for several, null for the default. */
  void set(Call call) throws IOException {
    JsonNode body = JsonBody.tree(call.exchange());
    if (body == null || !body.isObject() || body.isEmpty()) {
      throw ProaException.invalid("invalid JSON: an object with the settings to change is needed");
    }
    Map<String, List<String>> changes = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : body.properties()) {
      List<String> values = new ArrayList<>();
      for (JsonNode each : entry.getValue().isArray() ? entry.getValue() : List.of(entry.getValue())) {
        if (each.isObject() || each.isArray()) {
          throw ProaException.invalid("invalid JSON: " + entry.getKey() + " is neither text, number, true, false, null nor a list of those");
        }
        if (!each.isNull()) {
          values.add(each.asString());
        }
      }
      changes.put(entry.getKey(), values);
    }
    call.json(GroupDocument.of(settings.set(call.parameter(), changes)));
  }
}
