package dev.proa.builder.internal.context;

import dev.proa.linux.DirectoryEntry;
import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileName;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A tree that a build copies from: its context, a stage, another image. Everything in it is a stranger's: each file is opened below the root with links
 * held inside, and the last name of a path is never a link that is followed.
 */
public final class FileTree {
  private static final int BLOCK = 64 << 10;
  private static final Set<Errno> ABSENT = Set.of(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP);

  private final Fd root;
  private final String prefix;
  private final Map<String, byte[]> digests = new ConcurrentHashMap<>();

  /** @param path relative to the root, with no link in it; empty for the root */
  public record Entry(String path, FileStatus status) {
    public String name() {
      return path.substring(path.lastIndexOf('/') + 1);
    }
  }

  /** @param root its directory, which stays the caller's */
  public FileTree(Fd root) throws IOException {
    this.root = root;
    this.prefix = place(root);
  }

  private static String place(Fd fd) throws IOException {
    String place = Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd.raw())).toString();
    return place.equals("/") ? "" : place;
  }

  /** What a path means, links followed inside the root; null if there is nothing. */
  public @Nullable Entry find(String path) throws IOException {
    try (Fd fd = Fs.openInRoot(root, path.isEmpty() ? "." : path, Fcntl.O_PATH, 0)) {
      String place = place(fd);
      String inside = place.startsWith(prefix) ? place.substring(prefix.length()) : place;
      return new Entry(inside.startsWith("/") ? inside.substring(1) : inside, Fs.fstat(fd));
    } catch (ErrnoException e) {
      if (ABSENT.contains(e.errno())) {
        return null;
      }
      throw e;
    }
  }

  /** What a path is itself; null if there is nothing. */
  public @Nullable Entry look(String path) throws IOException {
    try (Fd fd = Fs.openInRoot(root, path.isEmpty() ? "." : path, Fcntl.O_PATH | Fcntl.O_NOFOLLOW, 0)) {
      return new Entry(path, Fs.fstat(fd));
    } catch (ErrnoException e) {
      if (ABSENT.contains(e.errno())) {
        return null;
      }
      throw e;
    }
  }

  /** What is in a folder, in the order of the names' bytes. */
  public List<Entry> children(Entry folder) throws IOException {
    try (Fd directory = Fs.openInRoot(root, folder.path().isEmpty() ? "." : folder.path(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0)) {
      List<byte[]> names = new ArrayList<>();
      for (DirectoryEntry entry : Fs.getdents(directory)) {
        names.add(FileName.encode(entry.name()));
      }
      names.sort(Arrays::compareUnsigned);
      List<Entry> entries = new ArrayList<>(names.size());
      for (byte[] bytes : names) {
        String name = FileName.decode(bytes);
        FileStatus status = Fs.statxIfExists(directory, name, Fcntl.AT_SYMLINK_NOFOLLOW);
        if (status != null) {
          entries.add(new Entry(folder.path().isEmpty() ? name : folder.path() + "/" + name, status));
        }
      }
      return entries;
    }
  }

  /** The target of a symbolic link. */
  public String link(Entry entry) throws IOException {
    int slash = entry.path().lastIndexOf('/');
    String parent = slash < 0 ? "." : entry.path().substring(0, slash);
    try (Fd directory = Fs.openInRoot(root, parent, Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0)) {
      return Fs.readlinkat(directory, entry.name());
    }
  }

  /** The bytes of a plain file. */
  public InputStream read(Entry entry) throws IOException {
    return new FdInput(file(entry));
  }

  /** What a program may do; null for nothing special. */
  public byte @Nullable [] capability(Entry entry) throws IOException {
    try (Fd fd = file(entry)) {
      return Fs.fgetxattr(fd, "security.capability");
    }
  }

  /** What a file or folder carries besides its bytes, as far as a layer keeps it. */
  public Map<String, byte[]> attributes(Entry entry) throws IOException {
    boolean folder = entry.status().isDirectory();
    if (!folder && !entry.status().isRegularFile()) {
      return Map.of();
    }
    Map<String, byte[]> attributes = new TreeMap<>();
    int flags = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW;
    try (Fd fd = folder ? Fs.openInRoot(root, entry.path().isEmpty() ? "." : entry.path(), flags, 0) : file(entry)) {
      for (String name : Fs.flistxattr(fd)) {
        boolean host = name.startsWith("trusted.") || name.startsWith("user.overlay.") || name.equals("security.selinux");
        byte[] value = host ? null : Fs.fgetxattr(fd, name);
        if (value != null) {
          attributes.put(name, value);
        }
      }
    }
    return attributes;
  }

  /** SHA-256 of a plain file's bytes; read once. */
  public byte[] digest(Entry entry) throws IOException {
    byte[] known = digests.get(entry.path());
    if (known != null) {
      return known;
    }
    MessageDigest sha = Hash.sha256();
    byte[] block = new byte[BLOCK];
    try (InputStream in = read(entry)) {
      for (int n = in.read(block); n >= 0; n = in.read(block)) {
        sha.update(block, 0, n);
      }
    }
    byte[] digest = sha.digest();
    digests.put(entry.path(), digest);
    return digest;
  }

  private Fd file(Entry entry) throws IOException {
    Fd fd = Fs.openInRoot(root, entry.path(), Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW | Fcntl.O_NONBLOCK | Fcntl.O_NOCTTY, 0);
    if (!Fs.fstat(fd).isRegularFile()) {
      fd.close();
      throw new IOException(entry.path() + " is no plain file any more");
    }
    return fd;
  }

  /** Reads a descriptor, which it owns. */
  private static final class FdInput extends InputStream {
    private final Fd fd;

    FdInput(Fd fd) {
      this.fd = fd;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException("the build was canceled"); // a file with holes has any length
      }
      if (length == 0) {
        return 0;
      }
      int n = Io.read(fd, target, offset, length);
      return n == 0 ? -1 : n;
    }

    @Override
    public void close() {
      fd.close();
    }
  }
}
