package dev.proa.images.internal.catalog;

import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.manifest.Json;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What image verifiers were given when an image was pulled from a repository, so that they can be asked again without a network.
 *
 * @param repository in full: {@code docker.io/library/busybox}
 * @param reference by which it was pulled
 * @param digests of the index and the manifest
 * @param answers the documents lie in the content store
 */
public record Evidence(String repository, String reference, List<Digest> digests, List<Answer> answers) {
  public Evidence {
    digests = List.copyOf(digests);
    answers = List.copyOf(answers);
  }

  /** @param question such as {@code manifest sha256-….sig} */
  public record Answer(String question, String mediaType, Digest blob) {}

  ObjectNode toJson() {
    ObjectNode json = Json.object().put("repository", repository).put("reference", reference);
    ArrayNode named = json.putArray("digests");
    digests.forEach(digest -> named.add(digest.value()));
    ArrayNode list = json.putArray("answers");
    for (Answer answer : answers) {
      list.addObject().put("question", answer.question).put("mediaType", answer.mediaType).put("blob", answer.blob.value());
    }
    return json;
  }

  static Evidence parse(JsonNode json, String what) {
    List<Answer> answers = new ArrayList<>();
    for (JsonNode answer : json.path("answers")) {
      answers.add(
          new Answer(Json.string(answer, "question", what), Json.string(answer, "mediaType", what), new Digest(Json.string(answer, "blob", what))));
    }
    List<String> digests = Json.strings(json, "digests", what);
    return new Evidence(
        Json.string(json, "repository", what),
        Json.string(json, "reference", what),
        digests == null ? List.of() : digests.stream().map(Digest::new).toList(),
        answers);
  }
}
