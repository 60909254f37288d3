package dev.proa.storage.layers;

import dev.proa.spi.storage.StorageDriver.Kind;
import dev.proa.spi.storage.StorageDriver.SnapshotInfo;
import org.jspecify.annotations.Nullable;

/**
 * What the catalogue keeps of a snapshot.
 *
 * @param id the short name of its folders
 * @param sizeBytes of a layer, −1 for what still changes
 */
public record SnapshotRecord(String key, Kind kind, String id, long sizeBytes, long inodes, @Nullable String parent) {

  SnapshotInfo info() {
    return new SnapshotInfo(key, kind, parent);
  }
}
