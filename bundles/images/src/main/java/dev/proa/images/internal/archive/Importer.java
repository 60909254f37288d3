package dev.proa.images.internal.archive;

import dev.proa.images.ImageConfig;
import dev.proa.images.ImportRequest;
import dev.proa.images.ProgressMessage;
import dev.proa.images.ProgressSink;
import dev.proa.images.Reference;
import dev.proa.images.internal.catalog.Catalog;
import dev.proa.images.internal.catalog.CatalogState.Entry;
import dev.proa.images.internal.catalog.StoredImage;
import dev.proa.images.internal.catalog.StoredImage.StoredLayer;
import dev.proa.images.internal.content.ContentStore;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.content.DiskFailure;
import dev.proa.images.internal.content.Ingest;
import dev.proa.images.internal.content.Leases;
import dev.proa.images.internal.layer.Abort;
import dev.proa.images.internal.layer.Decompression;
import dev.proa.images.internal.layer.Layers;
import dev.proa.images.internal.layer.Layers.Measured;
import dev.proa.images.internal.layer.Layers.Unpacked;
import dev.proa.images.internal.manifest.ConfigWriter;
import dev.proa.images.internal.manifest.ImageDocument;
import dev.proa.images.internal.manifest.Platform;
import dev.proa.images.internal.progress.ProgressFeed;
import dev.proa.spi.ProaException;
import java.io.FilterInputStream;
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
    ImageConfig config = ConfigChanges.apply(ImageConfig.EMPTY, request.changes());
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
    try (Ingest ingest = content.begin()) {
      Measured measured = Layers.measure("the archive", () -> new Tee(tar, ingest));
      Digest blob = ingest.seal();
      lease.holdBlob(blob);
      lease.holdLayer(measured.diffId());
      Unpacked unpacked = layers.apply("the archive", measured.diffId(), null, measured.diffId(), ingest::reopen, new Abort());
      String mediaType;
      try (InputStream in = ingest.reopen()) {
        mediaType = Loader.mediaType(Decompression.detect(in.readNBytes(6)));
      }
      StoredLayer layer =
          new StoredLayer(measured.diffId(), blob, mediaType, ingest.written(), measured.tarBytes(), unpacked.unpackedBytes());
      ingest.commit();
      String comment = request.message().isEmpty() ? "Imported from -" : request.message();
      byte[] document = ConfigWriter.write(Instant.now(), platform, config, List.of(measured.diffId()), comment);
      Digest id = Digest.of(document);
      lease.holdBlob(id);
      content.put(document);
      register(name, new Entry(new StoredImage(id, null, null, List.of(layer), null), ImageDocument.parse(document)));
      feed.send(ProgressMessage.ofStatus(id.value()));
      return id;
    } catch (IOException e) {
      throw DiskFailure.of("cannot store the archive", e);
    }
  }

  private static @Nullable Reference name(ImportRequest request) {
    String repository = request.repository();
    if (repository == null || repository.isEmpty()) {
      return null;
    }
    Reference name = Reference.parse(repository);
    if (name.digest() != null) {
      throw ProaException.invalid("cannot import digest reference");
    }
    String tag = request.tag();
    return tag == null || tag.isEmpty() ? name.orLatest() : name.withTag(tag);
  }

  private void register(@Nullable Reference name, Entry image) {
    catalog.change(
        draft -> {
          draft.put(name == null ? image : new Entry(image.stored().taggedAt(Instant.now()), image.document()));
          if (name != null) {
            draft.name(name, image.id());
          }
        });
  }

  /** Keeps what is read, to the end of the stream. The given stream is not ours to close. */
  private static final class Tee extends FilterInputStream {
    private final Ingest ingest;

    Tee(InputStream in, Ingest ingest) {
      super(in);
      this.ingest = ingest;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (Thread.currentThread().isInterrupted()) {
        throw ProaException.unavailable("importing was canceled", null);
      }
      int count = in.read(target, offset, length);
      if (count > 0) {
        try {
          ingest.write(target, offset, count);
        } catch (IOException e) {
          throw DiskFailure.of("cannot store the archive", e);
        }
      }
      return count;
    }

    @Override
    public boolean markSupported() {
      return false;
    }

    @Override
    public void close() {
      // Belongs to the caller.
    }
  }
}
