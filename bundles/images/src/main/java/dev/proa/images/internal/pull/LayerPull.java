package dev.proa.images.internal.pull;

import dev.proa.images.Reference;
import dev.proa.images.internal.catalog.Catalog;
import dev.proa.images.internal.catalog.StoredImage.StoredLayer;
import dev.proa.images.internal.content.ContentStore;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.content.Leases;
import dev.proa.images.internal.layer.Abort;
import dev.proa.images.internal.layer.Layers;
import dev.proa.images.internal.layer.Layers.Measured;
import dev.proa.images.internal.layer.Layers.Unpacked;
import dev.proa.images.internal.manifest.Descriptor;
import dev.proa.images.internal.progress.ProgressFeed;
import dev.proa.images.internal.registry.RegistryClient;
import dev.proa.linux.FaultPoints;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The layers of one pull. All downloads are asked for at once and lowest first; the layers are applied in order, each reading its blob while it
 * still comes: socket → SHA-256 of the blob → file → inflate → SHA-256 of the diff id → storage driver.
 */
final class LayerPull {
  private final Downloads downloads;
  private final ContentStore content;
  private final Catalog catalog;
  private final Layers layers;
  private final RegistryClient client;
  private final Reference reference;
  private final Leases.Lease lease;
  private final ProgressFeed feed;
  private final Abort abort = new Abort();

  LayerPull(
      Downloads downloads,
      ContentStore content,
      Catalog catalog,
      Layers layers,
      RegistryClient client,
      Reference reference,
      Leases.Lease lease,
      ProgressFeed feed) {
    this.downloads = downloads;
    this.content = content;
    this.catalog = catalog;
    this.layers = layers;
    this.client = client;
    this.reference = reference;
    this.lease = lease;
    this.feed = feed;
  }

  /** One layer to be had. */
  private static final class Step implements Downloads.Listener {
    final String id;
    final Descriptor blob;
    final Digest diffId;
    final Digest chainId;
    final @Nullable Digest parent;
    final @Nullable StoredLayer known;
    final AtomicBoolean downloaded = new AtomicBoolean();
    private final ProgressFeed feed;
    private final Abort abort;
    Download.@Nullable Ticket ticket;

    Step(Descriptor blob, Digest diffId, Digest chainId, @Nullable Digest parent, @Nullable StoredLayer known, ProgressFeed feed, Abort abort) {
      this.id = blob.digest().shortHex();
      this.blob = blob;
      this.diffId = diffId;
      this.chainId = chainId;
      this.parent = parent;
      this.known = known;
      this.feed = feed;
      this.abort = abort;
    }

    @Override
    public void waiting() {
      feed.status(id, "Waiting");
    }

    @Override
    public void progress(long current, long total) {
      feed.figure(id, "Downloading", current, total);
    }

    @Override
    public void verifying() {
      feed.status(id, "Verifying Checksum");
    }

    @Override
    public void complete() {
      feed.status(id, "Download complete");
      downloaded.set(true);
    }

    @Override
    public void failed(ProaException failure) {
      abort.because(explained(failure));
    }

    /** A download's failure may be seen where it is waited for before it is told here. */
    private ProaException explained(ProaException failure) {
      if (blob.urls().isEmpty() || !failure.is(ErrorClass.NOT_FOUND)) {
        return failure;
      }
      return new ProaException(
          ErrorClass.NOT_FOUND,
          failure.getMessage()
              + ": layer "
              + blob.digest()
              + " is a foreign one, which the registry does not have, and the addresses that the manifest names for it are not asked; push the image with all of its layers",
          failure);
    }
  }

  List<StoredLayer> pull(List<Descriptor> blobs, List<Digest> diffIds) {
    List<Digest> chainIds = Digest.chainIds(diffIds);
    List<Step> steps = new ArrayList<>(blobs.size());
    try {
      boolean existing = true;
      for (int i = 0; i < blobs.size(); i++) {
        Descriptor blob = blobs.get(i);
        lease.holdLayer(chainIds.get(i));
        lease.holdBlob(blob.digest());
        StoredLayer known = known(blob.digest(), diffIds.get(i));
        Step step = new Step(blob, diffIds.get(i), chainIds.get(i), i == 0 ? null : chainIds.get(i - 1), known, feed, abort);
        steps.add(step);
        existing = existing && known != null && layers.has(step.chainId);
        feed.status(step.id, existing ? "Already exists" : "Pulling fs layer");
        if (known == null) {
          step.ticket = downloads.join(blob.digest(), blob.size(), client, reference, step);
        }
        if (step.ticket == null) {
          step.downloaded.set(true);
        }
      }
      List<StoredLayer> stored = new ArrayList<>(steps.size());
      for (Step step : steps) {
        stored.add(apply(step));
      }
      return stored;
    } finally {
      for (Step step : steps) {
        if (step.ticket != null) {
          step.ticket.close();
        }
      }
    }
  }

  /** A layer that an image here has from the same blob. */
  private @Nullable StoredLayer known(Digest blob, Digest diffId) {
    return catalog.state().images().values().stream()
        .flatMap(image -> image.stored().layers().stream())
        .filter(layer -> layer.blob().equals(blob) && layer.diffId().equals(diffId) && content.has(blob))
        .findFirst()
        .orElse(null);
  }

  private StoredLayer apply(Step step) {
    abort.check();
    String what = "layer " + step.blob.digest() + " of " + reference.familiar();
    Download.Ticket ticket = step.ticket;
    if (ticket == null && step.known != null && layers.has(step.chainId)) {
      return step.known;
    }
    Layers.BlobSource source = ticket == null ? () -> content.open(step.blob.digest()) : ticket::open;
    Unpacked unpacked;
    try {
      unpacked = layers.apply(what, step.chainId, step.parent, step.diffId, () -> shown(step, source.open()), abort);
    } catch (ProaException e) {
      // A download that failed says more than the layer that could not be read to its end; if it is the content that is wrong, the
      // blob's own digest is asked before the layer is blamed.
      if (ticket != null && (e.is(ErrorClass.INVALID_ARGUMENT) || e.is(ErrorClass.DATA_LOSS)) && abort.reason().isEmpty()) {
        ticket.await();
      }
      throw abort.reason().orElseGet(() -> step.explained(e));
    }
    if (ticket != null) {
      ticket.await();
    }
    FaultPoints.reach("pull.layer-unpacked");
    long tarBytes = unpacked.tarBytes();
    if (step.known != null) {
      tarBytes = step.known.tarBytes();
    } else if (tarBytes < 0) {
      tarBytes = verified(what, step);
    }
    feed.status(step.id, "Pull complete");
    return new StoredLayer(step.diffId, step.blob.digest(), step.blob.mediaType(), step.blob.size(), tarBytes, unpacked.unpackedBytes());
  }

  /** The driver has the layer from elsewhere; this blob may still be something else. */
  private long verified(String what, Step step) {
    Measured measured = Layers.measure(what, () -> content.open(step.blob.digest()));
    if (!measured.diffId().equals(step.diffId)) {
      throw new ProaException(
          ErrorClass.DATA_LOSS,
          what + ": layers from manifest don't match image configuration: expected diff id " + step.diffId + ", got " + measured.diffId());
    }
    return measured.tarBytes();
  }

  /** The stream, which reports how far it was read once the download has ended. */
  private InputStream shown(Step step, InputStream in) {
    return new FilterInputStream(in) {
      private long done;

      @Override
      public int read() throws IOException {
        int value = in.read();
        count(value < 0 ? -1 : 1);
        return value;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        int count = in.read(target, offset, length);
        count(count);
        return count;
      }

      private void count(int bytes) {
        done += Math.max(bytes, 0);
        if (step.downloaded.get()) {
          feed.figure(step.id, "Extracting", done, step.blob.size());
        }
      }
    };
  }
}
