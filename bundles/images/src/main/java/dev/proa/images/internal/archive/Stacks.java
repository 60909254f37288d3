package dev.proa.images.internal.archive;

import dev.proa.images.build.Assembly;
import dev.proa.images.build.BuildImages.Stack;
import dev.proa.images.internal.catalog.Catalog;
import dev.proa.images.internal.catalog.CatalogState.Entry;
import dev.proa.images.internal.catalog.StoredImage;
import dev.proa.images.internal.catalog.StoredImage.StoredLayer;
import dev.proa.images.internal.content.ContentStore;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.content.DiskFailure;
import dev.proa.images.internal.content.Leases;
import dev.proa.images.internal.layer.Layers;
import dev.proa.images.internal.manifest.ConfigWriter;
import dev.proa.images.internal.manifest.ImageDocument;
import dev.proa.images.internal.manifest.Json;
import dev.proa.images.internal.manifest.Platform;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What builds make: stacks of layers, and images of them. */
public final class Stacks {
  private final ContentStore content;
  private final Catalog catalog;
  private final Layers layers;

  public Stacks(ContentStore content, Catalog catalog, Layers layers) {
    this.content = content;
    this.catalog = catalog;
    this.layers = layers;
  }

  public Stack view(Entry stack) {
    StoredImage stored = stack.stored();
    return new Stack(
        stack.id().value(),
        stored.layers().stream().map(StoredLayer::unpackedBytes).toList(),
        stored.chainIds().stream().map(Digest::value).toList());
  }

  /**
   * The stack of an image's layers, or of so many of the lowest.
   *
   * @param image null for none
   */
  public Entry of(@Nullable Entry image, int count, Leases.Lease lease) {
    if (image == null) {
      return register(Platform.host(), List.of(), lease);
    }
    List<StoredLayer> all = image.stored().layers();
    if (image.stored().stack() && count >= all.size()) {
      return image;
    }
    return register(image.document().platform(), all.subList(0, Math.min(count, all.size())), lease);
  }

  public Entry push(Digest below, InputStream tar, Leases.Lease lease) {
    Entry stack = stack(below);
    List<StoredLayer> all = new ArrayList<>(stack.stored().layers());
    stack.stored().chainIds().forEach(lease::holdLayer);
    all.forEach(layer -> lease.holdBlob(layer.blob()));
    StoredLayer layer;
    try {
      layer = new LayerIntake(content, layers).take("the step's files", tar, stack.stored().diffIds(), lease);
    } catch (IOException e) {
      throw DiskFailure.of("cannot store the step's files", e);
    }
    if (layer.diffId().equals(Committer.EMPTY_LAYER)) {
      return stack;
    }
    all.add(layer);
    return register(stack.document().platform(), all, lease);
  }

  private Entry stack(Digest id) {
    return catalog
        .byId(id)
        .filter(image -> image.stored().stack())
        .orElseThrow(() -> ProaException.notFound("the layers " + id.shortHex() + " of a build are gone: build again"));
  }

  private Entry register(Platform platform, List<StoredLayer> all, Leases.Lease lease) {
    if (all.size() > ImageDocument.MAX_LAYERS) {
      throw ProaException.invalid("the image would have more than " + ImageDocument.MAX_LAYERS + " layers");
    }
    byte[] document = ConfigWriter.stack(platform, all.stream().map(StoredLayer::diffId).toList());
    Digest id = Digest.of(document);
    Entry known = catalog.byId(id).orElse(null);
    if (known != null) {
      return known;
    }
    lease.holdBlob(id);
    all.forEach(layer -> lease.holdBlob(layer.blob()));
    Digest.chainIds(all.stream().map(StoredLayer::diffId).toList()).forEach(lease::holdLayer);
    content.put(document);
    Entry stack = new Entry(StoredImage.stack(id, all), ImageDocument.parse(document));
    catalog.register(null, stack);
    return stack;
  }

  public Digest assemble(Assembly assembly, Leases.Lease lease) {
    Entry stack = stack(new Digest(assembly.stack()));
    Entry base = assembly.base() == null ? null : catalog.resolve(assembly.base());
    List<StoredLayer> all = stack.stored().layers();
    stack.stored().chainIds().forEach(lease::holdLayer);
    all.forEach(layer -> lease.holdBlob(layer.blob()));
    JsonNode baseDocument = base == null ? null : Json.parseObject(content.read(base.id(), Json.MAX_DOCUMENT), "image " + base.id());
    Platform platform =
        assembly.platform() != null ? Platform.parse(assembly.platform()) : base != null ? base.document().platform() : stack.document().platform();
    byte[] document = ConfigWriter.built(baseDocument, platform, assembly, all.stream().map(StoredLayer::diffId).toList());
    Digest id = Digest.of(document);
    lease.holdBlob(id);
    content.put(document);
    Entry known = catalog.byId(id).orElse(null);
    if (known == null) {
      catalog.register(null, new Entry(StoredImage.made(id, null, all), ImageDocument.parse(document)));
    }
    return id;
  }
}
