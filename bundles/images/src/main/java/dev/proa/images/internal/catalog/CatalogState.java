package dev.proa.images.internal.catalog;

import dev.proa.images.Reference;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.manifest.ImageDocument;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** All images and names at one moment; immutable. */
public final class CatalogState {
  static final CatalogState EMPTY = new CatalogState(Map.of(), new TreeMap<>());

  private final Map<Digest, Entry> images;
  private final SortedMap<String, Name> names;
  private final Map<Digest, List<Reference>> namesOf = new HashMap<>();
  private final Set<Digest> blobs = new HashSet<>();
  private final Set<Digest> layers = new HashSet<>();

  /** An image: what is stored, and its configuration read. */
  public record Entry(StoredImage stored, ImageDocument document) {
    public Digest id() {
      return stored.id();
    }
  }

  /** A name and what it stands for. */
  public record Name(Reference reference, Digest image) {}

  CatalogState(Map<Digest, Entry> images, SortedMap<String, Name> names) {
    this.images = Collections.unmodifiableMap(images);
    this.names = Collections.unmodifiableSortedMap(names);
    for (Name name : names.values()) {
      namesOf.computeIfAbsent(name.image(), image -> new ArrayList<>()).add(name.reference());
      if (name.reference().digest() != null && Reference.asId(name.reference().digest()).isPresent()) {
        blobs.add(new Digest(name.reference().digest()));
      }
    }
    for (Entry image : images.values()) {
      StoredImage stored = image.stored();
      blobs.add(stored.id());
      if (stored.manifest() != null) {
        blobs.add(stored.manifest());
      }
      stored.layers().forEach(layer -> blobs.add(layer.blob()));
      blobs.addAll(stored.evidenceBlobs());
      layers.addAll(stored.chainIds());
    }
  }

  /** By id. */
  public Map<Digest, Entry> images() {
    return images;
  }

  /** By the full form of the reference, in order. */
  public SortedMap<String, Name> names() {
    return names;
  }

  /** The names of an image, in order. */
  public List<Reference> namesOf(Digest image) {
    return Collections.unmodifiableList(namesOf.getOrDefault(image, List.of()));
  }

  /** Whether an image or a name refers to a blob. */
  public boolean refersToBlob(Digest blob) {
    return blobs.contains(blob);
  }

  /** Whether an image has a layer, by its chain id. */
  public boolean refersToLayer(Digest chainId) {
    return layers.contains(chainId);
  }

  /** Images that were built from this one here. */
  public List<Digest> childrenOf(Digest image) {
    return images.values().stream().filter(entry -> image.equals(entry.stored().parent())).map(Entry::id).toList();
  }
}
