package dev.proa.builder.internal.context;

import dev.proa.linux.DirectoryEntry;
import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A folder for the length of a build; what a killed daemon left is removed by the next. */
public final class ScratchFolder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ScratchFolder.class);

  private final Path path;

  private ScratchFolder(Path path) {
    this.path = path;
  }

  public static ScratchFolder make(Path parent) {
    Path path = parent.resolve(UUID.randomUUID().toString());
    try {
      Files.createDirectories(path);
    } catch (IOException e) {
      throw ProaException.internal("cannot make a folder for the build: " + e.getMessage(), e);
    }
    return new ScratchFolder(path);
  }

  public Path path() {
    return path;
  }

  @Override
  public void close() {
    removeTree(path);
  }

  /** Removes a folder with all that is in it; links in it are not followed. What cannot be removed is logged. */
  public static void removeTree(Path folder) {
    try (Fd parent = Fs.open(String.valueOf(folder.getParent()), Fcntl.O_PATH | Fcntl.O_DIRECTORY)) {
      remove(parent, folder.getFileName().toString());
    } catch (ErrnoException e) {
      if (e.errno() != Errno.ENOENT) {
        LOG.warn("{} is not removed: {}", folder, e.getMessage());
      }
    }
  }

  private static void remove(Fd parent, String name) throws ErrnoException {
    FileStatus status = Fs.statxIfExists(parent, name, Fcntl.AT_SYMLINK_NOFOLLOW);
    if (status == null) {
      return;
    }
    if (!status.isDirectory()) {
      Fs.unlinkat(parent, name, 0);
      return;
    }
    try (Fd folder = Fs.openat(parent, name, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW)) {
      for (DirectoryEntry entry : Fs.getdents(folder)) {
        remove(folder, entry.name());
      }
    }
    Fs.unlinkat(parent, name, Fcntl.AT_REMOVEDIR);
  }
}
