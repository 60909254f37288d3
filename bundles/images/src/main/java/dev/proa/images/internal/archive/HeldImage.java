package dev.proa.images.internal.archive;

import dev.proa.images.Decompression;
import dev.proa.images.ImageRecord;
import dev.proa.images.internal.catalog.CatalogState.Entry;
import dev.proa.images.internal.catalog.StoredImage.StoredLayer;
import dev.proa.images.internal.content.ContentStore;
import dev.proa.images.internal.content.Leases;
import dev.proa.images.internal.manifest.Json;
import dev.proa.spi.image.ImageContent;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** An image's configuration and layers, read from the content store; a lease keeps them there. */
public final class HeldImage implements ImageContent {
  private final ContentStore content;
  private final Entry image;
  private final ImageRecord record;
  private final Leases.Lease lease;

  private HeldImage(ContentStore content, Entry image, ImageRecord record, Leases.Lease lease) {
    this.content = content;
    this.image = image;
    this.record = record;
    this.lease = lease;
  }

  /** @throws dev.proa.spi.ProaException {@code DATA_LOSS} if a layer is not there */
  public static HeldImage of(ContentStore content, Entry image, ImageRecord record, Leases leases) {
    Leases.Lease lease = leases.open();
    boolean complete = false;
    try {
      Saver.hold(content, image, lease);
      complete = true;
      return new HeldImage(content, image, record, lease);
    } finally {
      if (!complete) {
        lease.close();
      }
    }
  }

  @Override
  public String id() {
    return record.id();
  }

  @Override
  public List<String> names() {
    return record.repoTags();
  }

  @Override
  public List<String> digests() {
    return record.repoDigests();
  }

  @Override
  public byte[] config() {
    return content.read(image.id(), Json.MAX_DOCUMENT);
  }

  @Override
  public List<Layer> layers() {
    return image.stored().layers().stream().map(layer -> new Layer(layer.diffId().value(), layer.tarBytes())).toList();
  }

  @Override
  public InputStream open(int index) throws IOException {
    StoredLayer layer = image.stored().layers().get(index);
    InputStream blob = content.open(layer.blob());
    try {
      return Decompression.of(blob);
    } catch (IOException | RuntimeException e) {
      blob.close();
      throw e;
    }
  }

  @Override
  public void close() {
    lease.close();
  }
}
