package dev.proa.cli.compose.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a later file says on top of an earlier one: mappings key by key, lists one after the other, the rest replaced. */
final class Merge {
  /** {@code !reset}: what was said before is gone. */
  static final Object RESET = new Object();

  private static final Set<String> REPLACED = Set.of("command", "entrypoint", "test");

  private Merge() {}

  /** {@code !override}: replaces what was said before, whatever it is. */
  record Override(@Nullable Object value) {}

  /** Marks stay, for what this is laid over in turn; {@link #done} takes them away. */
  static Map<String, @Nullable Object> of(Map<String, @Nullable Object> base, Map<String, @Nullable Object> over) {
    Map<String, @Nullable Object> merged = new LinkedHashMap<>(base);
    over.forEach((key, value) -> merged.put(key, merged(key, merged.get(key), value)));
    return merged;
  }

  /** Without the marks that only matter while there is something to come. */
  static Map<String, @Nullable Object> done(Map<String, @Nullable Object> map) {
    Map<String, @Nullable Object> done = new LinkedHashMap<>();
    map.forEach(
        (key, value) -> {
          Object bare = value instanceof Override override ? override.value() : value;
          if (bare != RESET) {
            done.put(key, bare instanceof Map<?, ?> ? done(Project.object(bare)) : bare);
          }
        });
    return done;
  }

  private static @Nullable Object merged(String key, @Nullable Object before, @Nullable Object value) {
    if (value instanceof Override || value == RESET) {
      return value;
    }
    if (before == RESET) {
      return new Override(value);
    }
    if (before instanceof Override override) {
      return new Override(merged(key, override.value(), value));
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> base = Project.object(before);
      boolean other = key.equals("logging") && base.get("driver") != null && map.get("driver") != null && !base.get("driver").equals(map.get("driver"));
      return of(other ? Map.of() : base, Project.object(value));
    }
    if (value instanceof List<?> list && before instanceof List<?> old && !REPLACED.contains(key)) {
      return lists(key, old, list);
    }
    return value;
  }

  private static List<Object> lists(String key, List<?> before, List<?> after) {
    Map<Object, Object> merged = new LinkedHashMap<>();
    for (List<?> list : List.of(before, after)) {
      for (Object item : list) {
        merged.put(identity(key, item), item);
      }
    }
    return new ArrayList<>(merged.values());
  }

  /** What makes two items of a list the same one. */
  private static Object identity(String list, Object item) {
    if (!(item instanceof Map<?, ?> map)) {
      return item;
    }
    return switch (list) {
      case "volumes" -> String.valueOf(map.get("target"));
      case "secrets", "configs" -> String.valueOf(map.get("target") == null ? map.get("source") : map.get("target"));
      case "ports" -> List.of(String.valueOf(map.get("target")), String.valueOf(map.get("published")), String.valueOf(map.get("host_ip")), String.valueOf(map.get("protocol")));
      default -> item;
    };
  }
}
