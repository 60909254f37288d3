package dev.proa.spi.conformance;

import dev.proa.linux.DirectoryEntry;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Stat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Everything that can be seen of a tree, as one line for each path, so that two trees can be compared and the difference read: type, mode,
 * owner, time, size, digest of the content, link target, device number, extended attributes, and which names are one file.
 */
public final class TreeListing {
  private TreeListing() {}

  /** Path (empty for the root) to what is there. */
  public static Map<String, String> of(Fd root) throws ErrnoException {
    Map<String, String> lines = new TreeMap<>();
    Map<String, String> firstNames = new TreeMap<>();
    try (Fd opened = Fs.openat(root, ".", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY)) {
      lines.put("", describe(Fs.fstat(opened)) + xattrs(opened));
      list(opened, "", lines, firstNames);
    }
    return lines;
  }

  /** As {@link #of}, without the root directory itself. */
  public static Map<String, String> below(Fd root) throws ErrnoException {
    Map<String, String> lines = of(root);
    lines.remove("");
    return lines;
  }

  private static void list(Fd directory, String path, Map<String, String> lines, Map<String, String> firstNames) throws ErrnoException {
    List<DirectoryEntry> entries = Fs.getdents(directory).stream().sorted((a, b) -> a.name().compareTo(b.name())).toList();
    for (DirectoryEntry entry : entries) {
      String at = path.isEmpty() ? entry.name() : path + "/" + entry.name();
      FileStatus status = Fs.statx(directory, entry.name(), Fcntl.AT_SYMLINK_NOFOLLOW);
      StringBuilder line = new StringBuilder(describe(status));
      if (status.isDirectory()) {
        try (Fd opened = Fs.openat(directory, entry.name(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW)) {
          line.append(xattrs(opened));
          list(opened, at, lines, firstNames);
        }
      } else {
        if (status.nlink() > 1) {
          String first = firstNames.putIfAbsent(status.devMajor() + ":" + status.devMinor() + ":" + status.ino(), at);
          line.append(" links=").append(status.nlink()).append(" same-as=").append(first == null ? at : first);
        }
        if (status.isRegularFile()) {
          try (Fd opened = Fs.openat(directory, entry.name(), Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW | Fcntl.O_NOATIME)) {
            line.append(" size=").append(status.size()).append(" sha256=").append(digest(opened)).append(xattrs(opened));
          }
        } else {
          if (status.isSymbolicLink()) {
            line.append(" -> ").append(Fs.readlinkat(directory, entry.name()));
          }
          if (status.type() == Stat.S_IFCHR || status.type() == Stat.S_IFBLK) {
            line.append(" device=").append(status.rdevMajor()).append(':').append(status.rdevMinor());
          }
          line.append(namedXattrs(directory, entry.name()));
        }
      }
      lines.put(at, line.toString());
    }
  }

  private static String describe(FileStatus status) {
    return String.format(
        "%06o %d:%d %d.%09d", status.mode(), Integer.toUnsignedLong(status.uid()), Integer.toUnsignedLong(status.gid()),
        status.mtime().seconds(), status.mtime().nanos());
  }

  private static String digest(Fd file) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      MemorySegment buffer = arena.allocate(128 * 1024);
      for (long n = Io.read(file, buffer); n > 0; n = Io.read(file, buffer)) {
        digest.update(buffer.asSlice(0, n).asByteBuffer());
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every JDK has it
    }
  }

  private static String xattrs(Fd opened) throws ErrnoException {
    StringBuilder text = new StringBuilder();
    for (String name : Fs.flistxattr(opened).stream().sorted().toList()) {
      append(text, name, Fs.fgetxattr(opened, name));
    }
    return text.toString();
  }

  private static String namedXattrs(Fd directory, String name) throws ErrnoException {
    StringBuilder text = new StringBuilder();
    for (String xattr : Fs.llistxattrat(directory, name).stream().sorted().toList()) {
      append(text, xattr, Fs.lgetxattrat(directory, name, xattr));
    }
    return text.toString();
  }

  private static void append(StringBuilder text, String name, byte @org.jspecify.annotations.Nullable [] value) {
    if (value != null) {
      text.append(' ').append(name).append('=').append(HexFormat.of().formatHex(value));
    }
  }
}
