package dev.proa.images.internal.catalog;

import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.manifest.Json;
import dev.proa.spi.ProaException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the state store keeps of an image; its configuration lies in the content store.
 *
 * @param id digest of the configuration
 * @param parent what it was built from here; null otherwise
 * @param manifest the manifest it was pulled by; null if it was not pulled
 * @param layers lowest first
 * @param lastTagged null if never
 * @param evidence by which it is verified, one of each repository at most
 * @param stack a build's: it keeps layers and is in no list
 */
public record StoredImage(
    Digest id, @Nullable Digest parent, @Nullable Digest manifest, List<StoredLayer> layers, @Nullable Instant lastTagged, List<Evidence> evidence, boolean stack) {
  /** The kind of these documents in the state store; the key is the id. */
  static final String KIND = "image";

  public StoredImage {
    layers = List.copyOf(layers);
    evidence = List.copyOf(evidence);
  }

  /** One that was not pulled, and has no name yet. */
  public static StoredImage made(Digest id, @Nullable Digest parent, List<StoredLayer> layers) {
    return new StoredImage(id, parent, null, layers, null, List.of());
  }

  /** An image that everybody sees. */
  public StoredImage(
      Digest id, @Nullable Digest parent, @Nullable Digest manifest, List<StoredLayer> layers, @Nullable Instant lastTagged, List<Evidence> evidence) {
    this(id, parent, manifest, layers, lastTagged, evidence, false);
  }

  /** A build's stack of layers. */
  public static StoredImage stack(Digest id, List<StoredLayer> layers) {
    return new StoredImage(id, null, null, layers, null, List.of(), true);
  }

  /**
   * A layer, and the blob it is made from.
   *
   * @param blob digest of the blob as it came
   * @param mediaType of the blob
   * @param tarBytes uncompressed
   * @param unpackedBytes as the storage driver counts
   */
  public record StoredLayer(Digest diffId, Digest blob, String mediaType, long blobBytes, long tarBytes, long unpackedBytes) {}

  public List<Digest> diffIds() {
    return layers.stream().map(StoredLayer::diffId).toList();
  }

  public List<Digest> chainIds() {
    return Digest.chainIds(diffIds());
  }

  public StoredImage taggedAt(Instant now) {
    return new StoredImage(id, parent, manifest, layers, now, evidence, stack);
  }

  public StoredImage withLayers(List<StoredLayer> others) {
    return new StoredImage(id, parent, manifest, others, lastTagged, evidence, stack);
  }

  /** With evidence of a repository, which takes the place of what there was of it. */
  public StoredImage withEvidence(Evidence latest) {
    List<Evidence> all = new ArrayList<>(evidence.stream().filter(one -> !one.repository().equals(latest.repository())).toList());
    all.add(latest);
    return new StoredImage(id, parent, manifest, layers, lastTagged, all, stack);
  }

  /** The blobs of its evidence. */
  public List<Digest> evidenceBlobs() {
    return evidence.stream().flatMap(one -> one.answers().stream()).map(Evidence.Answer::blob).distinct().toList();
  }

  byte[] toJson() {
    ObjectNode json = Json.object();
    json.put("id", id.value());
    if (parent != null) {
      json.put("parent", parent.value());
    }
    if (manifest != null) {
      json.put("manifest", manifest.value());
    }
    if (lastTagged != null) {
      json.put("lastTagged", lastTagged.toString());
    }
    if (stack) {
      json.put("stack", true);
    }
    ArrayNode list = json.putArray("layers");
    for (StoredLayer layer : layers) {
      list.addObject()
          .put("diffId", layer.diffId.value())
          .put("blob", layer.blob.value())
          .put("mediaType", layer.mediaType)
          .put("blobBytes", layer.blobBytes)
          .put("tarBytes", layer.tarBytes)
          .put("unpackedBytes", layer.unpackedBytes);
    }
    if (!evidence.isEmpty()) {
      ArrayNode proofs = json.putArray("evidence");
      evidence.forEach(one -> proofs.add(one.toJson()));
    }
    return Json.bytes(json);
  }

  static StoredImage parse(String key, byte[] bytes) {
    String what = "image " + key + " in the state store";
    JsonNode json = Json.parseObject(bytes, what);
    List<StoredLayer> layers = new ArrayList<>();
    for (JsonNode layer : json.path("layers")) {
      layers.add(
          new StoredLayer(
              new Digest(Json.string(layer, "diffId", what)),
              new Digest(Json.string(layer, "blob", what)),
              Json.string(layer, "mediaType", what),
              Json.number(layer, "blobBytes", what),
              Json.number(layer, "tarBytes", what),
              Json.number(layer, "unpackedBytes", what)));
    }
    String lastTagged = Json.string(json, "lastTagged", what);
    Digest id = new Digest(Json.string(json, "id", what));
    if (!id.value().equals(key)) {
      throw ProaException.dataLoss(what + " says it is " + id);
    }
    List<Evidence> evidence = new ArrayList<>();
    for (JsonNode one : json.path("evidence")) {
      evidence.add(Evidence.parse(one, what));
    }
    Instant tagged = lastTagged.isEmpty() ? null : Instant.parse(lastTagged);
    return new StoredImage(id, optional(json, "parent", what), optional(json, "manifest", what), layers, tagged, evidence, Json.bool(json, "stack", what));
  }

  private static @Nullable Digest optional(JsonNode json, String field, String what) {
    String value = Json.string(json, field, what);
    return value.isEmpty() ? null : new Digest(value);
  }
}
