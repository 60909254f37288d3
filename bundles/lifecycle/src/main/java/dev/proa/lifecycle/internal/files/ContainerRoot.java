package dev.proa.lifecycle.internal.files;

import dev.proa.lifecycle.internal.run.RootPaths;
import dev.proa.lifecycle.internal.run.Rootfs;
import dev.proa.lifecycle.internal.state.MountRow;
import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Mounts;
import dev.proa.linux.Processes;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Sched;
import dev.proa.linux.abi.Stat;
import dev.proa.spi.Mount;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * A container's whole tree for the engine's own hands, volumes included. Of a running container it is what its first process sees. Of one that
 * does not run it is the storage driver's mount, with the container's volumes mounted into it in a mount namespace that nobody is in: nothing
 * shows up in the host's, and all of it is gone with the last descriptor.
 */
public final class ContainerRoot implements AutoCloseable {
  private static final int PLACE = Fcntl.O_PATH | Fcntl.O_DIRECTORY;

  private final Fd root;
  private final @Nullable Fd namespace;
  private final String prefix;

  private ContainerRoot(Fd root, @Nullable Fd namespace) throws IOException {
    this.root = root;
    this.namespace = namespace;
    String place = Files.readSymbolicLink(Path.of("/proc/self/fd/" + root.raw())).toString();
    this.prefix = place.equals("/") ? "" : place;
  }

  /** Of a running container; the caller makes sure afterwards that it was the container's. */
  public static ContainerRoot running(String path) {
    try {
      return new ContainerRoot(Fs.open(path, PLACE), null);
    } catch (IOException e) {
      throw ProaException.conflict("cannot look into the container: " + e.getMessage());
    }
  }

  /**
   * Of a container that does not run, and is kept from being started meanwhile.
   *
   * @param rootfs the storage driver's mounts
   * @param mounts binds and volumes with sources that exist; others are passed over
   * @param place an empty folder to mount at, in the namespace that nobody sees
   */
  public static ContainerRoot stopped(List<Mount> rootfs, List<MountRow> mounts, Path place) {
    List<MountRow> sources =
        mounts.stream()
            .filter(mount -> mount.type() != MountRow.Type.TMPFS)
            .sorted(Comparator.comparingLong(mount -> mount.destination().chars().filter(c -> c == '/').count()))
            .toList();
    try {
      return sources.isEmpty() ? new ContainerRoot(Rootfs.open(rootfs), null) : inNamespace(rootfs, sources, place);
    } catch (IOException e) {
      throw ProaException.internal("cannot look into the container: " + e.getMessage(), e);
    }
  }

  /** A mount namespace belongs to a thread: one of its own makes it and ends, and a descriptor keeps it. */
  private static ContainerRoot inNamespace(List<Mount> rootfs, List<MountRow> sources, Path place) throws IOException {
    Files.createDirectories(place);
    FutureTask<ContainerRoot> task = new FutureTask<>(() -> mountAll(rootfs, sources, place));
    Thread.ofPlatform().name("container-root").daemon().start(task);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          // The thread makes a few calls and no more; what it opened must have an owner.
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException failure -> throw failure;
        case RuntimeException failure -> throw failure;
        case null, default -> throw ProaException.internal("cannot look into the container: " + e.getMessage(), e);
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static ContainerRoot mountAll(List<Mount> rootfs, List<MountRow> sources, Path place) throws IOException {
    Processes.unshare(Sched.CLONE_NEWNS);
    Mounts.mount(null, "/", null, dev.proa.linux.abi.Mount.MS_REC | dev.proa.linux.abi.Mount.MS_PRIVATE, null);
    Fd root = Rootfs.detached(rootfs);
    Fd namespace = null;
    try {
      Mounts.moveMount(root, "", Fd.cwd(), place.toString(), dev.proa.linux.abi.Mount.MOVE_MOUNT_F_EMPTY_PATH);
      for (MountRow source : sources) {
        attach(root, source);
      }
      namespace = Fs.open("/proc/thread-self/ns/mnt", Fcntl.O_RDONLY);
      return new ContainerRoot(root, namespace);
    } catch (IOException | RuntimeException e) {
      root.close();
      if (namespace != null) {
        namespace.close();
      }
      throw e;
    }
  }

  private static void attach(Fd root, MountRow mount) throws IOException {
    int clone = dev.proa.linux.abi.Mount.OPEN_TREE_CLONE | (mount.recursive() ? Fcntl.AT_RECURSIVE : 0);
    try (Fd source = Mounts.openTree(Fd.cwd(), mount.source(), clone)) {
      if (!mount.readWrite()) {
        int flags = Fcntl.AT_EMPTY_PATH | Fcntl.AT_RECURSIVE;
        Mounts.mountSetattr(source, "", flags, dev.proa.linux.abi.Mount.MOUNT_ATTR_RDONLY, 0, 0, null);
      }
      try (Fd target = target(root, mount.destination(), Fs.fstat(source).isDirectory())) {
        int flags = dev.proa.linux.abi.Mount.MOVE_MOUNT_F_EMPTY_PATH | dev.proa.linux.abi.Mount.MOVE_MOUNT_T_EMPTY_PATH;
        Mounts.moveMount(source, "", target, "", flags);
      }
    }
  }

  /** Makes empty files and links where nothing is, as a start would. */
  public void furnish(List<String> files, Map<String, String> links) throws IOException {
    for (String file : files) {
      target(root, file, false).close();
    }
    for (Map.Entry<String, String> link : links.entrySet()) {
      ClientPath path = ClientPath.of(link.getKey());
      RootPaths.makeFolders(root, path.parent());
      try (Fd parent = Fs.openInRoot(root, path.parent(), PLACE, 0)) {
        Fs.symlinkat(link.getValue(), parent, path.base());
      } catch (ErrnoException e) {
        if (e.errno() != Errno.EEXIST) {
          throw e;
        }
      }
    }
  }

  /** Made if it is missing, as a start would. */
  private static Fd target(Fd root, String destination, boolean folder) throws IOException {
    try {
      return Fs.openInRoot(root, destination, Fcntl.O_PATH, 0);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
    if (folder) {
      RootPaths.makeFolders(root, destination);
    } else {
      ClientPath path = ClientPath.of(destination);
      RootPaths.makeFolders(root, path.parent());
      try (Fd parent = Fs.openInRoot(root, path.parent(), PLACE, 0)) {
        Fs.mknodat(parent, path.base(), Stat.S_IFREG | 0644, 0, 0);
      }
    }
    return Fs.openInRoot(root, destination, Fcntl.O_PATH, 0);
  }

  /** The root directory, for calls that resolve inside it. */
  public Fd fd() {
    return root;
  }

  /** Where in the container an open file lies. */
  String pathOf(Fd file) throws IOException {
    String path = Files.readSymbolicLink(Path.of("/proc/self/fd/" + file.raw())).toString();
    String inside = path.startsWith(prefix) ? path.substring(prefix.length()) : path;
    return inside.isEmpty() ? "/" : inside;
  }

  @Override
  public void close() {
    root.close();
    if (namespace != null) {
      namespace.close();
    }
  }
}
