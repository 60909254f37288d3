package dev.proa.scan.advisory;

import java.io.IOException;
import java.time.Instant;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a database says of itself.
 *
 * @param generation counts the imports
 */
public record Metadata(long generation, Instant written, SortedMap<String, Content> ecosystems) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  public static final Metadata EMPTY = new Metadata(0, Instant.EPOCH, new TreeMap<>());

  /**
   * What is there of an ecosystem.
   *
   * @param newest when the newest of its advisories was changed
   */
  public record Content(long entries, Instant imported, String source, Instant newest) {}

  byte[] json() {
    ObjectNode root = JSON.createObjectNode().put("generation", generation).put("written", written.toString());
    ArrayNode list = root.putArray("ecosystems");
    ecosystems.forEach(
        (name, content) ->
            list.addObject()
                .put("name", name)
                .put("entries", content.entries())
                .put("imported", content.imported().toString())
                .put("source", content.source())
                .put("newest", content.newest().toString()));
    return JSON.writeValueAsBytes(root);
  }

  static Metadata parse(byte[] json) throws IOException {
    try {
      JsonNode root = JSON.readTree(json);
      SortedMap<String, Content> ecosystems = new TreeMap<>();
      for (JsonNode each : root.path("ecosystems")) {
        ecosystems.put(
            each.path("name").asString(),
            new Content(each.path("entries").asLong(), Instant.parse(each.path("imported").asString()), each.path("source").asString(), Instant.parse(each.path("newest").asString())));
      }
      return new Metadata(root.path("generation").asLong(), Instant.parse(root.path("written").asString()), ecosystems);
    } catch (JacksonException | java.time.DateTimeException e) {
      throw new IOException("its description cannot be read", e);
    }
  }
}
