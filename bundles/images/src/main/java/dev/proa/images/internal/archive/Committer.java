package dev.proa.images.internal.archive;

import dev.proa.images.CommitRequest;
import dev.proa.images.ImageConfig;
import dev.proa.images.Reference;
import dev.proa.images.dockerfile.ConfigInstructions;
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
import dev.proa.linux.FaultPoints;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes an image of a container. */
public final class Committer {
  /** The digest of a tar stream without members: two blocks of zeros. */
  static final Digest EMPTY_LAYER = new Digest("sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");

  private final ContentStore content;
  private final Catalog catalog;
  private final Layers layers;

  public Committer(ContentStore content, Catalog catalog, Layers layers) {
    this.content = content;
    this.catalog = catalog;
    this.layers = layers;
  }

  /** The name that the image will have; null for none. All that can be wrong with the request is found here. */
  public @Nullable Reference check(CommitRequest request) {
    ConfigInstructions.apply(request.config(), request.changes());
    parent(request);
    return Importer.name(request.repository(), request.tag(), "commit to");
  }

  private Entry parent(CommitRequest request) {
    return catalog.byId(new Digest(request.parent())).orElseThrow(() -> ProaException.notFound("No such image: " + request.parent()));
  }

  public Digest commit(CommitRequest request, InputStream diff, Leases.Lease lease) {
    Reference name = check(request);
    Entry parent = parent(request);
    List<StoredLayer> all = new ArrayList<>(parent.stored().layers());
    parent.stored().chainIds().forEach(lease::holdLayer);
    all.forEach(layer -> lease.holdBlob(layer.blob()));
    try {
      StoredLayer layer = new LayerIntake(content, layers).take("the container's files", diff, parent.stored().diffIds(), lease);
      FaultPoints.reach("commit.layer-stored");
      boolean empty = layer.diffId().equals(EMPTY_LAYER);
      if (!empty) {
        all.add(layer);
      }
      if (all.size() > ImageDocument.MAX_LAYERS) {
        throw ProaException.invalid("the image would have more than " + ImageDocument.MAX_LAYERS + " layers");
      }
      ImageConfig config = ConfigInstructions.apply(request.config(), request.changes());
      List<Digest> diffIds = all.stream().map(StoredLayer::diffId).toList();
      byte[] document =
          ConfigWriter.child(
              Json.parseObject(content.read(parent.id(), Json.MAX_DOCUMENT), "image " + parent.id()), Instant.now(), request, config, diffIds, empty);
      Digest id = Digest.of(document);
      lease.holdBlob(id);
      content.put(document);
      FaultPoints.reach("commit.document-stored");
      catalog.register(name, new Entry(StoredImage.made(id, parent.id(), all), ImageDocument.parse(document)));
      FaultPoints.reach("commit.image-registered");
      return id;
    } catch (IOException e) {
      throw DiskFailure.of("cannot store the container's files", e);
    }
  }
}
