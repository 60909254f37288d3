package dev.proa.builder.internal.run;

import dev.proa.builder.internal.context.Hash;
import dev.proa.builder.internal.context.ScratchFolder;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The folders behind {@code RUN --mount=type=cache}: they outlive builds, are shared by all of them, and go when the build cache is pruned. */
public final class CacheMounts {
  /** Holds what a folder is for, in words, beside it. */
  private static final String DESCRIPTION = ".description";

  private static final int DEFAULT_MODE = 0755;

  private final Path root;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition freed = lock.newCondition();
  /** How many commands use a folder; −1: one has it for itself. */
  private final Map<String, Integer> users = new HashMap<>();

  public CacheMounts(Path root) {
    this.root = root;
  }

  /** Fills a new folder. */
  @FunctionalInterface
  public interface Filling {
    void into(Path parent, String name) throws IOException;
  }

  /** A folder in use. */
  public final class Lease implements AutoCloseable {
    private final String name;
    private final boolean alone;

    private Lease(String name, boolean alone) {
      this.name = name;
      this.alone = alone;
    }

    public Path path() {
      return root.resolve(name).resolve("data");
    }

    @Override
    public void close() {
      lock.lock();
      try {
        users.computeIfPresent(name, (key, count) -> alone || count == 1 ? null : count - 1);
        freed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * The folder of a mount; waits for a locked one.
   *
   * @param id of the cache
   * @param filling null for an empty folder
   */
  public Lease use(String id, RunMount mount, @Nullable Filling filling) throws InterruptedException {
    String name = new Hash().add("cache").add(id).hex().substring(0, 32);
    Lease lease =
        switch (mount.sharing()) {
          case "locked" -> alone(name);
          case "private" -> ownCopy(name);
          default -> shared(name);
        };
    try {
      make(lease, id, mount, filling);
      return lease;
    } catch (IOException e) {
      lease.close();
      throw ProaException.internal("cannot make the cache " + id + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      lease.close();
      throw e;
    }
  }

  /** A folder of root's own; a fresh one if somebody has the one of that id. */
  public Lease use(String id) throws InterruptedException {
    return use(id, RunMount.parse("type=cache,target=/context,sharing=private"), null);
  }

  private Lease shared(String name) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (users.getOrDefault(name, 0) < 0) {
        freed.await();
      }
      users.merge(name, 1, Integer::sum);
      return new Lease(name, false);
    } finally {
      lock.unlock();
    }
  }

  private Lease alone(String name) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (users.containsKey(name)) {
        freed.await();
      }
      users.put(name, -1);
      return new Lease(name, true);
    } finally {
      lock.unlock();
    }
  }

  private Lease ownCopy(String name) {
    lock.lock();
    try {
      for (int i = 0; ; i++) {
        String copy = i == 0 ? name : name + "-" + i;
        if (users.putIfAbsent(copy, -1) == null) {
          return new Lease(copy, true);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private void make(Lease lease, String id, RunMount mount, @Nullable Filling filling) throws IOException {
    Path folder = root.resolve(lease.name);
    lock.lock();
    try {
      if (Files.isDirectory(lease.path())) {
        Files.setLastModifiedTime(folder, FileTime.from(Instant.now()));
        return;
      }
      ScratchFolder.removeTree(folder);
      Files.createDirectories(folder);
      Files.writeString(folder.resolve(DESCRIPTION), id);
      if (filling == null) {
        Files.createDirectory(lease.path());
      } else {
        filling.into(folder, "data");
      }
      try (Fd place = Fs.open(folder.toString(), Fcntl.O_PATH | Fcntl.O_DIRECTORY)) {
        Fs.fchownat(place, "data", mount.uid(), mount.gid(), Fcntl.AT_SYMLINK_NOFOLLOW);
        Fs.fchmodat(place, "data", mount.mode() == null ? DEFAULT_MODE : mount.mode());
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * A folder that is kept.
   *
   * @param lastUsed when a command last began to use it
   */
  public record Kept(String name, String id, long sizeBytes, Instant created, Instant lastUsed, boolean inUse) {}

  public List<Kept> kept() {
    List<Kept> kept = new ArrayList<>();
    if (!Files.isDirectory(root)) {
      return kept;
    }
    try (Stream<Path> folders = Files.list(root)) {
      for (Path folder : folders.sorted().toList()) {
        String name = folder.getFileName().toString();
        Path description = folder.resolve(DESCRIPTION);
        String id = Files.exists(description) ? Files.readString(description) : "";
        Instant created = Files.exists(description) ? Files.getLastModifiedTime(description).toInstant() : Instant.EPOCH;
        kept.add(new Kept(name, id, size(folder), created, Files.getLastModifiedTime(folder).toInstant(), inUse(name)));
      }
    } catch (IOException | UncheckedIOException e) {
      throw ProaException.internal("cannot look through the build caches in " + root + ": " + e.getMessage(), e);
    }
    return kept;
  }

  private boolean inUse(String name) {
    lock.lock();
    try {
      return users.containsKey(name);
    } finally {
      lock.unlock();
    }
  }

  /** Removes a folder unless it is in use; how many bytes it had. */
  public long remove(Kept folder) {
    lock.lock();
    try {
      if (users.containsKey(folder.name())) {
        return 0;
      }
      ScratchFolder.removeTree(root.resolve(folder.name()));
      return folder.sizeBytes();
    } finally {
      lock.unlock();
    }
  }

  /** What commands have written there may change under our hands. */
  private static long size(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.mapToLong(CacheMounts::sizeOf).sum();
    } catch (UncheckedIOException e) {
      return 0;
    }
  }

  private static long sizeOf(Path file) {
    try (Fd parent = Fs.open(String.valueOf(file.getParent()), Fcntl.O_PATH | Fcntl.O_DIRECTORY)) {
      var status = Fs.statxIfExists(parent, file.getFileName().toString(), Fcntl.AT_SYMLINK_NOFOLLOW);
      return status == null || !status.isRegularFile() ? 0 : status.blocks() * 512;
    } catch (ErrnoException e) {
      return 0;
    }
  }
}
