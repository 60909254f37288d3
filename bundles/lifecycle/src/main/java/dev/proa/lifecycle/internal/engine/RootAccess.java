package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.containers.ContainerState;
import dev.proa.lifecycle.containers.Containers.WaitCondition;
import dev.proa.lifecycle.containers.FileArchive;
import dev.proa.lifecycle.containers.PathStat;
import dev.proa.lifecycle.internal.files.ContainerFiles;
import dev.proa.lifecycle.internal.files.ContainerFiles.ExtractOptions;
import dev.proa.lifecycle.internal.files.ContainerRoot;
import dev.proa.lifecycle.internal.run.NetworkFiles;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.MountRow;
import dev.proa.lifecycle.internal.state.Status;
import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.Mount;
import dev.proa.spi.ProaException;
import dev.proa.spi.storage.StorageDriver;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who may look into which container's root, and when: {@code docker cp} and {@code docker export}. */
final class RootAccess {
  private static final Logger LOG = LoggerFactory.getLogger(RootAccess.class);

  private static final int END_SECONDS = 10;

  private final Engine engine;

  RootAccess(Engine engine) {
    this.engine = engine;
  }

  PathStat stat(Container container, String ref, String path) {
    return orOnceOver(container, () -> statNow(container, ref, path));
  }

  private PathStat statNow(Container container, String ref, String path) {
    container.lock.lock();
    try (ContainerRoot root = open(container.row(), true)) {
      return ContainerFiles.stat(root, path);
    } catch (IOException e) {
      throw failure(ref, path, e);
    } finally {
      container.lock.unlock();
    }
  }

  FileArchive archive(Container container, String ref, String path) {
    return orOnceOver(
        container,
        () ->
            held(
                container,
                () -> {
                  try {
                    FileArchive archive = ContainerFiles.archive(open(container.row(), true), path);
                    engine.publish(container.row(), "archive-path", Map.of());
                    return archive;
                  } catch (IOException e) {
                    throw failure(ref, path, e);
                  }
                }));
  }

  FileArchive export(Container container) {
    return orOnceOver(
        container,
        () ->
            held(
                container,
                () -> {
                  FileArchive archive = ContainerFiles.export(open(container.row(), false));
                  engine.publish(container.row(), "export", Map.of());
                  return archive;
                }));
  }

  void extract(Container container, String ref, String path, ExtractOptions options, InputStream tar) {
    orOnceOver(
        container,
        () -> {
          extractNow(container, ref, path, options, tar); // ending is found out before anything of the stream is read
          return container;
        });
  }

  private void extractNow(Container container, String ref, String path, ExtractOptions options, InputStream tar) {
    container.lock.lock();
    boolean locked = true;
    try (ContainerRoot root = open(container.row(), true)) {
      if (container.row().state().status().hasProcess()) {
        container.lock.unlock();
        locked = false;
      }
      ContainerFiles.extract(root, path, options, tar);
      engine.publish(container.row(), "extract-to-dir", Map.of());
    } catch (IOException e) {
      throw failure(ref, path, e);
    } finally {
      if (locked) {
        container.lock.unlock();
      }
    }
  }

  /** The process was found to be ending: it can be looked into neither as a running container nor, yet, as a stopped one. */
  private static final class Ending extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Ending(Throwable cause) {
      super(cause);
    }
  }

  private static <T> T orOnceOver(Container container, Supplier<T> look) {
    try {
      return look.get();
    } catch (Ending e) {
      awaitEnd(container);
    }
    try {
      return look.get();
    } catch (Ending e) {
      throw ProaException.conflict("container " + container.id() + " is ending and cannot be looked into: try again (" + e.getCause().getMessage() + ")");
    }
  }

  private static void awaitEnd(Container container) {
    CompletableFuture<?> end;
    container.lock.lock();
    try {
      end = container.row().state().status().hasProcess() ? container.await(WaitCondition.NOT_RUNNING) : CompletableFuture.completedFuture(container);
    } finally {
      container.lock.unlock();
    }
    try {
      end.get(END_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("{}: its end is not known yet", container.id());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      end.cancel(false);
    }
  }

  private interface Opening {
    FileArchive open();
  }

  /** An overlay must not be mounted twice: a container that does not run is kept from it until the archive is closed. */
  private static FileArchive held(Container container, Opening opening) {
    container.lock.lock();
    FileArchive archive = null;
    boolean keep = false;
    try {
      archive = opening.open();
      keep = !container.row().state().status().hasProcess();
    } finally {
      if (!keep) {
        container.lock.unlock();
      }
    }
    return keep ? new Held(container, archive) : archive;
  }

  private record Held(Container container, FileArchive archive) implements FileArchive {
    @Override
    public @Nullable PathStat stat() {
      return archive.stat();
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
      archive.writeTo(out);
    }

    @Override
    public void close() {
      archive.close();
      container.lock.unlock();
    }
  }

  private static ProaException failure(String ref, String path, IOException e) {
    return switch (e instanceof ErrnoException failed ? failed.errno() : Errno.UNKNOWN) {
      case ENOENT -> ProaException.notFound("Could not find the file " + path + " in container " + ref);
      case ENOTDIR -> ProaException.invalid("lstat " + path + ": not a directory");
      case ELOOP -> ProaException.invalid("lstat " + path + ": too many levels of symbolic links");
      case ENAMETOOLONG -> ProaException.invalid("lstat " + path + ": file name too long");
      default -> Trees.failure("cannot copy " + path + " of container " + ref, e);
    };
  }

  /** The lock is held. A running container's root is looked at from inside. */
  private ContainerRoot open(ContainerRow row, boolean volumes) {
    Status status = row.state().status();
    if (status == Status.REMOVING || status == Status.DEAD) {
      throw ProaException.conflict("can't copy to or from a container which is dead or marked for removal: " + row.id());
    }
    if (status.hasProcess()) {
      return running(row);
    }
    List<Mount> rootfs = engine.drivers.use(StorageDriver.class, row.storageDriver(), driver -> driver.mounts(row.id()));
    if (row.state().startedAt().equals(ContainerState.NEVER)) {
      furnish(rootfs);
    }
    return stopped(row, rootfs, volumes);
  }

  private ContainerRoot running(ContainerRow row) {
    ContainerRoot root;
    try {
      root = ContainerRoot.running(engine.isolation(row, backend -> backend.root(row.id())));
    } catch (ProaException e) {
      // A zombie is still listed, and has no root any more.
      throw e.is(ErrorClass.CONFLICT) || !isUp(row) ? new Ending(e) : e;
    }
    // The number may have gone to somebody else before the root was opened, but not back again.
    if (isUp(row)) {
      return root;
    }
    root.close();
    throw new Ending(ProaException.conflict("process " + row.state().pid() + " is gone"));
  }

  private boolean isUp(ContainerRow row) {
    try {
      return engine.isolation(row, backend -> backend.pids(row.id())).contains(row.state().pid());
    } catch (ProaException e) {
      LOG.debug("{}: {}", row.id(), e.getMessage());
      return false;
    }
  }

  /** Docker's containers have these files from their creation on. Not into volumes that lie over their places. */
  private void furnish(List<Mount> rootfs) {
    try (ContainerRoot root = ContainerRoot.stopped(rootfs, List.of(), place())) {
      root.furnish(NetworkFiles.ALL, NetworkFiles.LINKS);
    } catch (IOException | RuntimeException e) {
      // An image may have something else at their places, which a start will tell.
      LOG.debug("the engine's files are not made: {}", e.getMessage());
    }
  }

  private ContainerRoot stopped(ContainerRow row, List<Mount> rootfs, boolean volumes) {
    if (!volumes || row.mounts().stream().allMatch(mount -> mount.type() == MountRow.Type.TMPFS)) {
      return ContainerRoot.stopped(rootfs, List.of(), place());
    }
    try {
      List<MountRow> mounts;
      try (LazyRoot root = new LazyRoot(rootfs)) {
        mounts = RunMounts.ready(engine, row, row.state().startedAt().equals(ContainerState.NEVER), root);
      }
      return ContainerRoot.stopped(rootfs, mounts, place());
    } finally {
      // The view has its own mounts of them.
      engine.unmount(row);
    }
  }

  private Path place() {
    return engine.settings.execRoot().resolve("root");
  }
}
