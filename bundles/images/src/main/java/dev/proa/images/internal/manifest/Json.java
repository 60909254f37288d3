package dev.proa.images.internal.manifest;

import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Reads foreign JSON with limits, and says in words what is wrong with it. */
public final class Json {
  /** The largest manifest, index or configuration that is read: the limit registries use. */
  public static final int MAX_DOCUMENT = 4 << 20;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(64)
                          .maxDocumentLength(MAX_DOCUMENT)
                          .maxStringLength(1 << 20)
                          .maxNameLength(64 << 10)
                          .maxNumberLength(64)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Json() {}

  /**
   * Parses a document.
   *
   * @param what names it in errors
   * @throws ProaException {@code INVALID_ARGUMENT}
   */
  public static JsonNode parse(byte[] bytes, String what) {
    if (bytes.length > MAX_DOCUMENT) {
      throw ProaException.invalid(what + " is larger than " + MAX_DOCUMENT + " bytes");
    }
    try {
      JsonNode node = MAPPER.readTree(bytes);
      if (node == null || node.isMissingNode()) {
        throw ProaException.invalid(what + " is empty");
      }
      return node;
    } catch (JacksonException e) {
      throw new ProaException(dev.proa.spi.ErrorClass.INVALID_ARGUMENT, what + " is not valid JSON: " + e.getOriginalMessage(), e);
    }
  }

  public static JsonNode parseObject(byte[] bytes, String what) {
    JsonNode node = parse(bytes, what);
    if (!node.isObject()) {
      throw ProaException.invalid(what + " is not a JSON object");
    }
    return node;
  }

  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  public static byte[] bytes(JsonNode node) {
    return MAPPER.writeValueAsBytes(node);
  }

  /** A string field; empty if it is absent or null. */
  public static String string(JsonNode object, String field, String what) {
    JsonNode node = object.path(field);
    if (node.isMissingNode() || node.isNull()) {
      return "";
    }
    if (!node.isString()) {
      throw ProaException.invalid(what + ": \"" + field + "\" is not a string");
    }
    return node.stringValue();
  }

  /** A whole number; 0 if it is absent or null. */
  public static long number(JsonNode object, String field, String what) {
    JsonNode node = object.path(field);
    if (node.isMissingNode() || node.isNull()) {
      return 0;
    }
    if (!node.isIntegralNumber() || !node.canConvertToLong()) {
      throw ProaException.invalid(what + ": \"" + field + "\" is not a whole number");
    }
    return node.longValue();
  }

  public static boolean bool(JsonNode object, String field, String what) {
    JsonNode node = object.path(field);
    if (node.isMissingNode() || node.isNull()) {
      return false;
    }
    if (!node.isBoolean()) {
      throw ProaException.invalid(what + ": \"" + field + "\" is not true or false");
    }
    return node.booleanValue();
  }

  /** A list of strings; null if it is absent or null. */
  public static @Nullable List<String> strings(JsonNode object, String field, String what) {
    JsonNode node = object.path(field);
    if (node.isMissingNode() || node.isNull()) {
      return null;
    }
    if (!node.isArray()) {
      throw ProaException.invalid(what + ": \"" + field + "\" is not a list");
    }
    List<String> strings = new ArrayList<>(node.size());
    for (JsonNode item : node) {
      if (!item.isString()) {
        throw ProaException.invalid(what + ": \"" + field + "\" has an entry that is not a string");
      }
      strings.add(item.stringValue());
    }
    return strings;
  }

  /** An object of strings; null if it is absent or null. */
  public static @Nullable Map<String, String> stringMap(JsonNode object, String field, String what) {
    JsonNode node = object.path(field);
    if (node.isMissingNode() || node.isNull()) {
      return null;
    }
    if (!node.isObject()) {
      throw ProaException.invalid(what + ": \"" + field + "\" is not an object");
    }
    Map<String, String> map = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      map.put(entry.getKey(), string(node, entry.getKey(), what + ": \"" + field + "\""));
    }
    return map;
  }
}
