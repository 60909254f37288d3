package dev.proa.images.internal.push;

import dev.proa.images.Decompression;
import dev.proa.images.internal.catalog.Catalog;
import dev.proa.images.internal.catalog.CatalogState.Entry;
import dev.proa.images.internal.catalog.StoredImage;
import dev.proa.images.internal.catalog.StoredImage.StoredLayer;
import dev.proa.images.internal.content.ContentStore;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.content.DiskFailure;
import dev.proa.images.internal.content.Ingest;
import dev.proa.images.internal.content.Leases;
import dev.proa.images.internal.manifest.MediaTypes;
import dev.proa.linux.FaultPoints;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes blobs that registries and all clients take of layers that came without: plain tars of commit, import and load, and those
 * compressed by bzip2 or xz. The gzip blob then takes the other's place in the content store, so that it is made once and its digest stays.
 */
final class LayerCompression {
  private final ContentStore content;
  private final Catalog catalog;

  LayerCompression(ContentStore content, Catalog catalog) {
    this.content = content;
    this.catalog = catalog;
  }

  /** The layer with a blob that can be pushed, and OCI's name for what that blob is; the lease holds it. */
  StoredLayer portable(StoredLayer layer, Leases.Lease lease) {
    return switch (format(layer)) {
      case GZIP -> named(layer, MediaTypes.OCI_LAYER + "+gzip");
      case ZSTD -> named(layer, MediaTypes.OCI_LAYER + "+zstd");
      case NONE, BZIP2, XZ -> compressed(layer, lease);
    };
  }

  private static StoredLayer named(StoredLayer layer, String mediaType) {
    return new StoredLayer(layer.diffId(), layer.blob(), mediaType, layer.blobBytes(), layer.tarBytes(), layer.unpackedBytes());
  }

  /** By its content: what a registry said of it may be wrong, or nothing. */
  private Decompression.Format format(StoredLayer layer) {
    try (InputStream in = content.open(layer.blob())) {
      return Decompression.detect(in.readNBytes(6));
    } catch (IOException e) {
      throw DiskFailure.of("cannot read the blob " + layer.blob(), e);
    }
  }

  private StoredLayer compressed(StoredLayer layer, Leases.Lease lease) {
    try (Ingest ingest = content.begin()) {
      compress(layer, ingest);
      Digest blob = ingest.seal();
      lease.holdBlob(blob);
      StoredLayer made =
          new StoredLayer(layer.diffId(), blob, MediaTypes.OCI_LAYER + "+gzip", ingest.written(), layer.tarBytes(), layer.unpackedBytes());
      ingest.commit();
      FaultPoints.reach("push.layer-compressed");
      replace(layer, made);
      FaultPoints.reach("push.layer-replaced");
      return made;
    } catch (IOException e) {
      throw DiskFailure.of("cannot compress layer " + layer.diffId(), e);
    }
  }

  private void compress(StoredLayer layer, Ingest ingest) throws IOException {
    MessageDigest hash = Digest.sha256();
    try (InputStream tar = Decompression.of(content.open(layer.blob()));
        OutputStream out = new ParallelGzip(sink(ingest))) {
      byte[] buffer = new byte[128 << 10];
      for (int count = tar.read(buffer); count >= 0; count = tar.read(buffer)) {
        if (Thread.currentThread().isInterrupted()) {
          throw ProaException.unavailable("compressing layer " + layer.diffId() + " was canceled", null);
        }
        hash.update(buffer, 0, count);
        out.write(buffer, 0, count);
      }
    }
    if (!Digest.of(hash).equals(layer.diffId())) {
      throw ProaException.dataLoss("the blob " + layer.blob() + " in the content store is damaged; pull or load the image again");
    }
  }

  private static OutputStream sink(Ingest ingest) {
    return new OutputStream() {
      @Override
      public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        ingest.write(bytes, offset, length);
      }
    };
  }

  /** Puts the new blob into the place of the old one in all images that were made here; those pulled keep what their manifest says. */
  private void replace(StoredLayer old, StoredLayer made) {
    catalog.change(
        draft -> {
          for (Entry image : draft.images().values()) {
            StoredImage stored = image.stored();
            if (stored.manifest() != null || stored.layers().stream().noneMatch(layer -> layer.blob().equals(old.blob()))) {
              continue;
            }
            List<StoredLayer> layers = new ArrayList<>();
            stored.layers().forEach(layer -> layers.add(layer.blob().equals(old.blob()) ? made : layer));
            draft.put(new Entry(stored.withLayers(layers), image.document()));
          }
        });
  }
}
