package dev.proa.plugins.internal;

import dev.proa.plugins.Settings;
import dev.proa.plugins.internal.Schemas.Attribute;
import dev.proa.plugins.internal.Schemas.Schema;
import dev.proa.spi.ProaException;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.service.metatype.AttributeDefinition;

/** Values between what a file says, what Configuration Admin takes and what is shown; and whether they are what their metadata asks for. */
final class Values {
  private static final int LONGEST = 16 * 1024;
  private static final int MOST = 1024;

  private Values() {}

  /**
   * What a file's object says, by key, as text.
   *
   * @throws ProaException {@code INVALID_ARGUMENT} for what is neither text, number, truth value nor a list of those
   */
  static Map<String, List<String>> texts(Map<String, Object> json) {
    Map<String, List<String>> texts = new LinkedHashMap<>();
    json.forEach(
        (key, value) -> {
          List<String> list = new ArrayList<>();
          for (Object each : value instanceof Collection<?> many ? many : List.of(value)) {
            if (!(each instanceof String || each instanceof Number || each instanceof Boolean)) {
              throw ProaException.invalid(key + " is neither text, number, true, false nor a list of those");
            }
            list.add(each.toString());
          }
          texts.put(key, list);
        });
    return texts;
  }

  /**
   * What Configuration Admin gets: every key with a value or a default.
   *
   * @throws ProaException {@code INVALID_ARGUMENT} with the first thing that is wrong
   */
  static Hashtable<String, Object> typed(Schema schema, Map<String, List<String>> texts) {
    for (String key : texts.keySet()) {
      if (schema.attribute(key) == null) {
        throw ProaException.invalid(schema.pid() + " has no setting \"" + key + "\": known are " + String.join(", ", schema.keys()));
      }
    }
    Hashtable<String, Object> typed = new Hashtable<>();
    for (Attribute attribute : schema.attributes()) {
      String key = attribute.definition().getID();
      List<String> given = texts.getOrDefault(key, List.of());
      List<String> values = given.isEmpty() ? byDefault(attribute) : given;
      if (values.isEmpty()) {
        if (attribute.required() && !many(attribute)) {
          throw ProaException.invalid(schema.pid() + ": " + key + " needs a value: " + attribute.definition().getDescription());
        }
        if (!many(attribute)) {
          continue;
        }
      }
      if (!many(attribute) && values.size() > 1) {
        throw ProaException.invalid(schema.pid() + ": " + key + " takes one value, not " + values.size());
      }
      if (values.size() > MOST) {
        throw ProaException.invalid(schema.pid() + ": " + key + " takes at most " + MOST + " values");
      }
      List<Object> objects = values.stream().map(value -> object(schema, attribute, value)).toList();
      typed.put(key, many(attribute) ? array(attribute, objects) : objects.getFirst());
    }
    return typed;
  }

  private static Object object(Schema schema, Attribute attribute, String value) {
    AttributeDefinition definition = attribute.definition();
    String what = schema.pid() + ": " + definition.getID() + "=" + (secret(definition) ? "***" : value.length() > 200 ? value.substring(0, 200) + "…" : value);
    if (value.length() > LONGEST) {
      throw ProaException.invalid(what + " is longer than " + LONGEST + " characters");
    }
    List<String> options = options(definition);
    if (!options.isEmpty() && !options.contains(value)) {
      throw ProaException.invalid(what + ": known are " + String.join(", ", options));
    }
    Object object;
    try {
      object =
          switch (definition.getType()) {
            case AttributeDefinition.INTEGER -> Integer.valueOf(value);
            case AttributeDefinition.LONG -> Long.valueOf(value);
            case AttributeDefinition.DOUBLE, AttributeDefinition.FLOAT -> Double.valueOf(value);
            case AttributeDefinition.BOOLEAN -> truth(value);
            default -> value;
          };
    } catch (IllegalArgumentException e) {
      throw ProaException.invalid(what + " is no " + type(definition) + " value");
    }
    // the commas of one value are none between values
    String said = definition.getType() == AttributeDefinition.STRING || definition.getType() == AttributeDefinition.PASSWORD ? "" : Schemas.text(definition.validate(value));
    if (!said.isEmpty()) {
      throw ProaException.invalid(what + " is refused: " + said + ": " + definition.getDescription());
    }
    return object;
  }

  private static Boolean truth(String value) {
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException(value);
    };
  }

  private static Object array(Attribute attribute, List<Object> values) {
    Class<?> type =
        switch (attribute.definition().getType()) {
          case AttributeDefinition.INTEGER -> Integer.class;
          case AttributeDefinition.LONG -> Long.class;
          case AttributeDefinition.DOUBLE, AttributeDefinition.FLOAT -> Double.class;
          case AttributeDefinition.BOOLEAN -> Boolean.class;
          default -> String.class;
        };
    Object array = Array.newInstance(type, values.size());
    for (int i = 0; i < values.size(); i++) {
      Array.set(array, i, values.get(i));
    }
    return array;
  }

  /** As a file says it: numbers and truth values as such, one value without a list. */
  static Map<String, Object> json(Schema schema, Map<String, List<String>> texts) {
    Map<String, Object> typed = new LinkedHashMap<>(typed(schema, texts));
    Map<String, Object> json = new LinkedHashMap<>();
    texts.forEach(
        (key, values) -> {
          if (!values.isEmpty()) {
            json.put(key, typed.get(key));
          }
        });
    return json;
  }

  static Settings.Setting shown(Attribute attribute, @Nullable List<String> set) {
    AttributeDefinition definition = attribute.definition();
    List<String> value = set == null || set.isEmpty() ? byDefault(attribute) : set;
    return new Settings.Setting(
        definition.getID(),
        Schemas.text(definition.getDescription()),
        type(definition),
        many(attribute),
        attribute.required(),
        secret(definition) ? value.stream().map(each -> "***").toList() : value,
        byDefault(attribute),
        set != null && !set.isEmpty(),
        options(definition));
  }

  private static boolean many(Attribute attribute) {
    return attribute.definition().getCardinality() != 0;
  }

  private static boolean secret(AttributeDefinition definition) {
    return definition.getType() == AttributeDefinition.PASSWORD;
  }

  private static List<String> byDefault(Attribute attribute) {
    String[] values = attribute.definition().getDefaultValue();
    // an empty list is an empty text in the metadata
    return values == null || many(attribute) && values.length == 1 && values[0].isEmpty() ? List.of() : List.of(values);
  }

  private static List<String> options(AttributeDefinition definition) {
    String[] values = definition.getOptionValues();
    return values == null ? List.of() : List.of(values);
  }

  private static String type(AttributeDefinition definition) {
    return switch (definition.getType()) {
      case AttributeDefinition.INTEGER, AttributeDefinition.LONG -> "integer";
      case AttributeDefinition.DOUBLE, AttributeDefinition.FLOAT -> "number";
      case AttributeDefinition.BOOLEAN -> "boolean";
      case AttributeDefinition.PASSWORD -> "secret";
      default -> "text";
    };
  }
}
