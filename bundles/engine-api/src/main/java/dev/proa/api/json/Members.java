package dev.proa.api.json;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/** Members of a client's document, whose names are found without regard to case, as Go's encoding/json does. */
public final class Members {
  private Members() {}

  /** The member; a missing node if there is none, or the document is no object. */
  public static JsonNode of(JsonNode document, String name) {
    for (Map.Entry<String, JsonNode> member : document.properties()) {
      if (member.getKey().equalsIgnoreCase(name)) {
        return member.getValue();
      }
    }
    return MissingNode.getInstance();
  }

  /** The member if it is an object; else an empty object that belongs to no document. */
  public static ObjectNode object(JsonNode document, String name) {
    return of(document, name) instanceof ObjectNode object ? object : JsonNodeFactory.instance.objectNode();
  }

  /** The member if it is a text; else empty. */
  public static String text(JsonNode document, String name) {
    JsonNode member = of(document, name);
    return member.isString() ? member.stringValue() : "";
  }

  public static void remove(JsonNode document, String name) {
    if (document instanceof ObjectNode object) {
      object.propertyNames().stream().filter(name::equalsIgnoreCase).toList().forEach(object::remove);
    }
  }
}
