package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.internal.run.Rootfs;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.linux.DirectoryEntry;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Timestamp;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Stat;
import dev.proa.spi.ProaException;
import dev.proa.spi.storage.StorageDriver;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** {@code docker export}: a container's root as a tar stream, what is mounted into it left out. */
final class RootArchive {
  private static final int PIPE = 1 << 18;
  private static final int BLOCK = 65536;
  private static final int MAX_DEPTH = 512;

  private final Engine engine;

  RootArchive(Engine engine) {
    this.engine = engine;
  }

  InputStream export(ContainerRow row) {
    Fd root = open(row);
    AtomicReference<IOException> failure = new AtomicReference<>();
    PipedInputStream in =
        new PipedInputStream(PIPE) {
          @Override
          public int read(byte[] bytes, int offset, int length) throws IOException {
            int n = super.read(bytes, offset, length);
            IOException failed = failure.get();
            if (n < 0 && failed != null) {
              throw failed;
            }
            return n;
          }
        };
    try {
      PipedOutputStream out = new PipedOutputStream(in);
      Thread.startVirtualThread(
          () -> {
            try (root;
                TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8")) {
              tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
              tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
              tar.setAddPaxHeadersForNonAsciiNames(true);
              new Walk(tar, Fs.statx(root, ".", 0).mountId()).folder(root, "", 0);
              tar.finish();
            } catch (IOException e) {
              failure.set(e);
            }
          });
      return in;
    } catch (IOException e) {
      root.close();
      throw ProaException.internal("cannot export container " + row.name() + ": " + e.getMessage(), e);
    }
  }

  /** A running container's root is looked at from inside: an overlay must not be mounted twice. */
  private Fd open(ContainerRow row) {
    if (row.state().status().hasProcess()) {
      try {
        return Fs.open("/proc/" + row.state().pid() + "/root", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY);
      } catch (ErrnoException e) {
        throw ProaException.conflict("cannot export container " + row.name() + ": " + e.getMessage());
      }
    }
    return Rootfs.open(engine.drivers.use(StorageDriver.class, row.storageDriver(), driver -> driver.mounts(row.id())));
  }

  /** One walk through the tree, by descriptors, names in order. */
  private static final class Walk {
    private record Inode(long device, long number) {}

    private final TarArchiveOutputStream tar;
    private final long mountId;
    private final Map<Inode, String> links = new HashMap<>();
    private final byte[] block = new byte[BLOCK];

    Walk(TarArchiveOutputStream tar, long mountId) {
      this.tar = tar;
      this.mountId = mountId;
    }

    void folder(Fd folder, String prefix, int depth) throws IOException {
      if (depth > MAX_DEPTH) {
        throw new IOException(prefix + ": folders are nested more than " + MAX_DEPTH + " deep");
      }
      List<DirectoryEntry> entries = new ArrayList<>(Fs.getdents(folder));
      entries.sort(Comparator.comparing(DirectoryEntry::name));
      for (DirectoryEntry entry : entries) {
        FileStatus status = Fs.statxIfExists(folder, entry.name(), Fcntl.AT_SYMLINK_NOFOLLOW);
        if (status != null) {
          entry(folder, entry.name(), prefix + entry.name(), status, depth);
        }
      }
    }

    private void entry(Fd folder, String name, String path, FileStatus status, int depth) throws IOException {
      if (status.mountId() != mountId) {
        if (status.isDirectory()) {
          put(header(path + "/", TarConstants.LF_DIR, status));
        }
        return;
      }
      Inode inode = new Inode((long) status.devMajor() << 32 | status.devMinor(), status.ino());
      String first = status.isDirectory() || status.nlink() < 2 ? null : links.putIfAbsent(inode, path);
      if (first != null) {
        TarArchiveEntry link = header(path, TarConstants.LF_LINK, status);
        link.setLinkName(first);
        put(link);
        return;
      }
      switch (status.type()) {
        case Stat.S_IFDIR -> {
          put(header(path + "/", TarConstants.LF_DIR, status));
          try (Fd below = Fs.openat(folder, name, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW)) {
            folder(below, path + "/", depth + 1);
          }
        }
        case Stat.S_IFREG -> file(folder, name, path, status);
        case Stat.S_IFLNK -> {
          TarArchiveEntry link = header(path, TarConstants.LF_SYMLINK, status);
          link.setLinkName(Fs.readlinkat(folder, name));
          put(link);
        }
        case Stat.S_IFCHR, Stat.S_IFBLK -> {
          TarArchiveEntry device = header(path, status.type() == Stat.S_IFCHR ? TarConstants.LF_CHR : TarConstants.LF_BLK, status);
          device.setDevMajor(status.rdevMajor());
          device.setDevMinor(status.rdevMinor());
          put(device);
        }
        case Stat.S_IFIFO -> put(header(path, TarConstants.LF_FIFO, status));
        default -> {
          // Sockets have no place in an archive.
        }
      }
    }

    private static TarArchiveEntry header(String path, byte type, FileStatus status) {
      TarArchiveEntry header = new TarArchiveEntry(path, type, true);
      header.setMode(status.permissions());
      header.setUserId(status.uid());
      header.setGroupId(status.gid());
      Timestamp time = status.mtime();
      header.setLastModifiedTime(FileTime.from(Instant.ofEpochSecond(time.seconds())));
      return header;
    }

    private void put(TarArchiveEntry header) throws IOException {
      tar.putArchiveEntry(header);
      tar.closeArchiveEntry();
    }

    /** A file that shrinks meanwhile is filled up with zeros: its size was said already. */
    private void file(Fd folder, String name, String path, FileStatus status) throws IOException {
      try (Fd file = Fs.openat(folder, name, Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW | Fcntl.O_NONBLOCK)) {
        TarArchiveEntry header = header(path, TarConstants.LF_NORMAL, status);
        header.setSize(status.size());
        tar.putArchiveEntry(header);
        long left = status.size();
        while (left > 0) {
          int n = Io.read(file, block, 0, (int) Math.min(BLOCK, left));
          if (n <= 0) {
            Arrays.fill(block, (byte) 0);
            n = (int) Math.min(BLOCK, left);
          }
          tar.write(block, 0, n);
          left -= n;
        }
        tar.closeArchiveEntry();
      }
    }
  }
}
