package dev.proa.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The published description of the API (OpenAPI 2), as a judge of answers: shapes, required members, members nobody described. Where the
 * Docker Engine itself is known to differ from its description, the engine counts.
 */
public final class ApiDescription {
  /** Members that the Docker Engine sends though its description does not know them. */
  private static final Set<String> UNDESCRIBED =
      Set.of(
          "ContainerInspectResponse.ImageManifestDescriptor",
          "ContainerStatsResponse.pressure_stats",
          "SystemInfo.BridgeNfIptables",
          "SystemInfo.BridgeNfIp6tables",
          "SystemInfo.OomKillDisable",
          "SystemInfo.HttpProxy",
          "Network.ConfigFrom",
          "NetworkSettings.SecondaryIPAddresses");

  /** Numbers that the Docker Engine leaves null though their description does not say so. */
  private static final Set<String> NULLABLE = Set.of("MemorySwappiness", "ExitCode", "PidsLimit");

  /** Described as objects, and texts on the wire: {@code docker.volumedriver/1.0}. */
  private static final Set<String> TEXTS = Set.of("PluginInterfaceType");

  private final JsonNode root;

  private ApiDescription(JsonNode root) {
    this.root = root;
  }

  public static ApiDescription load() {
    try (InputStream in = Objects.requireNonNull(ApiDescription.class.getResourceAsStream("engine-v1.51.yaml"))) {
      return new ApiDescription(new YAMLMapper().readTree(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Every method and path that is described, {@code GET /containers/json}. */
  public List<String> operations() {
    List<String> operations = new ArrayList<>();
    for (Map.Entry<String, JsonNode> path : root.path("paths").properties()) {
      for (String method : path.getValue().propertyNames()) {
        operations.add(method.toUpperCase(java.util.Locale.ROOT) + " " + path.getKey());
      }
    }
    return operations;
  }

  /** The statuses that are described for one of the {@link #operations}. */
  public List<Integer> statuses(String operation) {
    String[] parts = operation.split(" ", 2);
    return root.path("paths").path(parts[1]).path(parts[0].toLowerCase(java.util.Locale.ROOT)).path("responses").propertyNames().stream()
        .map(Integer::valueOf)
        .toList();
  }

  /** What is wrong with an answer; empty if nothing is. @param template as the description has it, such as {@code /containers/{id}/json} */
  public List<String> problems(String method, String template, int status, JsonNode body) {
    JsonNode response =
        root.path("paths").path(template).path(method.toLowerCase(java.util.Locale.ROOT)).path("responses").path(Integer.toString(status));
    List<String> problems = new ArrayList<>();
    if (response.isMissingNode() && status >= 400) {
      // Not every failure is described for every operation; they all look alike.
      check(method + " " + template, "", root.at("/definitions/ErrorResponse"), body, problems);
    } else if (response.isMissingNode()) {
      problems.add(method + " " + template + ": status " + status + " is not described");
    } else if (response.has("schema")) {
      check(method + " " + template, "", response.path("schema"), body, problems);
    }
    return problems;
  }

  private JsonNode resolve(JsonNode schema) {
    JsonNode resolved = schema;
    while (resolved.has("$ref")) {
      resolved = root.at(resolved.path("$ref").stringValue().substring(1));
    }
    return resolved;
  }

  private static String nameOf(JsonNode schema, String otherwise) {
    String reference = schema.path("$ref").asString("");
    return reference.isEmpty() ? otherwise : reference.substring(reference.lastIndexOf('/') + 1);
  }

  private void check(String where, String owner, JsonNode reference, JsonNode value, List<String> problems) {
    String name = nameOf(reference, owner);
    JsonNode schema = resolve(reference);
    if (value.isNull()) {
      boolean collection = schema.has("allOf") || schema.has("properties") || Set.of("array", "object").contains(schema.path("type").asString(""));
      collection |= NULLABLE.contains(where.substring(where.lastIndexOf('.') + 1));
      if (!collection && !schema.path("x-nullable").asBoolean(false) && !reference.path("x-nullable").asBoolean(false)) {
        problems.add(where + " is null");
      }
      return;
    }
    if (TEXTS.contains(name) && value.isString()) {
      return;
    }
    if (schema.has("allOf") || schema.has("properties")) {
      checkObject(where, name, schema, value, problems);
      return;
    }
    boolean fits =
        switch (schema.path("type").asString("")) {
          case "string" -> value.isString();
          case "integer" -> value.isIntegralNumber();
          case "number" -> value.isNumber();
          case "boolean" -> value.isBoolean();
          case "array" -> value.isArray();
          case "object" -> value.isObject();
          default -> true;
        };
    if (!fits) {
      problems.add(where + " is " + value + ", not of type " + schema.path("type").asString(""));
      return;
    }
    if (schema.has("enum") && schema.path("enum").valueStream().noneMatch(allowed -> allowed.equals(value))) {
      problems.add(where + " is " + value + ", not one of " + schema.path("enum"));
    }
    if (schema.path("format").asString("").equals("dateTime") && !isTime(value.asString())) {
      problems.add(where + " is " + value + ", no time");
    }
    if (value.isArray() && schema.has("items")) {
      for (int i = 0; i < value.size(); i++) {
        check(where + "[" + i + "]", name, schema.path("items"), value.get(i), problems);
      }
    }
    if (value.isObject() && schema.path("additionalProperties").isObject()) {
      for (Map.Entry<String, JsonNode> member : value.properties()) {
        check(where + "." + member.getKey(), name, schema.path("additionalProperties"), member.getValue(), problems);
      }
    }
  }

  private static boolean isTime(String text) {
    try {
      return text.isEmpty() || OffsetDateTime.parse(text) != null;
    } catch (DateTimeParseException e) {
      return false;
    }
  }

  private void checkObject(String where, String name, JsonNode schema, JsonNode value, List<String> problems) {
    if (!value.isObject()) {
      problems.add(where + " is " + value + ", no object");
      return;
    }
    Map<String, JsonNode> members = new TreeMap<>();
    List<String> required = new ArrayList<>();
    collect(schema, members, required);
    for (String member : required) {
      if (!value.has(member)) {
        problems.add(where + "." + member + " is missing");
      }
    }
    for (Map.Entry<String, JsonNode> member : value.properties()) {
      JsonNode described = members.get(member.getKey());
      if (described != null) {
        check(where + "." + member.getKey(), name + "." + member.getKey(), described, member.getValue(), problems);
      } else if (!UNDESCRIBED.contains(name + "." + member.getKey()) && !schema.path("additionalProperties").isObject()) {
        problems.add(where + "." + member.getKey() + " is not described (in " + name + ")");
      }
    }
  }

  private void collect(JsonNode reference, Map<String, JsonNode> members, List<String> required) {
    JsonNode schema = resolve(reference);
    schema.path("allOf").forEach(part -> collect(part, members, required));
    schema.path("properties").properties().forEach(member -> members.put(member.getKey(), member.getValue()));
    schema.path("required").forEach(member -> required.add(member.stringValue()));
  }
}
