package dev.proa.images.internal;

import dev.proa.images.internal.catalog.Catalog;
import dev.proa.images.internal.content.ContentStore;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.content.Leases;
import dev.proa.images.internal.layer.Layers;
import java.util.List;
import java.util.Map;

/**
 * Removes blobs and layers that no image refers to, unless work in progress holds them. What could not go, because a container stands on
 * it or somebody holds it, is remembered as left behind and tried again.
 */
final class Collector {
  private final ContentStore content;
  private final Catalog catalog;
  private final Layers layers;
  private final Leases leases;
  /** Whether there may be something to collect. True at first: an earlier process may have left anything. */
  private volatile boolean leftBehind = true;

  Collector(ContentStore content, Catalog catalog, Layers layers, Leases leases) {
    this.content = content;
    this.catalog = catalog;
    this.layers = layers;
    this.leases = leases;
  }

  /** Everything, if there may be anything. */
  void all() {
    if (!leftBehind) {
      return;
    }
    leftBehind = false;
    blobs(content.list());
    if (!layers.sweep(catalog.state()::refersToLayer, this::unlessNeeded)) {
      leftBehind = true;
    }
  }

  /** Those of the given blobs that may go. */
  void blobs(List<Digest> candidates) {
    for (Digest blob : candidates) {
      if (!catalog.state().refersToBlob(blob)
          && !leases.removeBlob(blob, () -> !catalog.state().refersToBlob(blob), () -> content.remove(blob))) {
        leftBehind = true;
      }
    }
  }

  /** Those of the given layers that may go, children before parents. */
  void layers(List<Digest> chainIds) {
    for (Digest chainId : chainIds) {
      if (!catalog.state().refersToLayer(chainId)) {
        remove(List.of(chainId));
      }
    }
  }

  /**
   * The layers of an image that is gone, from the top as far as nothing else needs them.
   *
   * @return what went, with its size, in order
   */
  Map<Digest, Long> chain(List<Digest> chainIds) {
    return remove(chainIds.reversed());
  }

  private Map<Digest, Long> remove(List<Digest> topmostFirst) {
    Map<Digest, Long> removed = layers.remove(topmostFirst, this::unlessNeeded);
    if (topmostFirst.stream().anyMatch(chainId -> !removed.containsKey(chainId) && !catalog.state().refersToLayer(chainId))) {
      leftBehind = true;
    }
    return removed;
  }

  private boolean unlessNeeded(Digest chainId, Runnable removal) {
    return leases.removeLayer(chainId, () -> !catalog.state().refersToLayer(chainId), removal);
  }
}
