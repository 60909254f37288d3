package dev.proa.api.router;

import dev.proa.api.json.Json;
import dev.proa.spi.ProaException;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** A request's query parameters, read as the Docker Engine reads them. Those nobody asks for are ignored. */
public final class Query {
  private static final int MAX_PARAMETERS = 1024;

  private final Map<String, List<String>> parameters;

  private Query(Map<String, List<String>> parameters) {
    this.parameters = parameters;
  }

  /** @param text what follows the question mark; empty for none */
  static Query parse(String text) {
    try {
      return new Query(text.isEmpty() ? Map.of() : new QueryStringDecoder(text, StandardCharsets.UTF_8, false, MAX_PARAMETERS, false).parameters());
    } catch (IllegalArgumentException e) {
      throw ProaException.invalid("invalid query: " + e.getMessage());
    }
  }

  public boolean has(String name) {
    return parameters.containsKey(name);
  }

  /** The first value; empty if there is none. */
  public String get(String name) {
    List<String> values = parameters.get(name);
    return values == null || values.isEmpty() ? "" : values.getFirst();
  }

  /** The first value; null if there is none or it is empty. */
  public @Nullable String orNull(String name) {
    String value = get(name);
    return value.isEmpty() ? null : value;
  }

  public List<String> all(String name) {
    return List.copyOf(parameters.getOrDefault(name, List.of()));
  }

  /** Everything is true but nothing, 0, no, false and none ({@code httputils.BoolValue}). */
  public boolean flag(String name) {
    return switch (get(name).strip().toLowerCase(Locale.ROOT)) {
      case "", "0", "no", "false", "none" -> false;
      default -> true;
    };
  }

  /** As {@link #flag}, with a default for a parameter that is not there at all. */
  public boolean flag(String name, boolean byDefault) {
    return has(name) ? flag(name) : byDefault;
  }

  /** Empty if it is not given. */
  public OptionalInt integer(String name) {
    String value = get(name);
    if (value.isEmpty()) {
      return OptionalInt.empty();
    }
    try {
      return OptionalInt.of(Integer.parseInt(value));
    } catch (NumberFormatException e) {
      throw ProaException.invalid("invalid value \"" + value + "\" for " + name + ": not a number");
    }
  }

  /** Seconds since 1970 with up to nine decimals, or a time as RFC 3339 writes it. Null if it is not given. */
  public @Nullable Instant time(String name) {
    String value = get(name);
    if (value.isEmpty()) {
      return null;
    }
    try {
      if (value.indexOf('T') > 0) {
        return java.time.OffsetDateTime.parse(value).toInstant();
      }
      int point = value.indexOf('.');
      long seconds = Long.parseLong(point < 0 ? value : value.substring(0, point));
      String fraction = point < 0 ? "" : value.substring(point + 1);
      if (fraction.length() > 9) {
        fraction = fraction.substring(0, 9);
      }
      long nanos = fraction.isEmpty() ? 0 : Long.parseUnsignedLong(fraction + "0".repeat(9 - fraction.length()));
      return Instant.ofEpochSecond(seconds, nanos);
    } catch (NumberFormatException | DateTimeException e) {
      throw ProaException.invalid("invalid value \"" + value + "\" for " + name + ": neither seconds since 1970 nor a time such as 2026-01-02T15:04:05Z");
    }
  }

  /** The parameter {@code filters}: JSON, {@code {"label":["a","b"]}} or {@code {"label":{"a":true,"b":true}}}. */
  public Map<String, List<String>> filters() {
    String value = get("filters");
    if (value.isEmpty()) {
      return Map.of();
    }
    JsonNode tree;
    try {
      tree = Json.mapper().readTree(value);
    } catch (JacksonException e) {
      throw ProaException.invalid("invalid filter");
    }
    if (tree.isNull()) {
      return Map.of();
    }
    if (!tree.isObject()) {
      throw ProaException.invalid("invalid filter");
    }
    Map<String, List<String>> filters = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> filter : tree.properties()) {
      filters.put(filter.getKey(), filterValues(filter.getValue()));
    }
    return filters;
  }

  private static List<String> filterValues(JsonNode node) {
    if (node.isObject() && node.properties().stream().allMatch(entry -> entry.getValue().isBoolean())) {
      return List.copyOf(node.propertyNames());
    }
    if (!node.isArray()) {
      throw ProaException.invalid("invalid filter");
    }
    List<String> values = new ArrayList<>();
    for (JsonNode value : node) {
      if (!value.isString()) {
        throw ProaException.invalid("invalid filter");
      }
      values.add(value.stringValue());
    }
    return values;
  }
}
