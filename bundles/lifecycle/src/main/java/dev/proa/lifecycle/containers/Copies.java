package dev.proa.lifecycle.containers;

import dev.proa.spi.ProaException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Unmodifiable copies for the documents of the API, which keep the difference between an absent list and an empty one and the order of
 * an object's members. A JSON null inside is the client's mistake, not a value.
 */
final class Copies {
  private Copies() {}

  static <T> @Nullable List<T> of(@Nullable List<T> list) {
    if (list == null) {
      return null;
    }
    if (list.stream().anyMatch(element -> element == null)) {
      throw ProaException.invalid("invalid JSON: null where a list wants a value");
    }
    return List.copyOf(list);
  }

  static <V> @Nullable Map<String, V> of(@Nullable Map<String, V> map) {
    return map == null ? null : Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }
}
