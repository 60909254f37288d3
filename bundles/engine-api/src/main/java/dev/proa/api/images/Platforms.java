package dev.proa.api.images;

import dev.proa.api.json.Json;
import dev.proa.spi.ProaException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Platforms as clients send them. */
final class Platforms {
  private Platforms() {}

  /** {@code os/architecture[/variant]} of an OCI platform in JSON, or of one that is written so already. */
  static String parse(String text) {
    if (!text.startsWith("{")) {
      return text;
    }
    try {
      JsonNode platform = Json.mapper().readTree(text);
      String variant = platform.path("variant").asString("");
      String name = platform.path("os").asString("") + "/" + platform.path("architecture").asString("");
      return variant.isEmpty() ? name : name + "/" + variant;
    } catch (JacksonException e) {
      throw ProaException.invalid("failed to parse platform: " + e.getOriginalMessage());
    }
  }
}
