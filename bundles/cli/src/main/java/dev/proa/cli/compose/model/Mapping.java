package dev.proa.cli.compose.model;

import dev.proa.cli.compose.model.Value.Fields;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads a mapping by its known keys; unknown ones are warned of and left out, {@code x-} ones left out. */
final class Mapping {
  /** Reads one value; gets where it is in the document, in words. */
  interface Rule extends BiFunction<Value, String, @Nullable Object> {}

  private final Map<String, Rule> rules = new LinkedHashMap<>();

  Mapping with(String key, Rule rule) {
    rules.put(key, rule);
    return this;
  }

  Mapping with(Rule rule, String... keys) {
    for (String key : keys) {
      rules.put(key, rule);
    }
    return this;
  }

  /** @param warnings gets a line for each key that is not known */
  Map<String, @Nullable Object> read(Value value, String at, Consumer<String> warnings) {
    Map<String, @Nullable Object> read = new LinkedHashMap<>();
    if (value.absent()) {
      return read;
    }
    if (!(value instanceof Fields fields)) {
      throw Shapes.wrong(value, at, "a mapping");
    }
    for (Map.Entry<String, Value> field : fields.fields().entrySet()) {
      String key = field.getKey();
      String where = at + "." + key;
      Rule rule = rules.get(key);
      if (field.getValue().tag().equals("!reset")) {
        read.put(key, Merge.RESET);
      } else if (rule == null) {
        if (!key.startsWith("x-")) {
          warnings.accept(fields.keys().getOrDefault(key, fields.place()) + ": " + where + ": unknown key, which is ignored");
        }
      } else if (!field.getValue().absent() || key.equals("command") || key.equals("entrypoint")) {
        Object result = rule.apply(field.getValue(), where);
        read.put(key, field.getValue().tag().equals("!override") ? new Merge.Override(result) : result);
      }
    }
    return read;
  }
}
