package dev.proa.api.containers;

import dev.proa.api.json.Json;
import dev.proa.api.router.ApiVersion;
import dev.proa.lifecycle.containers.ContainerSummary;
import dev.proa.lifecycle.containers.ContainerView;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Answers about containers as clients of older versions of the API know them; those of today's get them as they are. */
final class AnswerVersions {
  private static final int SHORT_ID = 12;
  private static final Set<String> PREDEFINED = Set.of("bridge", "host", "none", "default");

  private AnswerVersions() {}

  static Object inspection(ContainerView view, ApiVersion version) {
    if (!version.before(1, 48)) {
      return view;
    }
    ObjectNode answer = Json.mapper().valueToTree(view);
    answer.remove("ImageManifestDescriptor");
    if (version.before(1, 45)) {
      String hostname = view.config().hostname();
      for (Map.Entry<String, JsonNode> network : answer.path("NetworkSettings").path("Networks").properties()) {
        if (!PREDEFINED.contains(network.getKey()) && network.getValue() instanceof ObjectNode endpoint) {
          addAliases(endpoint, view.id().substring(0, SHORT_ID), hostname == null ? "" : hostname);
        }
      }
    }
    return answer;
  }

  /** Before API 1.45 a container's short id and its hostname stood among the aliases, not only among the names. */
  private static void addAliases(ObjectNode endpoint, String... more) {
    Set<String> aliases = new LinkedHashSet<>();
    endpoint.path("Aliases").forEach(alias -> aliases.add(alias.asString()));
    for (String alias : more) {
      if (!alias.isEmpty()) {
        aliases.add(alias);
      }
    }
    ArrayNode array = endpoint.putArray("Aliases");
    aliases.forEach(array::add);
  }

  static Object list(List<ContainerSummary> containers, ApiVersion version) {
    if (!version.before(1, 48)) {
      return containers;
    }
    JsonNode answer = Json.mapper().valueToTree(containers);
    for (JsonNode container : answer) {
      ((ObjectNode) container).remove("ImageManifestDescriptor");
      if (version.before(1, 46) && container.path("HostConfig") instanceof ObjectNode host) {
        host.remove("Annotations");
      }
    }
    return answer;
  }
}
