package dev.proa.spi.storage;

import dev.proa.spi.DriverContext;
import dev.proa.spi.Mount;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Keeps layers and container roots. A <em>layer</em> is committed and immutable and is named by its chain id (image-spec config.md "Layer
 * ChainID"); an <em>active</em> snapshot is a container's writable root on a layer, a <em>view</em> a read-only one. Active snapshots and
 * views are named by a key that the engine gives. Layers, active snapshots and views share one name space; only a layer is a parent.
 *
 * <p>An image comes in layer by layer: {@code apply(chain1, null, tar)}, {@code apply(chain2, chain1, tar)}; a container's root is
 * {@code prepare(containerId, chain2)}, gone again with {@code remove(containerId)}. A driver returns {@linkplain Mount mounts} and never
 * mounts into a container. It removes what it is told to remove and decides nothing by itself.
 *
 * <p>What a driver needs to find its things again lies in its state folder, never only in memory: {@code open} over a used folder sees
 * everything that was there. A kill at any moment leaves a snapshot either whole or unseen, and {@code open} collects the rest. Methods
 * may be called from many threads.
 *
 * <p>Errors: {@code NOT_FOUND} (key or parent), {@code ALREADY_EXISTS} (key), {@code FAILED_PRECONDITION} (parent is no layer; has
 * children), {@code INVALID_ARGUMENT} (a hostile or broken layer, with the entry named), {@code RESOURCE_EXHAUSTED} (disk full).
 */
@ConsumerType
public interface StorageDriver extends AutoCloseable {

  /**
   * Called once, before anything else.
   *
   * @throws dev.proa.spi.ProaException {@code FAILED_PRECONDITION} with the reason if this host cannot have this driver (it is then
   *     <em>skipped</em>, not failed)
   */
  void open(DriverContext context);

  /** Idempotent. Snapshots stay. */
  @Override
  void close();

  /**
   * Unpacks an uncompressed layer (image-spec layer.md) on a parent and commits it. Nothing is kept of a stream that fails, and nothing
   * outside the layer's root is touched, whatever the names and links in it say.
   *
   * @param parent chain id of the layer below, null for a first one
   * @param tar the uncompressed stream, read to its end; not closed
   * @throws IOException what the stream threw
   */
  SnapshotInfo apply(String chainId, @Nullable String parent, InputStream tar) throws IOException;

  /** A new writable root on a layer, or on nothing. The same key twice fails. */
  List<Mount> prepare(String key, @Nullable String parent);

  /** A new read-only root on a layer. */
  List<Mount> view(String key, @Nullable String parent);

  /** The mounts of an active snapshot or a view again, as {@link #prepare} or {@link #view} returned them. */
  List<Mount> mounts(String key);

  /** Makes a layer of an active snapshot, which is then gone. */
  SnapshotInfo commit(String chainId, String key);

  /**
   * The difference of a layer or active snapshot to its parent as a layer's tar stream (whiteouts and all), entries in name order. The
   * caller closes the stream.
   */
  InputStream diff(String key) throws IOException;

  /** Paths below the root that differ from the parent. */
  List<Change> changes(String key);

  /** What the snapshot itself uses, without its parents. */
  Usage usage(String key);

  SnapshotInfo stat(String key);

  /** {@code FAILED_PRECONDITION} if it has children. */
  void remove(String key);

  void walk(Consumer<SnapshotInfo> visitor);

  /** Lines for {@code docker info}: name and value, such as {@code Backing Filesystem}, {@code extfs}. */
  List<StatusLine> status();

  record SnapshotInfo(String key, Kind kind, @Nullable String parent) {}

  enum Kind {
    LAYER,
    ACTIVE,
    VIEW
  }

  record Usage(long sizeBytes, long inodes) {}

  /** @param path absolute below the root */
  record Change(String path, ChangeKind kind) {}

  enum ChangeKind {
    MODIFIED,
    ADDED,
    DELETED
  }

  record StatusLine(String name, String value) {}
}
