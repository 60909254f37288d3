package dev.proa.lifecycle.internal.run;

import dev.proa.linux.DirectoryEntry;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Stat;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Fills an empty volume with what the image has at the place where it is mounted, as Docker does at a volume's first use: names, bytes,
 * owners, modes, times, extended attributes, links. By descriptors on both sides, one component at a time.
 */
public final class CopyUp {
  private static final int MAX_DEPTH = 256;
  private static final long CHUNK = 1 << 17;

  private record Inode(long device, long number) {}

  private final Map<Inode, String> linked = new HashMap<>();
  private final String volume;

  private CopyUp(String volume) {
    this.volume = volume;
  }

  /**
   * Does nothing if the volume is not empty or the image has no folder there.
   *
   * @param root opens the container's root
   */
  public static void fill(Supplier<Fd> root, String destination, Path volume) {
    try {
      try (Stream<Path> entries = Files.list(volume)) {
        if (entries.findAny().isPresent()) {
          return;
        }
      }
      try (Fd source = RootPaths.openFolder(root.get(), destination, Fcntl.O_RDONLY)) {
        if (source != null) {
          try (Fd target = Fs.open(volume.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY)) {
            new CopyUp(volume.toString()).folder(source, target, 0);
          }
        }
      }
    } catch (IOException e) {
      boolean full = String.valueOf(e.getMessage()).contains("ENOSPC") || String.valueOf(e.getMessage()).contains("EDQUOT");
      throw new ProaException(
          full ? ErrorClass.RESOURCE_EXHAUSTED : ErrorClass.INTERNAL,
          "cannot copy the image's files at " + destination + " into volume " + volume + ": " + e.getMessage(),
          e);
    }
  }

  private void folder(Fd source, Fd target, int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      throw new IOException("folders are nested more than " + MAX_DEPTH + " deep");
    }
    for (DirectoryEntry entry : Fs.getdents(source)) {
      entry(source, target, entry.name(), depth);
    }
    FileStatus status = Fs.fstat(source);
    attributes(source, target);
    Fs.fchown(target, status.uid(), status.gid());
    Fs.fchmod(target, status.permissions());
    Fs.futimens(target, status.atime(), status.mtime());
  }

  private void entry(Fd source, Fd target, String name, int depth) throws IOException {
    FileStatus status = Fs.statx(source, name, Fcntl.AT_SYMLINK_NOFOLLOW);
    Inode inode = new Inode((long) status.devMajor() << 32 | status.devMinor(), status.ino());
    String first = status.nlink() > 1 && !status.isDirectory() ? linked.get(inode) : null;
    if (first != null) {
      Fs.linkat(Fd.cwd(), first, target, name, 0);
      return;
    }
    switch (status.type()) {
      case Stat.S_IFDIR -> {
        Fs.mkdirat(target, name, 0700);
        try (Fd from = Fs.openat(source, name, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW);
            Fd to = Fs.openat(target, name, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW)) {
          folder(from, to, depth + 1);
        }
        return;
      }
      case Stat.S_IFREG -> file(source, target, name, status);
      case Stat.S_IFLNK -> Fs.symlinkat(Fs.readlinkat(source, name), target, name);
      default -> Fs.mknodat(target, name, status.mode(), status.rdevMajor(), status.rdevMinor());
    }
    if (status.type() != Stat.S_IFREG) {
      Fs.fchownat(target, name, status.uid(), status.gid(), Fcntl.AT_SYMLINK_NOFOLLOW);
      Fs.utimensat(target, name, status.atime(), status.mtime(), Fcntl.AT_SYMLINK_NOFOLLOW);
    }
    if (status.nlink() > 1) {
      linked.put(inode, Path.of("/proc/self/fd/" + target.raw()).toRealPath().resolve(name).toString());
    }
  }

  private static void file(Fd source, Fd target, String name, FileStatus status) throws IOException {
    try (Fd from = Fs.openat(source, name, Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW);
        Fd to = Fs.openat(target, name, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW, 0600)) {
      copy(from, to);
      attributes(from, to);
      Fs.fchown(to, status.uid(), status.gid());
      Fs.fchmod(to, status.permissions());
      Fs.futimens(to, status.atime(), status.mtime());
    }
  }

  /** copy_file_range(2) refuses to cross file systems of two types. */
  private static void copy(Fd from, Fd to) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(CHUNK);
      for (long n = Io.read(from, buffer); n > 0; n = Io.read(from, buffer)) {
        Io.writeFully(to, buffer.asSlice(0, n));
      }
    }
  }

  private static void attributes(Fd from, Fd to) throws ErrnoException {
    for (String name : Fs.flistxattr(from)) {
      // What belongs to the overlay is not the file's.
      if (name.startsWith("trusted.overlay.") || name.startsWith("system.")) {
        continue;
      }
      byte[] value = Fs.fgetxattr(from, name);
      if (value != null) {
        Fs.fsetxattr(to, name, value, 0);
      }
    }
  }
}
