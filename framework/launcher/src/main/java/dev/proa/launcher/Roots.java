package dev.proa.launcher;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The two directories of this daemon, made and locked. A lock is a record lock of the kernel (fcntl), so it goes with the process however
 * that ends; the file's text, the holder's pid, is only for the message.
 */
final class Roots implements AutoCloseable {
  /** Number of the layout of the data root that this version writes and reads. */
  private static final int LAYOUT = 1;

  private static final String LAYOUT_FILE = "proa.layout";

  private final Path execRoot;
  private final FileChannel dataLock;
  private final FileChannel execLock;

  private Roots(Path execRoot, FileChannel dataLock, FileChannel execLock) {
    this.execRoot = execRoot;
    this.dataLock = dataLock;
    this.execLock = execLock;
  }

  static Roots claim(Path dataRoot, Path execRoot) throws StartFailure {
    make("data root", dataRoot);
    checkLayoutIsOurs(dataRoot);
    FileChannel dataLock = lock("data root", dataRoot);
    try {
      writeLayout(dataRoot);
      make("exec root", execRoot);
      FileChannel execLock = lock("exec root", execRoot);
      try {
        Roots roots = new Roots(execRoot, dataLock, execLock);
        deleteTree(roots.temporary());
        deleteTree(roots.bundleCache());
        Files.createDirectory(roots.temporary());
        roots.prepareBundleCache();
        return roots;
      } catch (IOException e) {
        closeAfter(execLock, e);
        throw StartFailure.failed("cannot prepare exec root " + execRoot + ": " + said(e), e);
      }
    } catch (StartFailure e) {
      closeAfter(dataLock, e);
      throw e;
    }
  }

  /** For files that libraries unpack; emptied at each start. */
  Path temporary() {
    return execRoot.resolve("tmp");
  }

  /** Felix keeps its copies of the plugins here; of this run only. */
  Path bundleCache() {
    return execRoot.resolve("felix");
  }

  /**
   * Felix writes the next bundle's number to a file with every bundle it installs. The cache is of this run only, so nobody ever reads it, and on
   * a disk the forty truncations of one file took half of the start.
   */
  private void prepareBundleCache() throws IOException {
    Path systemBundle = Files.createDirectories(bundleCache().resolve("bundle0"));
    Files.createSymbolicLink(systemBundle.resolve("bundle.id"), Path.of("/dev/null"));
  }

  /** Frees the locks. The lock files stay: deleting one would let two daemons lock two files of one name. */
  @Override
  public void close() throws IOException {
    try (dataLock;
        execLock) {
      deleteTree(bundleCache());
      deleteTree(temporary());
    }
  }

  private static void make(String what, Path root) throws StartFailure {
    try {
      if (Files.notExists(root)) {
        Files.createDirectories(root.getParent());
        Files.createDirectory(root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
      }
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(root)) {
        throw StartFailure.failed(what + " " + root + " is not a directory", e);
      }
    } catch (IOException e) {
      throw StartFailure.failed("cannot make " + what + " " + root + ": " + said(e), e);
    }
    if (!Files.isDirectory(root)) {
      throw StartFailure.failed(what + " " + root + " is not a directory");
    }
    if (!Files.isWritable(root)) {
      throw StartFailure.failed("cannot write to " + what + " " + root + ": permission denied; run proad as root");
    }
  }

  /** Before anything is written: a directory of somebody else's, or of a later version, stays as it is. */
  private static void checkLayoutIsOurs(Path dataRoot) throws StartFailure {
    Path file = dataRoot.resolve(LAYOUT_FILE);
    try {
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        String text = Files.readString(file).strip();
        if (!text.matches("\\d{1,9}")) {
          throw StartFailure.failed("data root " + dataRoot + " is damaged: " + file + " holds no layout number");
        }
        if (Integer.parseInt(text) > LAYOUT) {
          throw StartFailure.failed(
              "data root " + dataRoot + " was written by a newer version (layout " + text + ", this version knows layout " + LAYOUT + "); nothing was changed");
        }
        return;
      }
      try (Stream<Path> entries = Files.list(dataRoot)) {
        List<Path> foreign = entries.filter(entry -> !isOwnBeginning(entry)).limit(1).toList();
        if (!foreign.isEmpty()) {
          throw StartFailure.failed(
              "data root " + dataRoot + " is not Proa's: it holds " + foreign.getFirst().getFileName() + " but no " + LAYOUT_FILE + "; choose another --data-root");
        }
      }
    } catch (IOException e) {
      throw StartFailure.failed("cannot read data root " + dataRoot + ": " + said(e), e);
    }
  }

  /** What may lie in a data root that is new: what an operator or a file system puts there, and our own lock. */
  private static boolean isOwnBeginning(Path entry) {
    String name = entry.getFileName().toString();
    return name.equals("lost+found") || name.equals("plugins") || name.equals("proa.lock");
  }

  private static void writeLayout(Path dataRoot) throws StartFailure {
    Path file = dataRoot.resolve(LAYOUT_FILE);
    try {
      if (Files.notExists(file)) {
        Path part = dataRoot.resolve(LAYOUT_FILE + ".part");
        try (FileChannel channel =
            FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
          channel.write(ByteBuffer.wrap((LAYOUT + "\n").getBytes(StandardCharsets.US_ASCII)));
          channel.force(true);
        }
        Files.move(part, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      throw StartFailure.failed("cannot write to data root " + dataRoot + ": " + said(e), e);
    }
  }

  private static FileChannel lock(String what, Path root) throws StartFailure {
    Path file = root.resolve("proa.lock");
    FileChannel channel = null;
    try {
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
      FileLock lock;
      try {
        lock = channel.tryLock();
      } catch (OverlappingFileLockException e) {
        lock = null;
      }
      if (lock == null) {
        ByteBuffer text = ByteBuffer.allocate(32);
        channel.read(text, 0);
        String pid = new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).strip();
        channel.close();
        throw StartFailure.failed(what + " " + root + " is in use by another proad" + (pid.isEmpty() ? "" : " with pid " + pid));
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
      return channel;
    } catch (IOException e) {
      if (channel != null) {
        closeAfter(channel, e);
      }
      throw StartFailure.failed("cannot lock " + what + " " + root + ": " + said(e), e);
    }
  }

  private static void closeAfter(FileChannel channel, Exception failure) {
    try {
      channel.close();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  static void deleteTree(Path tree) throws IOException {
    if (Files.notExists(tree, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(tree)) {
      paths = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : paths) {
      Files.deleteIfExists(path);
    }
  }

  /** The kernel's reason without the path, which the sentence around it names already. */
  static String said(IOException e) {
    return e instanceof FileSystemException f && f.getReason() != null ? f.getReason().toLowerCase(java.util.Locale.ROOT)
        : e instanceof java.nio.file.AccessDeniedException ? "permission denied"
        : e instanceof java.nio.file.NoSuchFileException ? "no such file or directory"
        : String.valueOf(e.getMessage());
  }
}
