package dev.proa.lifecycle.internal.run;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.ProaException;
import org.jspecify.annotations.Nullable;

/** Folders below a root that somebody else fills: every step is resolved by the kernel inside that root. */
public final class RootPaths {
  private static final int FOLDER = Fcntl.O_PATH | Fcntl.O_DIRECTORY;

  private RootPaths() {}

  /** The folder, or null if there is none. The caller closes it. */
  public static @Nullable Fd openFolder(Fd root, String path, int flags) {
    try {
      return Fs.openInRoot(root, path, flags | Fcntl.O_DIRECTORY, 0);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR || e.errno() == Errno.ELOOP) {
        return null;
      }
      throw ProaException.internal("cannot open " + path + " of the container: " + e.getMessage(), e);
    }
  }

  public static boolean isFolder(Fd root, String path) {
    try (Fd folder = openFolder(root, path, FOLDER)) {
      return folder != null;
    }
  }

  /** Makes a folder and its parents, owned by root, mode 0755. */
  public static void makeFolders(Fd root, String path) {
    try {
      StringBuilder prefix = new StringBuilder();
      Fd parent = Fs.openInRoot(root, ".", FOLDER, 0);
      try {
        for (String name : path.split("/")) {
          if (name.isEmpty()) {
            continue;
          }
          prefix.append('/').append(name);
          Fd folder = openFolder(root, prefix.toString(), FOLDER);
          if (folder == null) {
            Fs.mkdirat(parent, name, 0755);
            folder = Fs.openInRoot(root, prefix.toString(), FOLDER, 0);
          }
          parent.close();
          parent = folder;
        }
      } finally {
        parent.close();
      }
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EEXIST || e.errno() == Errno.ENOTDIR) {
        throw ProaException.invalid("Cannot mkdir: " + path + " is not a directory");
      }
      throw ProaException.internal("cannot make the working directory " + path + ": " + e.getMessage(), e);
    }
  }
}
