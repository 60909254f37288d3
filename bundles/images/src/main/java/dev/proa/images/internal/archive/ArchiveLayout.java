package dev.proa.images.internal.archive;

import dev.proa.images.Reference;
import dev.proa.images.internal.archive.ArchiveMembers.Spooled;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.manifest.Descriptor;
import dev.proa.images.internal.manifest.ImageDocument;
import dev.proa.images.internal.manifest.Json;
import dev.proa.images.internal.manifest.Manifest;
import dev.proa.images.internal.manifest.MediaTypes;
import dev.proa.images.internal.manifest.Platform;
import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Finds the images in an archive: by {@code manifest.json} (docker-archive), or else by {@code index.json} (OCI image-layout.md). */
final class ArchiveLayout {
  private static final int MAX_IMAGES = 1024;
  private static final int MAX_INDEX_DEPTH = 3;
  private static final String BLOBS = "blobs/sha256/";

  private final ArchiveMembers members;

  ArchiveLayout(ArchiveMembers members) {
    this.members = members;
  }

  List<PlannedImage> images(List<Platform> platforms) {
    if (members.find("manifest.json").isPresent()) {
      return dockerArchive();
    }
    if (members.find("index.json").isPresent()) {
      return imageLayout(platforms);
    }
    throw ProaException.invalid(
        "invalid archive: open manifest.json: no such file or directory (nor is there an index.json: it is neither a docker-archive nor an OCI layout)");
  }

  private List<PlannedImage> dockerArchive() {
    JsonNode list = Json.parse(members.bytes("manifest.json", Json.MAX_DOCUMENT), "invalid archive: manifest.json");
    if (!list.isArray() || list.size() > MAX_IMAGES) {
      throw ProaException.invalid("invalid archive: manifest.json is not a list of at most " + MAX_IMAGES + " images");
    }
    List<PlannedImage> images = new ArrayList<>();
    for (JsonNode item : list) {
      String what = "invalid archive: manifest.json";
      List<String> layerNames = Json.strings(item, "Layers", what);
      List<String> tags = Json.strings(item, "RepoTags", what);
      List<Spooled> layers = layerNames == null ? List.of() : layerNames.stream().map(this::content).toList();
      List<Reference> names = tags == null ? List.of() : tags.stream().map(ArchiveLayout::tag).toList();
      images.add(planned(Json.string(item, "Config", what), layers, names));
    }
    return images;
  }

  private static Reference tag(String text) {
    Reference reference = Reference.parse(text);
    if (reference.tag() == null || reference.digest() != null) {
      throw ProaException.invalid("invalid tag \"" + text + "\"");
    }
    return reference;
  }

  /** A file; one whose name is a digest must have it. */
  private Spooled content(String name) {
    Spooled file = members.get(name);
    if (name.startsWith(BLOBS) && !file.digest().hex().equals(name.substring(BLOBS.length()))) {
      throw ProaException.dataLoss("invalid archive: " + name + " has the digest " + file.digest());
    }
    return file;
  }

  private PlannedImage planned(String configName, List<Spooled> layers, List<Reference> names) {
    if (configName.isEmpty()) {
      throw ProaException.invalid("invalid archive: an image without configuration");
    }
    Spooled config = content(configName);
    ImageDocument document = ImageDocument.parse(members.bytes(configName, Json.MAX_DOCUMENT));
    String os = document.platform().os();
    if (!os.isEmpty() && !os.equals("linux")) {
      throw ProaException.invalid("cannot load " + os + " image on linux");
    }
    if (layers.size() != document.diffIds().size()) {
      throw ProaException.invalid(
          "invalid manifest, layers length mismatch: expected " + document.diffIds().size() + ", got " + layers.size());
    }
    return new PlannedImage(config.digest(), config, document, layers, names);
  }

  private List<PlannedImage> imageLayout(List<Platform> platforms) {
    String what = "invalid archive: index.json";
    if (!(Manifest.parse(members.bytes("index.json", Json.MAX_DOCUMENT), MediaTypes.OCI_INDEX, what) instanceof Manifest.Index index)) {
      throw ProaException.invalid(what + " is not an index");
    }
    if (index.manifests().size() > MAX_IMAGES) {
      throw ProaException.invalid(what + " names more than " + MAX_IMAGES + " images");
    }
    List<Platform> wanted = platforms.isEmpty() ? List.of(Platform.host()) : platforms;
    List<PlannedImage> images = new ArrayList<>();
    boolean several = index.manifests().size() > 1;
    for (Descriptor entry : index.manifests()) {
      // Beside others, a manifest for another platform is passed over; alone it is what the user wants.
      boolean other = entry.platform() != null && wanted.stream().allMatch(p -> p.best(List.of(entry), Descriptor::platform).isEmpty());
      if (other && (several || !platforms.isEmpty())) {
        continue;
      }
      image(entry, wanted, name(entry.annotations()), images);
    }
    if (images.isEmpty()) {
      throw ProaException.notFound("no matching manifest for " + wanted.getFirst() + " in the manifest list entries of the archive");
    }
    return images;
  }

  private void image(Descriptor entry, List<Platform> wanted, @Nullable Reference name, List<PlannedImage> images) {
    for (Platform platform : wanted) {
      Descriptor at = entry;
      for (int depth = 0; ; depth++) {
        if (depth == MAX_INDEX_DEPTH) {
          throw ProaException.invalid("invalid archive: an index of an index of an index is not followed");
        }
        String what = "invalid archive: " + BLOBS + at.digest().hex();
        content(BLOBS + at.digest().hex());
        byte[] bytes = members.bytes(BLOBS + at.digest().hex(), Json.MAX_DOCUMENT);
        if (Manifest.parse(bytes, at.mediaType(), what) instanceof Manifest.Image image) {
          List<Spooled> layers = image.layers().stream().map(layer -> content(BLOBS + layer.digest().hex())).toList();
          images.add(planned(BLOBS + image.config().digest().hex(), layers, name == null ? List.of() : List.of(name)));
          break;
        }
        Manifest.Index index = (Manifest.Index) Manifest.parse(bytes, at.mediaType(), what);
        at =
            index
                .choose(platform)
                .orElseThrow(() -> ProaException.notFound("no matching manifest for " + platform + " in the manifest list entries"));
      }
    }
  }

  /** What an image is called: containerd's annotation has the full name, OCI's may be one or a mere tag, which names nothing. */
  private static @Nullable Reference name(Map<String, String> annotations) {
    String full = annotations.getOrDefault("io.containerd.image.name", "");
    if (full.isEmpty()) {
      String ref = annotations.getOrDefault("org.opencontainers.image.ref.name", "");
      full = ref.indexOf('/') >= 0 || ref.indexOf(':') >= 0 ? ref : "";
    }
    if (full.isEmpty()) {
      return null;
    }
    Reference reference = Reference.parse(full);
    return reference.digest() == null ? reference.orLatest() : null;
  }
}
