package dev.proa.images.internal.archive;

import dev.proa.images.ImageConfig;
import dev.proa.images.ImportRequest;
import dev.proa.images.ProgressMessage;
import dev.proa.images.ProgressSink;
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
import dev.proa.images.internal.manifest.Platform;
import dev.proa.images.internal.progress.ProgressFeed;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes an image of a root file system's tar. */
public final class Importer {
  private final ContentStore content;
  private final Catalog catalog;
  private final Layers layers;

  public Importer(ContentStore content, Catalog catalog, Layers layers) {
    this.content = content;
    this.catalog = catalog;
    this.layers = layers;
  }

  public Digest importImage(ImportRequest request, InputStream tar, Leases.Lease lease, ProgressSink sink) {
    // All that can be wrong with the request is found before the stream is read.
    Reference name = name(request);
    ImageConfig config = ConfigInstructions.apply(ImageConfig.EMPTY, request.changes());
    String platformText = request.platform();
    Platform platform = platformText == null || platformText.isEmpty() ? Platform.host() : Platform.parse(platformText);
    if (!platform.os().equals("linux")) {
      throw ProaException.invalid("cannot import an image for the operating system \"" + platform.os() + "\" on linux");
    }
    return ProgressFeed.run(sink, feed -> take(request, name, config, platform, tar, lease, feed));
  }

  private Digest take(
      ImportRequest request,
      @Nullable Reference name,
      ImageConfig config,
      Platform platform,
      InputStream tar,
      Leases.Lease lease,
      ProgressFeed feed) {
    try {
      StoredLayer layer = new LayerIntake(content, layers).take("the archive", tar, List.of(), lease);
      String comment = request.message().isEmpty() ? "Imported from -" : request.message();
      byte[] document = ConfigWriter.write(Instant.now(), platform, config, List.of(layer.diffId()), comment);
      Digest id = Digest.of(document);
      lease.holdBlob(id);
      content.put(document);
      catalog.register(name, new Entry(StoredImage.made(id, null, List.of(layer)), ImageDocument.parse(document)));
      feed.send(ProgressMessage.ofStatus(id.value()));
      return id;
    } catch (IOException e) {
      throw DiskFailure.of("cannot store the archive", e);
    }
  }

  private static @Nullable Reference name(ImportRequest request) {
    return name(request.repository(), request.tag(), "import");
  }

  /** The name that an image made here is to have; null if it is to have none. */
  static @Nullable Reference name(@Nullable String repository, @Nullable String tag, String verb) {
    if (repository == null || repository.isEmpty()) {
      return null;
    }
    Reference name = Reference.parse(repository);
    if (name.digest() != null) {
      throw ProaException.invalid("cannot " + verb + " digest reference");
    }
    return tag == null || tag.isEmpty() ? name.orLatest() : name.withTag(tag);
  }
}
