package dev.proa.namespace;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FolderCopy;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.namespace.plan.CopyUps;
import dev.proa.spi.ProaException;
import org.jspecify.annotations.Nullable;

/** Fills new file systems of a plan that waits for it, see {@link CopyUps}. */
final class CopyUpWork implements AutoCloseable {
  private @Nullable Fd source;

  /** @param pid of the process whose plan waits */
  void go(int pid, CopyUps.Wanted wanted) {
    try {
      Fd here = Fs.openat(Fd.cwd(), "/proc/" + pid + "/cwd", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY);
      if (!wanted.into()) {
        close();
        source = here;
        return;
      }
      try (here) {
        FolderCopy.copy(java.util.Objects.requireNonNull(source, "nothing to copy from"), here);
      }
    } catch (ErrnoException e) {
      throw ProaException.invalid("mount " + wanted.path() + ": what lies there cannot be copied: " + e.getMessage());
    }
  }

  @Override
  public void close() {
    if (source != null) {
      source.close();
      source = null;
    }
  }
}
