package dev.proa.images.internal.manifest;

import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** A manifest or an index, of OCI or Docker schema 2. */
public sealed interface Manifest {
  /** More than any registry takes; a bound for hostile documents. */
  int MAX_ENTRIES = 4096;

  String mediaType();

  /**
   * The manifest of one image.
   *
   * @param layers lowest first
   */
  record Image(String mediaType, Descriptor config, List<Descriptor> layers) implements Manifest {
    public Image {
      layers = List.copyOf(layers);
    }
  }

  /** Manifests for several platforms. */
  record Index(String mediaType, List<Descriptor> manifests) implements Manifest {
    public Index {
      manifests = List.copyOf(manifests);
    }

    /** The manifest for a platform. What tools add beside images, such as attestations, is for a platform "unknown". */
    public Optional<Descriptor> choose(Platform platform) {
      return platform.best(manifests.stream().filter(m -> !m.annotations().containsKey("vnd.docker.reference.type")).toList(), Descriptor::platform);
    }
  }

  /**
   * Parses a document.
   *
   * @param declaredType the media type it came with; empty if none
   * @param what names it in errors
   */
  static Manifest parse(byte[] bytes, String declaredType, String what) {
    JsonNode node = Json.parseObject(bytes, what);
    long version = Json.number(node, "schemaVersion", what);
    String type = Json.string(node, "mediaType", what);
    if (version == 1 || (type.isEmpty() && MediaTypes.isSchema1(declaredType) && version != 2)) {
      throw ProaException.invalid(
          "Docker Image Format v1 and Docker Image manifest version 2, schema 1 support has been removed. Suggest the author of "
              + what
              + " to upgrade the image to the OCI Format or Docker Image manifest v2, schema 2."
              + " More information at https://docs.docker.com/go/deprecated-image-specs/");
    }
    if (version != 2) {
      throw ProaException.invalid(what + " has schema version " + version + " instead of 2");
    }
    boolean known = MediaTypes.isIndex(declaredType) || MediaTypes.isManifest(declaredType);
    if (type.isEmpty()) {
      type = known ? declaredType : node.has("manifests") ? MediaTypes.OCI_INDEX : MediaTypes.OCI_MANIFEST;
    } else if (known && !type.equals(declaredType)) {
      // A document that is read in one way by one tool and otherwise by another is an attack (CVE-2021-41190).
      throw ProaException.invalid(what + " says it is " + type + ", but was sent as " + declaredType);
    }
    boolean index = MediaTypes.isIndex(type);
    if (!index && !MediaTypes.isManifest(type)) {
      throw ProaException.invalid("unsupported manifest media type " + type + " of " + what);
    }
    if (index ? node.has("layers") || node.has("config") : node.has("manifests")) {
      throw ProaException.invalid(what + " is both an index and a manifest");
    }
    return index
        ? new Index(type, descriptors(node.path("manifests"), what + ": manifests"))
        : new Image(type, config(node, what), layers(node, what));
  }

  private static Descriptor config(JsonNode node, String what) {
    Descriptor config = Descriptor.parse(node.path("config"), what + ": config");
    if (!config.mediaType().isEmpty() && !MediaTypes.isConfig(config.mediaType())) {
      throw ProaException.invalid("invalid mediaType for config: \"" + config.mediaType() + "\": " + what + " is not a container image");
    }
    if (config.size() > Json.MAX_DOCUMENT) {
      throw ProaException.invalid(what + ": the configuration is larger than " + Json.MAX_DOCUMENT + " bytes");
    }
    return config;
  }

  private static List<Descriptor> layers(JsonNode node, String what) {
    List<Descriptor> layers = descriptors(node.path("layers"), what + ": layers");
    for (Descriptor layer : layers) {
      if (!layer.mediaType().isEmpty() && !MediaTypes.isLayer(layer.mediaType())) {
        throw ProaException.invalid("unsupported media type " + layer.mediaType() + " of layer " + layer.digest() + " of " + what);
      }
    }
    return layers;
  }

  private static List<Descriptor> descriptors(JsonNode list, String what) {
    if (list.isMissingNode() || list.isNull()) {
      return List.of();
    }
    if (!list.isArray() || list.size() > MAX_ENTRIES) {
      throw ProaException.invalid(what + " is not a list of at most " + MAX_ENTRIES + " descriptors");
    }
    List<Descriptor> descriptors = new ArrayList<>(list.size());
    for (JsonNode item : list) {
      descriptors.add(Descriptor.parse(item, what));
    }
    return descriptors;
  }
}
