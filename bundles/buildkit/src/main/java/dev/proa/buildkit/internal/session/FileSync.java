package dev.proa.buildkit.internal.session;

import dev.proa.buildkit.internal.grpc.ClientCall;
import dev.proa.buildkit.internal.grpc.GrpcException;
import dev.proa.buildkit.internal.grpc.GrpcStatus;
import dev.proa.buildkit.protocol.FileStat;
import dev.proa.buildkit.protocol.Packet;
import dev.proa.linux.DirectoryEntry;
import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Timestamp;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Stat;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes a folder of this host like one of the client's (fsutil's diff-copy): the client names all files, and sends the bytes of those that are not here as it
 * names them. What it does not name is removed. Nothing of what it says is believed: a name has to lie in a folder that it has named before, and the folders
 * are real ones, so that no link of the client's is ever followed.
 */
public final class FileSync {
  private static final String METHOD = "/moby.filesync.v1.FileSync/DiffCopy";
  private static final int MAX_ENTRIES = 2_000_000;
  private static final int MAX_PATH = 4096;
  private static final int MAX_OPEN = 64;

  private final Fd root;
  private final ClientCall call;
  private final Set<String> folders = new HashSet<>();
  private final Set<String> named = new HashSet<>();
  private final Map<String, FileStat> folderStats = new LinkedHashMap<>();
  /** Files that are asked for, by the number of their packet. */
  private final Map<Integer, FileStat> wanted = new HashMap<>();
  private final Map<Integer, Fd> open = new HashMap<>();
  private final List<FileStat> hardLinks = new ArrayList<>();
  private long received;
  private int files;

  private FileSync(Fd root, ClientCall call) {
    this.root = root;
    this.call = call;
  }

  /** @param bytes that were sent, of so many files */
  public record Transfer(long bytes, int files) {}

  /**
   * @param directory the client's name of its folder
   * @param include patterns of what is wanted; empty for all
   * @param exclude patterns of what is not
   * @param into is there; what is in it may be of an earlier time
   */
  public static Transfer receive(Session session, String directory, List<String> include, List<String> exclude, Path into) throws IOException {
    Map<String, List<String>> metadata = new LinkedHashMap<>();
    metadata.put("dir-name", List.of(directory));
    if (!include.isEmpty()) {
      metadata.put("include-patterns", include);
    }
    if (!exclude.isEmpty()) {
      metadata.put("exclude-patterns", exclude);
    }
    try (Fd root = Fs.open(into.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY);
        ClientCall call = session.open(METHOD, metadata)) {
      FileSync sync = new FileSync(root, call);
      try {
        sync.run();
      } finally {
        sync.open.values().forEach(Fd::close);
      }
      return new Transfer(sync.received, sync.files);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT) {
        throw ProaException.exhausted("cannot take in the build context: " + e.getMessage(), e);
      }
      throw e;
    }
  }

  private void run() throws IOException {
    boolean all = false;
    for (int number = 0; !all || !wanted.isEmpty(); ) {
      Packet packet = next();
      switch (packet.getType()) {
        case STAT -> {
          if (packet.hasStat()) {
            entry(packet.getStat(), number++);
          } else {
            all = true;
          }
        }
        case DATA -> data(packet);
        case ERR -> throw new GrpcException(GrpcStatus.UNKNOWN, "the client cannot send its files: " + packet.getData().toStringUtf8());
        default -> throw ProaException.invalid("the client sends a packet of type " + packet.getType() + ", which it must not");
      }
    }
    for (FileStat link : hardLinks) {
      link(link);
    }
    removeUnnamed("");
    for (FileStat folder : List.copyOf(folderStats.values()).reversed()) {
      times(folder);
    }
    call.send(Packet.newBuilder().setType(Packet.Type.FIN).build());
    while (next().getType() != Packet.Type.FIN) {
      // what it still has to say does not count any more
    }
    call.endOutput();
  }

  private Packet next() throws IOException {
    Packet packet = call.receive(Packet.parser());
    if (packet == null) {
      throw new GrpcException(GrpcStatus.DATA_LOSS, "the client ends the transfer of its files before it is done");
    }
    return packet;
  }

  private void entry(FileStat stat, int number) throws IOException {
    if (number >= MAX_ENTRIES) {
      throw ProaException.invalid("the build context has more than " + MAX_ENTRIES + " entries");
    }
    String path = checked(stat.getPath());
    if (!named.add(path)) {
      throw ProaException.invalid("the client names " + path + " twice");
    }
    int mode = FileModes.toLinux(stat.getMode());
    FileStatus there = Fs.statxIfExists(root, path, Fcntl.AT_SYMLINK_NOFOLLOW);
    switch (mode & Stat.S_IFMT) {
      case Stat.S_IFDIR -> {
        folders.add(path);
        folderStats.put(path, stat);
        if (there == null || !there.isDirectory()) {
          clear(path, there);
          Fs.mkdirat(root, path, 0700);
        }
        Fs.fchmodat(root, path, mode & 07777 | 0700);
      }
      case Stat.S_IFLNK -> {
        if (there == null || !there.isSymbolicLink() || !Fs.readlinkat(root, path).equals(stat.getLinkname())) {
          clear(path, there);
          Fs.symlinkat(stat.getLinkname(), root, path);
        }
        times(stat);
      }
      case Stat.S_IFREG -> {
        if (!stat.getLinkname().isEmpty()) {
          hardLinks.add(stat);
        } else if (!same(there, stat, mode)) {
          clear(path, there);
          wanted.put(number, stat);
          call.send(Packet.newBuilder().setType(Packet.Type.REQ).setId(number).build());
        }
      }
      // Pipes, sockets and devices have no bytes that could be copied.
      default -> named.remove(path);
    }
  }

  private String checked(String path) {
    boolean clean = !path.isEmpty() && path.length() <= MAX_PATH && !path.startsWith("/") && !path.endsWith("/") && path.indexOf('\0') < 0;
    for (String part : path.split("/", -1)) {
      clean &= !part.isEmpty() && !part.equals(".") && !part.equals("..");
    }
    int slash = path.lastIndexOf('/');
    if (!clean || slash >= 0 && !folders.contains(path.substring(0, slash))) {
      throw ProaException.invalid("the client names a file \"" + path + "\" that is in no folder of its context");
    }
    return path;
  }

  private static boolean same(@Nullable FileStatus there, FileStat stat, int mode) {
    return there != null
        && there.isRegularFile()
        && there.nlink() == 1
        && there.size() == stat.getSize()
        && there.permissions() == (mode & 07777)
        && there.mtime().seconds() == Math.floorDiv(stat.getModTime(), 1_000_000_000L)
        && there.mtime().nanos() == Math.floorMod(stat.getModTime(), 1_000_000_000L);
  }

  private void data(Packet packet) throws IOException {
    FileStat stat = wanted.get(packet.getId());
    if (stat == null) {
      throw ProaException.invalid("the client sends a file that it was not asked for");
    }
    Fd file = open.get(packet.getId());
    if (file == null) {
      if (open.size() >= MAX_OPEN) {
        throw ProaException.invalid("the client sends more than " + MAX_OPEN + " files at the same time");
      }
      file = Fs.openat(root, stat.getPath(), Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW, 0600);
      open.put(packet.getId(), file);
    }
    if (!packet.getData().isEmpty()) {
      Io.writeFully(file, packet.getData().toByteArray());
      received += packet.getData().size();
      return;
    }
    Fs.fchmod(file, FileModes.toLinux(stat.getMode()) & 07777);
    Timestamp time = time(stat);
    Fs.futimens(file, time, time);
    file.close();
    open.remove(packet.getId());
    wanted.remove(packet.getId());
    files++;
  }

  private void link(FileStat stat) throws IOException {
    String target = stat.getLinkname();
    FileStatus other = named.contains(target) ? Fs.statxIfExists(root, target, Fcntl.AT_SYMLINK_NOFOLLOW) : null;
    if (other == null || !other.isRegularFile()) {
      throw ProaException.invalid("the client names a hard link " + stat.getPath() + " to " + target + ", which is no file of its context");
    }
    clear(stat.getPath(), Fs.statxIfExists(root, stat.getPath(), Fcntl.AT_SYMLINK_NOFOLLOW));
    Fs.linkat(root, target, root, stat.getPath(), 0);
  }

  private void times(FileStat stat) throws ErrnoException {
    Timestamp time = time(stat);
    Fs.utimensat(root, stat.getPath(), time, time, Fcntl.AT_SYMLINK_NOFOLLOW);
  }

  private static Timestamp time(FileStat stat) {
    return new Timestamp(Math.floorDiv(stat.getModTime(), 1_000_000_000L), Math.floorMod(stat.getModTime(), 1_000_000_000L));
  }

  private void clear(String path, @Nullable FileStatus there) throws IOException {
    if (there == null) {
      return;
    }
    if (!there.isDirectory()) {
      Fs.unlinkat(root, path, 0);
      return;
    }
    for (String child : children(path)) {
      String below = path + "/" + child;
      clear(below, Fs.statxIfExists(root, below, Fcntl.AT_SYMLINK_NOFOLLOW));
    }
    Fs.unlinkat(root, path, Fcntl.AT_REMOVEDIR);
  }

  private void removeUnnamed(String folder) throws IOException {
    for (String child : children(folder)) {
      String path = folder.isEmpty() ? child : folder + "/" + child;
      if (!named.contains(path)) {
        clear(path, Fs.statxIfExists(root, path, Fcntl.AT_SYMLINK_NOFOLLOW));
      } else if (folders.contains(path)) {
        removeUnnamed(path);
      }
    }
  }

  private List<String> children(String folder) throws IOException {
    int flags = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW;
    try (Fd opened = Fs.openat(root, folder.isEmpty() ? "." : folder, flags)) {
      return Fs.getdents(opened).stream().map(DirectoryEntry::name).toList();
    }
  }
}
