package dev.proa.spawn.internal;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileName;
import dev.proa.linux.Fs;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Fcntl;
import java.nio.file.Path;

/** Unix sockets at paths of any length: sun_path holds 107 bytes, longer ones go through a descriptor of the directory. */
public final class UnixPath {
  private static final int LONGEST = 107;

  private UnixPath() {}

  public static void connect(Fd socket, Path path) throws ErrnoException {
    if (FileName.encode(path.toString()).length <= LONGEST) {
      Sockets.connect(socket, path.toString());
      return;
    }
    try (Fd directory = directory(path)) {
      Sockets.connect(socket, "/proc/self/fd/" + directory.raw() + "/" + path.getFileName());
    }
  }

  public static void bind(Fd socket, Path path) throws ErrnoException {
    if (FileName.encode(path.toString()).length <= LONGEST) {
      Sockets.bind(socket, path.toString());
      return;
    }
    try (Fd directory = directory(path)) {
      Sockets.bind(socket, "/proc/self/fd/" + directory.raw() + "/" + path.getFileName());
    }
  }

  private static Fd directory(Path path) throws ErrnoException {
    return Fs.open(path.toAbsolutePath().getParent().toString(), Fcntl.O_PATH | Fcntl.O_DIRECTORY);
  }
}
