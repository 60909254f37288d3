package dev.proa.microvm;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.vmm.control.VmConfiguration.SnapshotFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Guests that have come up and have seen nothing of any container yet, one for each machine that is the same in all that a guest's kernel has seen of it.
 * They are caches: lost with the run folder, and made again by whoever boots such a machine next. A folder each; it is there with both files, or not at all.
 */
final class Snapshots {
  private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);

  /** Each holds some tens of MiB in memory, as the run folder is a tmpfs. */
  private static final int MOST = 4;

  private static final String MEMORY = "memory";
  private static final String STATE = "state";
  private static final String UNFINISHED = "new-";

  private final Path folder;
  private final Set<String> taking = ConcurrentHashMap.newKeySet();

  Snapshots(Path folder) {
    this.folder = folder;
  }

  /** The name for a machine: its parts, the host's kernel and processor, and what runs it. */
  static String key(List<String> parts) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String part : parts) {
        digest.update((part + '\0').getBytes(StandardCharsets.UTF_8));
      }
      digest.update(Files.readAllBytes(Path.of("/proc/version")));
      for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
        // Of the first processor; what changes from one moment to the next is no part of it.
        if (line.isBlank()) {
          break;
        }
        if (line.startsWith("model name") || line.startsWith("flags") || line.startsWith("microcode") || line.startsWith("stepping")) {
          digest.update(line.getBytes(StandardCharsets.UTF_8));
        }
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 12);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Owned by the caller; null without one. */
  @Nullable SnapshotFiles open(String key) throws IOException {
    Fd memory;
    try {
      memory = Fs.open(folder.resolve(key).resolve(MEMORY).toString(), Fcntl.O_RDONLY);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT) {
        return null;
      }
      throw e;
    }
    try {
      return new SnapshotFiles(memory, Fs.open(folder.resolve(key).resolve(STATE).toString(), Fcntl.O_RDONLY));
    } catch (IOException | RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  /** Writes one. */
  @FunctionalInterface
  interface Writer {
    void write(SnapshotFiles files) throws IOException;
  }

  /** Takes one, unless it is there or is being taken. A failure is told and costs nothing but the time. */
  void take(String key, Writer writer) {
    if (!taking.add(key)) {
      return;
    }
    try {
      if (!Files.exists(folder.resolve(key))) {
        Files.createDirectories(folder);
        makeRoom();
        Path part = Files.createTempDirectory(folder, UNFINISHED);
        try (Fd memory = create(part.resolve(MEMORY));
            Fd state = create(part.resolve(STATE))) {
          writer.write(new SnapshotFiles(memory, state));
          Files.move(part, folder.resolve(key), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | RuntimeException e) {
          delete(part);
          throw e;
        }
      }
    } catch (IOException e) {
      LOG.warn("no snapshot of a guest could be taken, so each boots: {}", e.getMessage());
    } finally {
      taking.remove(key);
    }
  }

  private static Fd create(Path file) throws IOException {
    return Fs.openat(Fd.cwd(), file.toString(), Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_EXCL, 0600);
  }

  /** After one that could not be used: the next start boots. */
  void discard(String key) {
    try {
      delete(folder.resolve(key));
    } catch (IOException e) {
      LOG.warn("{} cannot be removed: {}", folder.resolve(key), e.getMessage());
    }
  }

  /** The oldest go; who runs from one keeps its open file. */
  private void makeRoom() throws IOException {
    List<Path> all;
    try (Stream<Path> found = Files.list(folder)) {
      all = found.filter(each -> !each.getFileName().toString().startsWith(UNFINISHED)).sorted(Comparator.comparing(each -> each.toFile().lastModified())).toList();
    }
    for (Path oldest : all.subList(0, Math.max(0, all.size() - MOST + 1))) {
      delete(oldest);
    }
  }

  private static void delete(Path snapshot) throws IOException {
    Files.deleteIfExists(snapshot.resolve(MEMORY));
    Files.deleteIfExists(snapshot.resolve(STATE));
    Files.deleteIfExists(snapshot);
  }
}
