package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.logs.ContainerLog;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.MountRow;
import dev.proa.lifecycle.internal.state.Status;
import dev.proa.linux.FaultPoints;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.storage.StorageDriver;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes containers that have no process. The transaction comes first: what is left of a container that is not in the store any more, after a
 * kill or a failure, is nobody's and is swept.
 */
final class Removal {
  private static final Logger LOG = LoggerFactory.getLogger(Removal.class);

  private final Engine engine;
  private final ExecTable execs;

  Removal(Engine engine, ExecTable execs) {
    this.engine = engine;
    this.execs = execs;
  }

  /** Removes it and its anonymous volumes, as {@code --rm} does. The lock is held. */
  void removeEnded(Container container) {
    try {
      remove(container, true);
    } catch (RuntimeException e) {
      LOG.error("{} cannot be removed: {}", container.id(), e.getMessage());
      container.removed(container.row().state().exitCode(), e.getMessage());
    }
  }

  /** The lock is held and there is no process. */
  void remove(Container container, boolean volumes) {
    ContainerRow row = container.row();
    if (row.state().status() == Status.REMOVING) {
      throw ProaException.conflict("removal of container " + row.name() + " is already in progress");
    }
    if (volumes && row.mounts().stream().anyMatch(MountRow::anonymous)) {
      engine.volumes.removeAnonymous(row.id(), row.mounts(), more -> engine.table.delete(container, more));
    } else {
      engine.table.delete(container, transaction -> {});
    }
    FaultPoints.reach("remove.row-deleted");
    container.row(row.with(row.state().with(Status.REMOVING)));
    container.streams.abandon();
    container.streams.close();
    execs.containerRemoved(container);
    ContainerLog log = container.log;
    if (log != null) {
      log.removed();
    }
    engine.imageMounts.remove(row);
    removeRoot(row);
    FaultPoints.reach("remove.root-removed");
    Trees.deleteQuietly(engine.runFolder(row.id()));
    Trees.deleteQuietly(engine.folder(row.id()));
    engine.publish(row, "destroy", Map.of());
    container.removed(row.state().exitCode(), null);
    boolean mountedImages = row.mounts().stream().anyMatch(mount -> mount.type() == MountRow.Type.IMAGE);
    if (mountedImages || engine.images.byId(row.imageId()).isEmpty()) {
      engine.images.collect();
    }
  }

  private void removeRoot(ContainerRow row) {
    try {
      engine.drivers.run(StorageDriver.class, row.storageDriver(), driver -> driver.remove(row.id()));
    } catch (ProaException e) {
      if (!e.is(ErrorClass.NOT_FOUND)) {
        LOG.warn("{}: its root is left until the next start: {}", row.id(), e.getMessage());
      }
    }
  }
}
