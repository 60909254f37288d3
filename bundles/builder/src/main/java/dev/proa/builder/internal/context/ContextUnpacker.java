package dev.proa.builder.internal.context;

import dev.proa.builder.PathPatterns;
import dev.proa.images.Decompression;
import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Timestamp;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.tar.TarEntry;
import dev.proa.linux.tar.TarFormatException;
import dev.proa.linux.tar.TarReader;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;

/**
 * Unpacks a build's context, a tar stream plain or compressed, into a folder of the engine's. Names and links of it are a stranger's: parents are opened
 * below the folder whatever links say, the last name is made anew. Owners and devices are left out.
 */
public final class ContextUnpacker {
  private static final int BUFFER = 256 << 10;
  private static final int MAX_ENTRIES = 2_000_000;
  private static final int MAX_PATH = 4096;
  private static final int PARENT = Fcntl.O_PATH | Fcntl.O_DIRECTORY;

  private final Fd root;

  /** What the files may come to, holes counted as bytes: a few of them in an archive are files of any length, and would be read whole. */
  private long bytesLeft;

  private ContextUnpacker(Fd root, long bytesLeft) {
    this.root = root;
    this.bytesLeft = bytesLeft;
  }

  /**
   * @param folder made here
   * @throws ProaException {@code INVALID_ARGUMENT} if the stream is no tar archive; {@code RESOURCE_EXHAUSTED} if the disk is full
   */
  public static void unpack(InputStream stream, Path folder) {
    try {
      Files.createDirectories(folder);
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
      try (Fd root = Fs.open(folder.toString(), PARENT)) {
        new ContextUnpacker(root, Files.getFileStore(folder).getUsableSpace()).all(Decompression.of(stream));
      }
    } catch (TarFormatException e) {
      throw ProaException.invalid("the build context is no tar archive: " + e.getMessage());
    } catch (ErrnoException e) {
      boolean full = e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT;
      throw full ? ProaException.exhausted("cannot unpack the build context: " + e.getMessage(), e) : ProaException.internal("cannot unpack the build context: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new ProaException(ErrorClass.INVALID_ARGUMENT, "cannot read the build context: " + e.getMessage(), e);
    }
  }

  private void all(InputStream in) throws IOException {
    TarReader tar = new TarReader(in, BUFFER);
    int count = 0;
    for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
      if (++count > MAX_ENTRIES) {
        throw ProaException.invalid("the build context has more than " + MAX_ENTRIES + " entries");
      }
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException("canceled");
      }
      String path = PathPatterns.clean(entry.name());
      if (entry.name().length() > MAX_PATH) {
        throw ProaException.invalid("the build context has a name longer than " + MAX_PATH + " characters");
      }
      if (!path.isEmpty()) {
        one(tar, entry, path);
      }
    }
  }

  private void one(TarReader tar, TarEntry entry, String path) throws IOException {
    int slash = path.lastIndexOf('/');
    String name = path.substring(slash + 1);
    try (Fd parent = parent(slash < 0 ? "" : path.substring(0, slash))) {
      switch (entry.type()) {
        case DIRECTORY -> {
          if (!makeFolder(parent, name)) {
            return;
          }
          Fs.fchmodat(parent, name, entry.mode());
        }
        case FILE -> {
          bytesLeft -= entry.size();
          if (bytesLeft < 0) {
            throw ProaException.exhausted("cannot unpack the build context: with " + path + ", of " + entry.size() + " bytes, its files are larger than what is free on the disk", null);
          }
          file(tar, entry, parent, name);
        }
        case SYMBOLIC_LINK -> {
          clear(parent, name);
          Fs.symlinkat(entry.linkName(), parent, name);
        }
        case HARD_LINK -> {
          hardLink(entry, parent, name, path);
          return;
        }
        default -> {
          return; // devices and pipes have no bytes that could be copied
        }
      }
      Timestamp modified = new Timestamp(entry.modifiedSeconds(), entry.modifiedNanos());
      Fs.utimensat(parent, name, modified, modified, Fcntl.AT_SYMLINK_NOFOLLOW);
    }
  }

  private Fd parent(String path) throws IOException {
    try {
      return Fs.openInRoot(root, path.isEmpty() ? "." : path, PARENT, 0);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.ENOENT) {
        throw ProaException.invalid("the build context has an entry below " + path + ": " + e.errno().text());
      }
    }
    int slash = path.lastIndexOf('/');
    try (Fd above = parent(slash < 0 ? "" : path.substring(0, slash))) {
      if (!makeFolder(above, path.substring(slash + 1))) {
        throw ProaException.invalid("the build context has an entry below " + path + ", which is a link to nowhere");
      }
    }
    return Fs.openInRoot(root, path, PARENT, 0);
  }

  /** False for one that is there: a link to a folder stays. */
  private static boolean makeFolder(Fd parent, String name) throws IOException {
    try {
      Fs.mkdirat(parent, name, 0755);
      return true;
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
    }
    var status = Fs.statxIfExists(parent, name, Fcntl.AT_SYMLINK_NOFOLLOW);
    if (status != null && status.isDirectory()) {
      return true;
    }
    if (status != null && status.isSymbolicLink()) {
      return false;
    }
    clear(parent, name);
    Fs.mkdirat(parent, name, 0755);
    return true;
  }

  private static void clear(Fd parent, String name) throws IOException {
    var status = Fs.statxIfExists(parent, name, Fcntl.AT_SYMLINK_NOFOLLOW);
    if (status == null) {
      return;
    }
    if (status.isDirectory()) {
      throw ProaException.invalid("the build context has " + name + " as a folder and as something else");
    }
    Fs.unlinkat(parent, name, 0);
  }

  private static void file(TarReader tar, TarEntry entry, Fd parent, String name) throws IOException {
    clear(parent, name);
    int flags = Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW;
    try (Fd file = Fs.openat(parent, name, flags, 0600)) {
      long[] extents = entry.extents();
      if (extents == null) {
        for (int n = tar.chunk(); n > 0; n = tar.chunk()) {
          Io.writeFully(file, Arrays.copyOfRange(tar.buffer(), tar.chunkOffset(), tar.chunkOffset() + n));
        }
      } else {
        sparse(tar, file, extents, entry.size());
      }
      Fs.fchmod(file, entry.mode());
    }
  }

  private static void sparse(TarReader tar, Fd file, long[] extents, long size) throws IOException {
    int extent = 0;
    long within = 0;
    for (int n = tar.chunk(); n > 0; n = tar.chunk()) {
      int from = tar.chunkOffset();
      int left = n;
      while (left > 0 && extent + 1 < extents.length) {
        int part = (int) Math.min(left, extents[extent + 1] - within);
        Io.lseek(file, extents[extent] + within, Fcntl.SEEK_SET);
        Io.writeFully(file, Arrays.copyOfRange(tar.buffer(), from, from + part));
        from += part;
        left -= part;
        within += part;
        if (within == extents[extent + 1]) {
          extent += 2;
          within = 0;
        }
      }
    }
    Io.ftruncate(file, size);
  }

  private void hardLink(TarEntry entry, Fd parent, String name, String path) throws IOException {
    String target = PathPatterns.clean(entry.linkName());
    int slash = target.lastIndexOf('/');
    clear(parent, name);
    try (Fd folder = Fs.openInRoot(root, slash < 0 ? "." : target.substring(0, slash), PARENT, 0)) {
      Fs.linkat(folder, target.substring(slash + 1), parent, name, 0);
    } catch (ErrnoException e) {
      throw ProaException.invalid("the build context has a hard link " + path + " to " + entry.linkName() + ": " + e.errno().text());
    }
  }
}
