package dev.proa.lifecycle.internal.files;

import dev.proa.lifecycle.containers.FileArchive;
import dev.proa.lifecycle.containers.PathStat;
import dev.proa.lifecycle.internal.run.UserLookup;
import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Timestamp;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Mount;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code docker cp} and {@code docker export} on an open root. A path that is not there is an {@link ErrnoException} ENOENT. */
public final class ContainerFiles {
  private ContainerFiles() {}

  /**
   * How an archive is to be unpacked.
   *
   * @param noOverwriteDirNonDir a folder never replaces something else, nor the other way round
   * @param user {@code user[:group]} that everything is to belong to; null to take the archive's owners
   * @param readOnlyRoot what is not in a volume must stay as it is
   */
  public record ExtractOptions(boolean noOverwriteDirNonDir, @Nullable String user, boolean readOnlyRoot) {}

  public static PathStat stat(ContainerRoot root, String path) throws IOException {
    ClientPath asked = ClientPath.of(path);
    try (Fd file = open(root, asked)) {
      return stat(root, asked, file);
    }
  }

  private static Fd open(ContainerRoot root, ClientPath path) throws IOException {
    Fd file = Fs.openInRoot(root.fd(), path.text(), Fcntl.O_PATH | Fcntl.O_NOFOLLOW, 0);
    try {
      if (!Fs.fstat(file).isSymbolicLink() && TarTree.isWindow(file)) {
        throw new ErrnoException("openat2", Errno.ENOENT, path.text());
      }
      return file;
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  private static PathStat stat(ContainerRoot root, ClientPath path, Fd file) throws IOException {
    FileStatus status = Fs.fstat(file);
    Timestamp time = status.mtime();
    return new PathStat(
        path.base(),
        status.size(),
        GoFileMode.of(status.mode()),
        Instant.ofEpochSecond(time.seconds(), time.nanos()),
        status.isSymbolicLink() ? linkTarget(root, path, file) : "");
  }

  /** All links followed; of one that leads nowhere only the first step. */
  private static String linkTarget(ContainerRoot root, ClientPath path, Fd link) throws IOException {
    try (Fd target = Fs.openInRoot(root.fd(), path.text(), Fcntl.O_PATH, 0)) {
      return root.pathOf(target);
    } catch (ErrnoException e) {
      String text = Fs.readlinkat(link, "");
      return Path.of(text.startsWith("/") ? text : path.parent() + "/" + text).normalize().toString();
    }
  }

  /**
   * A file or folder of the container under its own name.
   *
   * @param root closed with the archive, and at a failure
   */
  public static FileArchive archive(ContainerRoot root, String path) throws IOException {
    ClientPath asked = ClientPath.of(path);
    PathStat stat;
    boolean folder;
    try (Fd file = open(root, asked)) {
      stat = stat(root, asked, file);
      folder = Fs.fstat(file).isDirectory();
    } catch (IOException | RuntimeException e) {
      root.close();
      throw e;
    }
    return new OpenArchive(root, stat, out -> write(root, asked, folder, out));
  }

  private static void write(ContainerRoot root, ClientPath path, boolean folder, OutputStream out) throws IOException {
    TarTree tree = new TarTree(out, true);
    if (folder) {
      try (Fd directory = Fs.openInRoot(root.fd(), path.text(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0)) {
        String name = path.base().equals("/") ? "" : path.base();
        tree.folder(directory, name);
        tree.content(directory, name + "/");
      }
    } else {
      try (Fd parent = Fs.openInRoot(root.fd(), path.parent(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0)) {
        tree.entry(parent, path.base(), path.base());
      }
    }
    tree.end();
  }

  /** The root file system; what is mounted into it is left out. */
  public static FileArchive export(ContainerRoot root) {
    return new OpenArchive(
        root,
        null,
        out -> {
          TarTree tree = new TarTree(out, false);
          try (Fd directory = Fs.openInRoot(root.fd(), "/", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0)) {
            tree.content(directory, "");
          }
          tree.end();
        });
  }

  /** Unpacks a tar stream into a folder that is there. */
  public static void extract(ContainerRoot root, String path, ExtractOptions options, InputStream tar) throws IOException {
    ClientPath asked = ClientPath.of(path);
    String folder;
    try (Fd target = Fs.openInRoot(root.fd(), asked.text(), Fcntl.O_PATH, 0)) {
      FileStatus status = Fs.fstat(target);
      if (!status.isDirectory()) {
        throw ProaException.invalid("extraction point is not a directory");
      }
      if (status.mountId() == Fs.fstat(root.fd()).mountId()) {
        if (options.readOnlyRoot()) {
          throw ProaException.invalid("container rootfs is marked read-only");
        }
      } else if (TarTree.isWindow(target)) {
        throw new ErrnoException("openat2", Errno.ENOENT, path);
      } else if ((Fs.fstatfs(target).flags() & Mount.MS_RDONLY) != 0) {
        throw ProaException.invalid("mounted volume is marked read-only");
      }
      folder = root.pathOf(target);
    }
    try (Extraction extraction = new Extraction(root.fd(), folder.equals("/") ? "" : folder, options.noOverwriteDirNonDir(), owner(root, options))) {
      extraction.unpack(tar);
    }
  }

  private static Extraction.@Nullable Owner owner(ContainerRoot root, ExtractOptions options) {
    String user = options.user();
    if (user == null || user.isEmpty()) {
      return null;
    }
    UserLookup.User found = UserLookup.lookUp(root.fd(), user, List.of());
    return new Extraction.Owner(found.uid(), found.gid());
  }

  @FunctionalInterface
  private interface Writer {
    void writeTo(OutputStream out) throws IOException;
  }

  private record OpenArchive(ContainerRoot root, @Nullable PathStat stat, Writer writer) implements FileArchive {
    @Override
    public void writeTo(OutputStream out) throws IOException {
      writer.writeTo(out);
    }

    @Override
    public void close() {
      root.close();
    }
  }
}
