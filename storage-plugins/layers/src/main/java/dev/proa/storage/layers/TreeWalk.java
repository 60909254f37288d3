package dev.proa.storage.layers;

import dev.proa.linux.DirectoryEntry;
import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileName;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.ProaException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Walks a tree that a container may be changing meanwhile: a directory before what is in it, names in the order of their bytes. Follows no
 * link, leaves the root by none, and needs few descriptors however deep the tree is.
 */
public final class TreeWalk implements Walk {
  private static final int MAX_NAMES = 4_000_000;
  private static final int MAX_PATH = 4095;
  private static final int MAX_OPEN_DEPTH = 64;
  private static final int DIRECTORY = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW;
  private static final long WITHOUT_LINKS = Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_NO_SYMLINKS | Fcntl.RESOLVE_NO_MAGICLINKS;

  private final Fd root;
  private final boolean strict;
  private final Deque<Frame> frames = new ArrayDeque<>();

  private static final class Frame {
    final String path;
    final byte[][] names;
    int next;
    @Nullable Fd fd;

    Frame(String path, byte[][] names) {
      this.path = path;
      this.names = names;
    }
  }

  /**
   * @param root stays the caller's
   * @param strict whether a path too long to be in a layer is a failure; otherwise what lies below it is passed over
   */
  public TreeWalk(Fd root, boolean strict) throws ErrnoException {
    this.root = root;
    this.strict = strict;
    enter("");
  }

  private void enter(String path) throws ErrnoException {
    List<byte[]> names = new ArrayList<>();
    Fd fd = open(path);
    try {
      for (List<DirectoryEntry> some = Fs.getdentsOnce(fd); some != null; some = Fs.getdentsOnce(fd)) {
        for (DirectoryEntry entry : some) {
          names.add(FileName.encode(entry.name()));
        }
        if (names.size() > MAX_NAMES) {
          throw ProaException.exhausted("directory \"/" + path + "\" has more than " + MAX_NAMES + " entries", null);
        }
      }
    } catch (ErrnoException | RuntimeException e) {
      fd.close();
      throw e;
    }
    byte[][] sorted = names.toArray(byte[][]::new);
    Arrays.sort(sorted, Arrays::compareUnsigned);
    Frame frame = new Frame(path, sorted);
    if (frames.size() < MAX_OPEN_DEPTH) {
      frame.fd = fd;
    } else {
      fd.close();
    }
    frames.push(frame);
  }

  private Fd open(String path) throws ErrnoException {
    return path.isEmpty() ? Fs.openat(root, ".", DIRECTORY) : Fs.openat2(root, path, DIRECTORY, 0, WITHOUT_LINKS);
  }

  @Override
  public <T> T inDirectory(Visit visit, InDirectory<T> what) throws ErrnoException {
    for (Frame frame : frames) {
      if (frame.path.equals(visit.directory()) && frame.fd != null) {
        return what.apply(frame.fd);
      }
    }
    try (Fd fd = open(visit.directory())) {
      return what.apply(fd);
    }
  }

  @Override
  public @Nullable Visit next() throws ErrnoException {
    while (true) {
      Frame frame = frames.peek();
      if (frame == null) {
        return null;
      }
      if (frame.next == frame.names.length) {
        frames.pop();
        if (frame.fd != null) {
          frame.fd.close();
        }
        continue;
      }
      String name = FileName.decode(frame.names[frame.next]);
      frame.names[frame.next++] = new byte[0];
      String path = frame.path.isEmpty() ? name : frame.path + "/" + name;
      Visit visit = visit(frame, name, path);
      if (visit != null) {
        return visit;
      }
    }
  }

  private @Nullable Visit visit(Frame frame, String name, String path) throws ErrnoException {
    try {
      FileStatus status;
      if (frame.fd != null) {
        status = Fs.statxIfExists(frame.fd, name, Fcntl.AT_SYMLINK_NOFOLLOW);
      } else {
        try (Fd fd = open(frame.path)) {
          status = Fs.statxIfExists(fd, name, Fcntl.AT_SYMLINK_NOFOLLOW);
        }
      }
      if (status == null) {
        return null;
      }
      if (status.isDirectory()) {
        if (FileName.encode(path).length <= MAX_PATH) {
          enter(path);
        } else if (strict) {
          throw ProaException.invalid("a path is longer than " + MAX_PATH + " bytes: \"/" + EntryName.shortened(path) + "\"");
        }
      }
      return new Visit(path, frame.path, name, status);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR || e.errno() == Errno.ELOOP) {
        return null; // somebody changed it since it was listed
      }
      throw e;
    }
  }

  @Override
  public void close() {
    for (Frame frame : frames) {
      if (frame.fd != null) {
        frame.fd.close();
      }
    }
    frames.clear();
  }
}
