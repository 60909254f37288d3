package dev.proa.images.internal.archive;

import dev.proa.images.Decompression;
import dev.proa.images.internal.catalog.StoredImage.StoredLayer;
import dev.proa.images.internal.content.ContentStore;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.content.DiskFailure;
import dev.proa.images.internal.content.Ingest;
import dev.proa.images.internal.content.Leases;
import dev.proa.images.internal.layer.Abort;
import dev.proa.images.internal.layer.Layers;
import dev.proa.images.internal.layer.Layers.Measured;
import dev.proa.images.internal.layer.Layers.Unpacked;
import dev.proa.spi.ProaException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** Takes a tar stream whose digest nobody knows yet in as a layer: stored, measured, unpacked. */
final class LayerIntake {
  private final ContentStore content;
  private final Layers layers;

  LayerIntake(ContentStore content, Layers layers) {
    this.content = content;
    this.layers = layers;
  }

  /**
   * @param what the layer in words
   * @param tar plain or compressed; not closed
   * @param below diff ids of the layers that it lies on, lowest first; the lease protects them
   */
  StoredLayer take(String what, InputStream tar, List<Digest> below, Leases.Lease lease) throws IOException {
    try (Ingest ingest = content.begin()) {
      Measured measured = Layers.measure(what, () -> new Tee(what, tar, ingest));
      Digest blob = ingest.seal();
      lease.holdBlob(blob);
      List<Digest> diffIds = new ArrayList<>(below);
      diffIds.add(measured.diffId());
      List<Digest> chainIds = Digest.chainIds(diffIds);
      Digest chainId = chainIds.getLast();
      lease.holdLayer(chainId);
      Digest parent = below.isEmpty() ? null : chainIds.get(chainIds.size() - 2);
      Unpacked unpacked = layers.apply(what, chainId, parent, measured.diffId(), ingest::reopen, new Abort());
      String mediaType;
      try (InputStream in = ingest.reopen()) {
        mediaType = Loader.mediaType(Decompression.detect(in.readNBytes(6)));
      }
      StoredLayer layer =
          new StoredLayer(measured.diffId(), blob, mediaType, ingest.written(), measured.tarBytes(), unpacked.unpackedBytes());
      ingest.commit();
      return layer;
    }
  }

  /** Keeps what is read, to the end of the stream. The given stream is not ours to close. */
  private static final class Tee extends FilterInputStream {
    private final String what;
    private final Ingest ingest;

    Tee(String what, InputStream in, Ingest ingest) {
      super(in);
      this.what = what;
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
        throw ProaException.unavailable("storing " + what + " was canceled", null);
      }
      int count = in.read(target, offset, length);
      if (count > 0) {
        try {
          ingest.write(target, offset, count);
        } catch (IOException e) {
          throw DiskFailure.of("cannot store " + what, e);
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
