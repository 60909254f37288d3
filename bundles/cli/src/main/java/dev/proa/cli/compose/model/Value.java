package dev.proa.cli.compose.model;

import java.util.List;
import java.util.Map;

/** A node of a YAML file with its place. */
sealed interface Value {
  Place place();

  /** @param tag what the file says before the value, such as {@code !reset}; empty for nothing */
  record Text(String text, boolean isNull, String tag, Place place) implements Value {}

  record Items(List<Value> items, String tag, Place place) implements Value {}

  /** @param keys where each key stands */
  record Fields(Map<String, Value> fields, Map<String, Place> keys, String tag, Place place) implements Value {}

  String tag();

  default boolean absent() {
    return this instanceof Text text && text.isNull();
  }

  /** What it is, for messages. */
  default String kind() {
    return switch (this) {
      case Text text -> text.isNull() ? "nothing" : "\"" + (text.text().length() > 40 ? text.text().substring(0, 40) + "…" : text.text()) + "\"";
      case Items _ -> "a list";
      case Fields _ -> "a mapping";
    };
  }
}
