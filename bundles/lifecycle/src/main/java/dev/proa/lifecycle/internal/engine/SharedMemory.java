package dev.proa.lifecycle.internal.engine;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Mounts;
import dev.proa.linux.abi.Mount;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /dev/shm} of containers that let others into their IPC namespace: a tmpfs below the exec root, because a mount can be bound into
 * another container only from a mount namespace that both can see. All other containers have one that nobody sees.
 */
final class SharedMemory {
  private static final Logger LOG = LoggerFactory.getLogger(SharedMemory.class);
  private static final long FLAGS = Mount.MS_NOSUID | Mount.MS_NODEV | Mount.MS_NOEXEC;

  private final Path root;

  SharedMemory(Path execRoot) {
    this.root = execRoot.resolve("shm");
  }

  Path of(String id) {
    return root.resolve(id);
  }

  /** A fresh one. */
  void make(String id, long bytes) {
    remove(id);
    try {
      Path folder = Files.createDirectories(of(id));
      Mounts.mount("shm", folder.toString(), "tmpfs", FLAGS, "mode=1777,size=" + bytes);
    } catch (IOException e) {
      throw ProaException.internal("cannot make shared memory for container " + id + ": " + e.getMessage(), e);
    }
  }

  /** Idempotent. Those who still have it keep it. */
  void remove(String id) {
    Path folder = of(id);
    if (!Files.isDirectory(folder)) {
      return;
    }
    try {
      Mounts.umount2(folder.toString(), Mount.MNT_DETACH | Mount.UMOUNT_NOFOLLOW);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EINVAL) {
        LOG.warn("shared memory of {} stays mounted: {}", id, e.getMessage());
        return;
      }
      // It is no mount: the daemon ended between the two steps.
    }
    Trees.deleteQuietly(folder);
  }

  void sweep(Predicate<String> owned) {
    if (!Files.isDirectory(root)) {
      return;
    }
    try (var folders = Files.newDirectoryStream(root)) {
      for (Path folder : folders) {
        String id = folder.getFileName().toString();
        if (!owned.test(id)) {
          remove(id);
        }
      }
    } catch (IOException e) {
      LOG.warn("{}: {}", root, e.getMessage());
    }
  }
}
