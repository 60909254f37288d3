package dev.proa.images.internal.archive;

import dev.proa.images.ProgressMessage;
import dev.proa.images.ProgressSink;
import dev.proa.images.Reference;
import dev.proa.images.internal.archive.ArchiveMembers.Spooled;
import dev.proa.images.internal.catalog.Catalog;
import dev.proa.images.internal.catalog.CatalogState.Entry;
import dev.proa.images.internal.catalog.StoredImage;
import dev.proa.images.internal.catalog.StoredImage.StoredLayer;
import dev.proa.images.internal.content.ContentStore;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.content.DiskFailure;
import dev.proa.images.internal.content.Leases;
import dev.proa.images.internal.layer.Abort;
import dev.proa.images.Decompression;
import dev.proa.images.internal.layer.Layers;
import dev.proa.images.internal.layer.Layers.Measured;
import dev.proa.images.internal.layer.Layers.Unpacked;
import dev.proa.images.internal.manifest.MediaTypes;
import dev.proa.images.internal.manifest.Platform;
import dev.proa.images.internal.progress.ProgressFeed;
import dev.proa.linux.FaultPoints;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Loads archives: read whole first, since manifests may come last; then every layer is verified and applied; then all images of the
 * archive are named at once.
 */
public final class Loader {
  private final ContentStore content;
  private final Catalog catalog;
  private final Layers layers;

  public Loader(ContentStore content, Catalog catalog, Layers layers) {
    this.content = content;
    this.catalog = catalog;
    this.layers = layers;
  }

  /** @return the ids of the images in the archive, in order */
  public List<Digest> load(InputStream archive, List<Platform> platforms, boolean quiet, Leases.Lease lease, ProgressSink progress) {
    return ProgressFeed.run(progress, feed -> load(archive, platforms, quiet, lease, feed));
  }

  private List<Digest> load(InputStream archive, List<Platform> platforms, boolean quiet, Leases.Lease lease, ProgressFeed feed) {
    try (ArchiveMembers members = ArchiveMembers.read(archive, content)) {
      List<PlannedImage> images = new ArchiveLayout(members).images(platforms);
      FaultPoints.reach("load.archive-read");
      Figures figures = quiet ? (id, current, total) -> {} : (id, current, total) -> feed.figure(id, "Loading layer", current, total);
      Map<Digest, StoredLayer> made = new HashMap<>();
      List<Entry> entries = new ArrayList<>();
      for (PlannedImage image : images) {
        entries.add(take(image, made, lease, figures));
      }
      FaultPoints.reach("load.layers-stored");
      List<String> messages = register(images, entries);
      FaultPoints.reach("load.images-registered");
      messages.forEach(message -> feed.send(ProgressMessage.ofStream(message + "\n")));
      return entries.stream().map(Entry::id).toList();
    }
  }

  /** Takes how far a layer is. */
  @FunctionalInterface
  private interface Figures {
    void show(String id, long current, long total);
  }

  private Entry take(PlannedImage image, Map<Digest, StoredLayer> made, Leases.Lease lease, Figures figures) {
    List<Digest> diffIds = image.document().diffIds();
    List<Digest> chainIds = Digest.chainIds(diffIds);
    List<StoredLayer> stored = new ArrayList<>();
    for (int i = 0; i < diffIds.size(); i++) {
      lease.holdLayer(chainIds.get(i));
      Digest parent = i == 0 ? null : chainIds.get(i - 1);
      StoredLayer known = made.containsKey(diffIds.get(i)) ? made.get(diffIds.get(i)) : known(diffIds.get(i), lease);
      StoredLayer layer = layer(image.layers().get(i), i, diffIds.get(i), chainIds.get(i), parent, known, lease, figures);
      made.put(layer.diffId(), layer);
      stored.add(layer);
    }
    lease.holdBlob(image.id());
    commit(image.config());
    return new Entry(StoredImage.made(image.id(), null, stored), image.document());
  }

  /** A layer with that content that is here already. */
  private @Nullable StoredLayer known(Digest diffId, Leases.Lease lease) {
    for (Entry image : catalog.state().images().values()) {
      for (StoredLayer layer : image.stored().layers()) {
        if (layer.diffId().equals(diffId)) {
          lease.holdBlob(layer.blob());
          if (content.has(layer.blob())) {
            return layer;
          }
        }
      }
    }
    return null;
  }

  private StoredLayer layer(
      Spooled blob,
      int number,
      Digest diffId,
      Digest chainId,
      @Nullable Digest parent,
      @Nullable StoredLayer known,
      Leases.Lease lease,
      Figures figures) {
    String what = "layer " + number + " of the archive (" + diffId + ")";
    if (known != null) {
      if (!layers.has(chainId)) {
        layers.apply(what, chainId, parent, diffId, () -> content.open(known.blob()), new Abort());
      }
      return known;
    }
    lease.holdBlob(blob.digest());
    Layers.BlobSource source = () -> new Shown(blob.open(), diffId.shortHex(), blob.size(), figures);
    Decompression.Format format = format(blob);
    // The hash of a plain tar was taken when it came in.
    boolean verified = format == Decompression.Format.NONE && blob.digest().equals(diffId);
    Unpacked unpacked =
        verified
            ? layers.applyKnown(what, chainId, parent, diffId, source, new Abort())
            : layers.apply(what, chainId, parent, diffId, source, new Abort());
    long tarBytes = unpacked.tarBytes();
    if (tarBytes < 0) {
      Measured measured = Layers.measure(what, blob::open);
      if (!measured.diffId().equals(diffId)) {
        throw new ProaException(
            ErrorClass.DATA_LOSS, "invalid diffID for layer " + number + ": expected \"" + diffId + "\", got \"" + measured.diffId() + "\"");
      }
      tarBytes = measured.tarBytes();
    }
    commit(blob);
    return new StoredLayer(diffId, blob.digest(), mediaType(format), blob.size(), tarBytes, unpacked.unpackedBytes());
  }

  private static Decompression.Format format(Spooled blob) {
    try (InputStream in = blob.open()) {
      return Decompression.detect(in.readNBytes(6));
    } catch (IOException e) {
      throw DiskFailure.of("cannot read back " + blob.digest(), e);
    }
  }

  /** The media type of a layer; the formats that image-spec does not know have names of the same kind. */
  static String mediaType(Decompression.Format format) {
    return switch (format) {
      case NONE -> MediaTypes.OCI_LAYER;
      case GZIP -> MediaTypes.OCI_LAYER + "+gzip";
      case ZSTD -> MediaTypes.OCI_LAYER + "+zstd";
      case BZIP2 -> MediaTypes.OCI_LAYER + "+bzip2";
      case XZ -> MediaTypes.OCI_LAYER + "+xz";
    };
  }

  private static void commit(Spooled blob) {
    try {
      blob.ingest().commit();
    } catch (IOException e) {
      throw DiskFailure.of("cannot store the blob " + blob.digest(), e);
    }
  }

  /** Names all images in one transaction; what to tell about it is returned, since that may block. */
  private List<String> register(List<PlannedImage> images, List<Entry> entries) {
    List<String> messages = new ArrayList<>();
    catalog.change(
        draft -> {
          messages.clear();
          Instant now = Instant.now();
          for (int i = 0; i < images.size(); i++) {
            PlannedImage image = images.get(i);
            Entry before = draft.images().get(image.id());
            Entry entry = entries.get(i);
            StoredImage stored = before == null ? entry.stored() : before.stored().withLayers(entry.stored().layers());
            draft.put(new Entry(image.names().isEmpty() ? stored : stored.taggedAt(now), entry.document()));
            for (Reference name : image.names()) {
              Digest previous = draft.imageOf(name);
              if (previous != null && !previous.equals(image.id())) {
                messages.add(
                    "The image " + name.familiar() + " already exists, renaming the old one with ID " + previous + " to empty string");
              }
              draft.name(name, image.id());
              messages.add("Loaded image: " + name.familiar());
            }
            if (image.names().isEmpty()) {
              messages.add("Loaded image ID: " + image.id());
            }
          }
        });
    return messages;
  }

  /** Shows how far a layer was read. */
  private static final class Shown extends FilterInputStream {
    private final String id;
    private final long size;
    private final Figures figures;
    private long done;

    Shown(InputStream in, String id, long size, Figures figures) {
      super(in);
      this.id = id;
      this.size = size;
      this.figures = figures;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int count = in.read(target, offset, length);
      done += Math.max(count, 0);
      figures.show(id, done, size);
      return count;
    }
  }
}
