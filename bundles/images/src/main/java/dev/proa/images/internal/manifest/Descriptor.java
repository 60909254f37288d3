package dev.proa.images.internal.manifest;

import dev.proa.images.internal.content.Digest;
import dev.proa.spi.ProaException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Points at a blob (image-spec descriptor.md).
 *
 * @param platform only in an index, and not always there
 * @param urls from where else it may be had: never asked, since an image could have this host ask anybody
 */
public record Descriptor(
    String mediaType, Digest digest, long size, @Nullable Platform platform, List<String> osFeatures, Map<String, String> annotations, List<String> urls) {
  public Descriptor {
    osFeatures = List.copyOf(osFeatures);
    annotations = Map.copyOf(annotations);
    urls = List.copyOf(urls);
  }

  static Descriptor parse(JsonNode node, String what) {
    if (!node.isObject()) {
      throw ProaException.invalid(what + " is not an object");
    }
    long size = Json.number(node, "size", what);
    if (size < 0) {
      throw ProaException.invalid(what + ": size " + size + " is negative");
    }
    JsonNode platform = node.path("platform");
    Map<String, String> annotations = Json.stringMap(node, "annotations", what);
    List<String> features = platform.isObject() ? Json.strings(platform, "os.features", what) : null;
    List<String> urls = Json.strings(node, "urls", what);
    return new Descriptor(
        Json.string(node, "mediaType", what),
        new Digest(Json.string(node, "digest", what)),
        size,
        platform.isObject() ? Platform.parse(platform, what) : null,
        features == null ? List.of() : features,
        annotations == null ? Map.of() : annotations,
        urls == null ? List.of() : urls);
  }
}
