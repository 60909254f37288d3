package dev.proa.storage.layers;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Processes;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.Mount;
import dev.proa.spi.storage.StorageDriver.Change;
import dev.proa.spi.storage.StorageDriver.Kind;
import dev.proa.spi.storage.StorageDriver.StatusLine;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one driver keeps what its {@link Catalogue} lists: what differs between the drivers. Everything that is named by an id lies in the
 * catalogue's folders of that name; what is being made lies in {@link Catalogue#own()}.
 */
public abstract class LayerStore implements AutoCloseable {
  protected static final int DIRECTORY = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW;

  protected final Catalogue catalogue;
  private final OverlayFormat format;

  protected LayerStore(Catalogue catalogue, OverlayFormat format) {
    this.catalogue = catalogue;
    this.format = format;
  }

  protected final OverlayFormat format() {
    return format;
  }

  /** How many layers a root can be made of. */
  public abstract int maxLayers();

  /**
   * Makes a layer in the empty directory {@code staged}, and makes it durable.
   *
   * @param chain the layers below, topmost first
   * @throws IOException what the stream threw
   */
  public abstract LayerTarget.Content unpack(String staged, String chainId, List<SnapshotRecord> chain, InputStream tar) throws IOException;

  /** Makes a container's root, or a view's, in the empty directory {@code staged}. */
  public abstract void furnish(String staged, Kind kind, List<SnapshotRecord> chain) throws IOException;

  /** Whether a writable root has a folder in {@link Catalogue#work()} too. */
  public abstract boolean needsWorkFolder();

  /** The mounts of an active snapshot or a view; called under the catalogue's lock. */
  public abstract List<Mount> mounts(SnapshotRecord record, List<SnapshotRecord> chain) throws IOException;

  /** The content of a snapshot, in overlayfs's format or, for drivers that keep whole trees, as it is. */
  public abstract Fd root(SnapshotRecord record) throws IOException;

  /**
   * A writable root as a layer.
   *
   * @param staged where the layer was made, null if the root's own folder is to be the layer's
   */
  public record Sealed(LayerTarget.Content content, @Nullable String staged) {}

  /** Makes a layer of a writable root, and makes it durable. The folder of the root itself is the layer's, unless the driver says another. */
  public Sealed seal(SnapshotRecord active, String chainId, List<SnapshotRecord> chain) throws IOException {
    try (Fd root = root(active)) {
      LayerUsage usage = LayerUsage.of(root);
      Io.syncfs(root);
      return new Sealed(new LayerTarget.Content(usage.sizeBytes(), usage.inodes()), null);
    }
  }

  /** Called under the catalogue's lock before a snapshot is forgotten. */
  public void removing(SnapshotRecord record) throws IOException {}

  /** Sizes of what still changes. */
  public LayerTarget.Content measure(SnapshotRecord record, List<SnapshotRecord> chain) throws IOException {
    try (Fd root = root(record)) {
      LayerUsage usage = LayerUsage.of(root);
      return new LayerTarget.Content(usage.sizeBytes(), usage.inodes());
    }
  }

  public InputStream diff(SnapshotRecord record, List<SnapshotRecord> chain) throws IOException {
    FileStatus base = null;
    if (!chain.isEmpty()) {
      try (Fd parent = root(chain.getFirst())) {
        base = Fs.fstat(parent);
      }
    }
    Fd root = root(record);
    try {
      return new LayerDiff(root, base, format);
    } catch (IOException | RuntimeException e) {
      root.close();
      throw e;
    }
  }

  public List<Change> changes(SnapshotRecord record, List<SnapshotRecord> chain) throws IOException {
    try (Fd root = root(record);
        LowerLayers below = below(chain)) {
      return LayerChanges.of(root, below, format);
    }
  }

  /** The layers of a chain, opened. */
  protected final LowerLayers below(List<SnapshotRecord> chain) throws IOException {
    return LowerLayers.open(chain, this::root, format);
  }

  /** The root directory of a writable root looks as the parent's does: it is what is seen. */
  protected final void describe(Fd root, List<SnapshotRecord> chain) throws IOException {
    AccessLists.drop(root);
    if (chain.isEmpty()) {
      Fs.fchown(root, Processes.geteuid(), Processes.getegid());
      Fs.fchmod(root, 0755);
      return;
    }
    try (Fd parent = root(chain.getFirst())) {
      FileStatus status = Fs.fstat(parent);
      Fs.fchown(root, status.uid(), status.gid());
      Fs.fchmod(root, status.permissions());
      FileCopy.xattrs(parent, root, format);
      Fs.futimens(root, status.atime(), status.mtime());
    }
  }

  /** A directory that was staged. */
  protected final Fd staged(String name) throws ErrnoException {
    return Fs.openat(catalogue.own(), name, DIRECTORY);
  }

  public abstract List<StatusLine> status() throws IOException;

  /** The last call has ended. */
  @Override
  public void close() {}
}
