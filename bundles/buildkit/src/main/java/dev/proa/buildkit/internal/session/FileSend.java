package dev.proa.buildkit.internal.session;

import com.google.protobuf.ByteString;
import dev.proa.buildkit.internal.grpc.ClientCall;
import dev.proa.buildkit.internal.grpc.GrpcException;
import dev.proa.buildkit.internal.grpc.GrpcStatus;
import dev.proa.buildkit.protocol.BytesMessage;
import dev.proa.buildkit.protocol.FileStat;
import dev.proa.buildkit.protocol.Packet;
import dev.proa.linux.DirectoryEntry;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Stat;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/** Sends what a build made to the client: a file's bytes, or a folder by fsutil's diff-copy, in which the client asks for what it wants. */
public final class FileSend {
  private static final String METHOD = "/moby.filesync.v1.FileSend/DiffCopy";
  private static final String EXPORTER = "buildkit-attachable-exporter-id";
  private static final String METADATA = "exporter-md-";
  private static final int BLOCK = 32 << 10;
  private static final int MAX_DEPTH = 512;

  private final Fd root;
  private final ClientCall call;
  private final Map<Integer, String> files = new ConcurrentHashMap<>();
  private final Map<String, String> firstNames = new HashMap<>();
  private int number;

  private FileSend(Fd root, ClientCall call) {
    this.root = root;
    this.call = call;
  }

  /** Something that is written to the client. */
  @FunctionalInterface
  public interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  private static ClientCall open(Session session, int exporter, Map<String, String> metadata) throws IOException {
    Map<String, List<String>> headers = new HashMap<>();
    metadata.forEach((name, value) -> headers.put(METADATA + name, List.of(value)));
    headers.put(EXPORTER, List.of(String.valueOf(exporter)));
    return session.open(METHOD, headers);
  }

  /**
   * One file.
   *
   * @param exporter number of the output in the client's request
   */
  public static void file(Session session, int exporter, Map<String, String> metadata, Content content) throws IOException {
    try (ClientCall call = open(session, exporter, metadata)) {
      OutputStream out =
          new OutputStream() {
            @Override
            public void write(int b) throws IOException {
              write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
              for (int at = 0; at < length; at += BLOCK) {
                ByteString part = ByteString.copyFrom(bytes, offset + at, Math.min(BLOCK, length - at));
                call.send(BytesMessage.newBuilder().setData(part).build());
              }
            }
          };
      content.writeTo(out);
      call.endOutput();
      while (call.receive() != null) {
        // the client has nothing to say but that it is done
      }
    }
  }

  /** All below a directory. */
  public static void folder(Session session, int exporter, Fd root) throws IOException {
    try (ClientCall call = open(session, exporter, Map.of())) {
      FileSend send = new FileSend(root, call);
      // While it is told of files the client asks for them already, and neither side may wait for the other.
      AtomicReference<Throwable> problem = new AtomicReference<>();
      Thread offers = Thread.ofVirtual().name("files for a client").start(() -> send.offer(problem));
      try {
        send.serve();
      } catch (IOException | RuntimeException e) {
        call.reset();
        if (problem.get() instanceof ProaException known) {
          throw known;
        }
        throw e;
      } finally {
        offers.interrupt();
      }
    }
  }

  private void offer(AtomicReference<Throwable> problem) {
    try {
      walk("", 0);
      call.send(Packet.newBuilder().setType(Packet.Type.STAT).build());
    } catch (IOException | RuntimeException e) {
      problem.set(e);
      call.reset();
    }
  }

  private void walk(String folder, int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      throw ProaException.invalid("folders are nested more than " + MAX_DEPTH + " deep below /" + folder);
    }
    List<String> names = new ArrayList<>();
    try (Fd directory = Fs.openInRoot(root, folder.isEmpty() ? "." : folder, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0)) {
      Fs.getdents(directory).stream().map(DirectoryEntry::name).sorted(Comparator.naturalOrder()).forEach(names::add);
      for (String name : names) {
        FileStatus status = Fs.statx(directory, name, Fcntl.AT_SYMLINK_NOFOLLOW);
        String path = folder.isEmpty() ? name : folder + "/" + name;
        int type = status.type();
        if (type != Stat.S_IFREG && type != Stat.S_IFDIR && type != Stat.S_IFLNK) {
          continue; // a client that is not root cannot make devices, and pipes are nothing to keep
        }
        String link = type == Stat.S_IFLNK ? Fs.readlinkat(directory, name) : "";
        if (type == Stat.S_IFREG && status.nlink() > 1) {
          String first = firstNames.putIfAbsent(status.devMajor() + ":" + status.devMinor() + ":" + status.ino(), path);
          link = first == null ? "" : first;
        }
        if (type == Stat.S_IFREG) {
          files.put(number, path);
        }
        number++;
        call.send(Packet.newBuilder().setType(Packet.Type.STAT).setStat(stat(path, status, link)).build());
        if (type == Stat.S_IFDIR) {
          walk(path, depth + 1);
        }
      }
    }
  }

  private static FileStat stat(String path, FileStatus status, String link) {
    return FileStat.newBuilder()
        .setPath(path)
        .setMode(FileModes.toGo(status.mode()))
        .setUid(status.uid())
        .setGid(status.gid())
        .setSize(status.isDirectory() ? 0 : status.size())
        .setModTime(Math.addExact(Math.multiplyExact(status.mtime().seconds(), 1_000_000_000L), status.mtime().nanos()))
        .setLinkname(link)
        .build();
  }

  /** Sends what the client asks for, until it has all it wants. */
  private void serve() throws IOException {
    while (true) {
      Packet packet = call.receive(Packet.parser());
      if (packet == null) {
        throw new GrpcException(GrpcStatus.DATA_LOSS, "the client ends the transfer before it is done");
      }
      switch (packet.getType()) {
        case REQ -> {
          String path = files.remove(packet.getId());
          if (path == null) {
            throw ProaException.invalid("the client asks for a file that it was not offered");
          }
          send(packet.getId(), path);
        }
        case FIN -> {
          call.send(Packet.newBuilder().setType(Packet.Type.FIN).build());
          call.endOutput();
          while (call.receive() != null) {
            // nothing more is of interest
          }
          return;
        }
        case ERR -> throw new GrpcException(GrpcStatus.UNKNOWN, "the client cannot take the files: " + packet.getData().toStringUtf8());
        default -> throw ProaException.invalid("the client sends a packet of type " + packet.getType() + ", which it must not");
      }
    }
  }

  private void send(int id, String path) throws IOException {
    byte[] block = new byte[BLOCK];
    try (Fd file = Fs.openInRoot(root, path, Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW, 0)) {
      for (int n = Io.read(file, block, 0, block.length); n > 0; n = Io.read(file, block, 0, block.length)) {
        call.send(Packet.newBuilder().setType(Packet.Type.DATA).setId(id).setData(ByteString.copyFrom(block, 0, n)).build());
      }
    }
    call.send(Packet.newBuilder().setType(Packet.Type.DATA).setId(id).build());
  }
}
