package dev.proa.builder.internal.context;

import dev.proa.builder.internal.context.FileTree.Entry;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Timestamp;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Stat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;

/** Copies a tree of a stage or an image into a folder of the engine's, to be mounted: owners, modes, times and links are kept, devices left out. */
public final class TreeCopy {
  private static final int BLOCK = 128 << 10;

  private TreeCopy() {}

  /**
   * @param parent a folder that only the engine writes to
   * @param name of what is made in it: a folder, or a file
   */
  public static void copy(FileTree tree, Entry source, Path parent, String name) throws IOException {
    try (Fd folder = Fs.open(parent.toString(), Fcntl.O_PATH | Fcntl.O_DIRECTORY)) {
      copy(tree, source, folder, name);
    }
  }

  private static void copy(FileTree tree, Entry source, Fd parent, String name) throws IOException {
    FileStatus status = source.status();
    switch (status.type()) {
      case Stat.S_IFDIR -> {
        Fs.mkdirat(parent, name, 0700);
        try (Fd folder = Fs.openat(parent, name, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW)) {
          for (Entry child : tree.children(source)) {
            copy(tree, child, folder, child.name());
          }
        }
      }
      case Stat.S_IFREG -> {
        try (InputStream in = tree.read(source);
            Fd file = Fs.openat(parent, name, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW, 0600)) {
          byte[] block = new byte[BLOCK];
          for (int n = in.read(block); n >= 0; n = in.read(block)) {
            Io.writeFully(file, n == block.length ? block : Arrays.copyOf(block, n));
          }
        }
      }
      case Stat.S_IFLNK -> Fs.symlinkat(tree.link(source), parent, name);
      default -> {
        return;
      }
    }
    Fs.fchownat(parent, name, status.uid(), status.gid(), Fcntl.AT_SYMLINK_NOFOLLOW);
    if (status.type() != Stat.S_IFLNK) {
      Fs.fchmodat(parent, name, status.permissions());
    }
    Timestamp modified = status.mtime();
    Fs.utimensat(parent, name, modified, modified, Fcntl.AT_SYMLINK_NOFOLLOW);
  }
}
