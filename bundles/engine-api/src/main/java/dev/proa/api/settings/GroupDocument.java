package dev.proa.api.settings;

import dev.proa.plugins.Settings.Group;
import dev.proa.plugins.Settings.Setting;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** A group of settings on the wire. */
@JsonNaming(UpperCamelCaseStrategy.class)
public record GroupDocument(String name, String title, String description, String bundle, @Nullable String problem, List<Value> settings) {

  /** A setting with its metadata. */
  @JsonNaming(UpperCamelCaseStrategy.class)
  public record Value(
      String key, String description, String type, boolean many, boolean required, List<String> value, List<String> byDefault, boolean set, List<String> options) {
    static Value of(Setting setting) {
      return new Value(
          setting.key(),
          setting.description(),
          setting.type(),
          setting.many(),
          setting.required(),
          setting.value(),
          setting.byDefault(),
          setting.set(),
          setting.options());
    }
  }

  public static GroupDocument of(Group group) {
    return new GroupDocument(group.pid(), group.name(), group.description(), group.bundle(), group.problem(), group.settings().stream().map(Value::of).toList());
  }
}
