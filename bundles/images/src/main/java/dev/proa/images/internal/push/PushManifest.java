package dev.proa.images.internal.push;

import dev.proa.images.internal.catalog.CatalogState.Entry;
import dev.proa.images.internal.catalog.StoredImage.StoredLayer;
import dev.proa.images.internal.content.ContentStore;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.manifest.Descriptor;
import dev.proa.images.internal.manifest.Json;
import dev.proa.images.internal.manifest.Manifest;
import dev.proa.images.internal.manifest.MediaTypes;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The manifest by which an image is pushed: the one that it was pulled by, byte for byte, as long as its blobs are those that are here; else
 * one of Docker's schema 2, or OCI's if a layer is compressed by zstd, which schema 2 does not know.
 */
record PushManifest(String mediaType, byte[] content) {

  /** The manifest that the image was pulled by; empty if there is none, or other blobs are here now. */
  static Optional<PushManifest> pulled(Entry image, ContentStore store) {
    Digest pulled = image.stored().manifest();
    if (pulled == null || !store.has(pulled)) {
      return Optional.empty();
    }
    byte[] content = store.read(pulled, Json.MAX_DOCUMENT);
    List<Digest> blobs = image.stored().layers().stream().map(StoredLayer::blob).toList();
    return Manifest.parse(content, "", "manifest " + pulled) instanceof Manifest.Image manifest
            && manifest.config().digest().equals(image.id())
            && manifest.layers().stream().map(Descriptor::digest).toList().equals(blobs)
        ? Optional.of(new PushManifest(manifest.mediaType(), content))
        : Optional.empty();
  }

  /** @param layers with blobs that can be pushed, lowest first */
  static PushManifest made(Entry image, List<StoredLayer> layers, ContentStore store) {
    boolean oci = layers.stream().anyMatch(layer -> layer.mediaType().endsWith("zstd"));
    String type = oci ? MediaTypes.OCI_MANIFEST : MediaTypes.DOCKER_MANIFEST;
    ObjectNode manifest = Json.object().put("schemaVersion", 2).put("mediaType", type);
    manifest
        .putObject("config")
        .put("mediaType", oci ? MediaTypes.OCI_CONFIG : MediaTypes.DOCKER_CONFIG)
        .put("size", store.size(image.id()))
        .put("digest", image.id().value());
    ArrayNode list = manifest.putArray("layers");
    for (StoredLayer layer : layers) {
      String suffix = layer.mediaType().endsWith("zstd") ? "zstd" : "gzip";
      list.addObject()
          .put("mediaType", oci ? MediaTypes.OCI_LAYER + "+" + suffix : MediaTypes.DOCKER_LAYER_GZIP)
          .put("size", layer.blobBytes())
          .put("digest", layer.blob().value());
    }
    return new PushManifest(type, Json.bytes(manifest));
  }

  Digest digest() {
    return Digest.of(content);
  }
}
