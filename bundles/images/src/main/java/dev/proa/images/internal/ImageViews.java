package dev.proa.images.internal;

import dev.proa.images.BlobUsage;
import dev.proa.images.HistoryItem;
import dev.proa.images.ImageRecord;
import dev.proa.images.ImageUsage;
import dev.proa.images.Reference;
import dev.proa.images.internal.catalog.CatalogState;
import dev.proa.images.internal.catalog.CatalogState.Entry;
import dev.proa.images.internal.catalog.StoredImage;
import dev.proa.images.internal.catalog.StoredImage.StoredLayer;
import dev.proa.images.internal.content.ContentStore;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.manifest.ImageDocument;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the API shows of images. */
final class ImageViews {
  private ImageViews() {}

  static ImageRecord record(Entry image, CatalogState state) {
    return record(image, state.namesOf(image.id()));
  }

  /** @param names those to show */
  static ImageRecord record(Entry image, List<Reference> names) {
    StoredImage stored = image.stored();
    ImageDocument document = image.document();
    List<Digest> chainIds = stored.chainIds();
    List<ImageRecord.Layer> layers = new ArrayList<>(chainIds.size());
    for (int i = 0; i < chainIds.size(); i++) {
      StoredLayer layer = stored.layers().get(i);
      layers.add(new ImageRecord.Layer(layer.diffId().value(), chainIds.get(i).value(), layer.unpackedBytes()));
    }
    return new ImageRecord(
        image.id().value(),
        names.stream().filter(name -> name.tag() != null).map(Reference::familiar).toList(),
        names.stream().filter(name -> name.digest() != null).map(Reference::familiar).toList(),
        stored.parent() == null ? "" : stored.parent().value(),
        document.comment(),
        document.created(),
        document.author(),
        document.dockerVersion(),
        document.platform().architecture(),
        document.platform().variant(),
        document.platform().os(),
        document.platform().osVersion(),
        layers.stream().mapToLong(ImageRecord.Layer::sizeBytes).sum(),
        layers,
        document.config(),
        stored.lastTagged());
  }

  /** Newest line first. The newest is the image's own; its parents' newest lines follow, as far as parents are known. */
  static List<HistoryItem> history(Entry image, CatalogState state) {
    List<HistoryItem> history = new ArrayList<>();
    int layer = 0;
    for (ImageDocument.History line : image.document().history()) {
      long size = line.emptyLayer() ? 0 : image.stored().layers().get(layer++).unpackedBytes();
      long created = line.created() == null ? 0 : line.created().getEpochSecond();
      history.add(new HistoryItem("<missing>", created, line.createdBy(), List.of(), size, line.comment()));
    }
    Collections.reverse(history);
    Entry at = image;
    for (int i = 0; i < history.size() && at != null; i++) {
      HistoryItem line = history.get(i);
      List<String> tags = state.namesOf(at.id()).stream().filter(name -> name.tag() != null).map(Reference::familiar).toList();
      history.set(i, new HistoryItem(at.id().value(), line.created(), line.createdBy(), tags, line.sizeBytes(), line.comment()));
      Digest parent = at.stored().parent();
      at = parent == null ? null : state.images().get(parent);
    }
    return history;
  }

  /** What a blob is to images. */
  private record Use(String kind, List<String> owners) {}

  static List<BlobUsage> content(CatalogState state, ContentStore content) {
    Map<Digest, Use> uses = new HashMap<>();
    for (Entry image : state.images().values()) {
      StoredImage stored = image.stored();
      use(uses, stored.id(), "config", image);
      stored.layers().forEach(layer -> use(uses, layer.blob(), "layer", image));
      stored.evidenceBlobs().forEach(blob -> use(uses, blob, "signature", image));
      if (stored.manifest() != null) {
        use(uses, stored.manifest(), "manifest", image);
      }
      for (Reference name : state.namesOf(image.id())) {
        if (name.digest() != null) {
          Reference.asId(name.digest()).ifPresent(digest -> use(uses, new Digest(digest), "manifest", image));
        }
      }
    }
    return content.list().stream()
        .map(
            blob -> {
              Use use = uses.getOrDefault(blob, new Use("orphan", List.of()));
              return new BlobUsage(blob.value(), Math.max(content.size(blob), 0), use.kind(), use.owners());
            })
        .sorted(Comparator.comparingLong(BlobUsage::sizeBytes).reversed().thenComparing(BlobUsage::digest))
        .toList();
  }

  private static void use(Map<Digest, Use> uses, Digest blob, String kind, Entry image) {
    String owner = image.stored().stack() ? BlobUsage.BUILD_CACHE : image.id().value();
    List<String> owners = uses.computeIfAbsent(blob, unused -> new Use(kind, new ArrayList<>())).owners();
    if (!owners.contains(owner)) {
      owners.add(owner);
    }
  }

  static ImageUsage usage(CatalogState state, ContentStore content) {
    Map<Digest, Long> sizes = new HashMap<>();
    Map<Digest, Integer> users = new HashMap<>();
    for (Entry image : state.images().values()) {
      List<Digest> chainIds = image.stored().chainIds();
      for (int i = 0; i < chainIds.size(); i++) {
        sizes.put(chainIds.get(i), image.stored().layers().get(i).unpackedBytes());
        users.merge(chainIds.get(i), image.stored().stack() ? 0 : 1, Integer::sum);
      }
    }
    Map<String, Long> shared = new HashMap<>();
    for (Entry image : state.images().values()) {
      long bytes = 0;
      for (Digest chainId : image.stored().chainIds()) {
        bytes += users.getOrDefault(chainId, 0) > 1 ? sizes.getOrDefault(chainId, 0L) : 0;
      }
      shared.put(image.id().value(), bytes);
    }
    long layers = sizes.values().stream().mapToLong(Long::longValue).sum();
    long blobs = content.list().stream().mapToLong(blob -> Math.max(content.size(blob), 0)).sum();
    return new ImageUsage(layers, blobs, shared);
  }
}
