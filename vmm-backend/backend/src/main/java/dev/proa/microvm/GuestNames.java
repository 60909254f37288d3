package dev.proa.microvm;

import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.netlink.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;

/**
 * The host's end of a guest's name service: what comes over vsock, a stream for each question, goes on to 127.0.0.11 in the monitor's network namespace,
 * where the engine answers as it does for containers in namespaces. Like that it is there while the daemon is.
 */
final class GuestNames implements AutoCloseable {
  /** Folder in the task's for the sockets that the guest may connect to. */
  static final String FOLDER = "vsock";

  private static final int DNS = 53;
  private static final InetAddress RESOLVER = InetAddress.ofLiteral("127.0.0.11");

  /** As many as the guest's agent has questions under way; more are a guest's that is none of ours. */
  private static final int QUESTIONS = 64;

  private static final int CHUNK = 8 << 10;

  private final ServerSocketChannel listener;
  private final String namespace;
  private final Semaphore questions = new Semaphore(QUESTIONS);

  private GuestNames(ServerSocketChannel listener, String namespace) {
    this.listener = listener;
    this.namespace = namespace;
  }

  /** @param folder the task's */
  static GuestNames serve(Path folder, int monitorPid) throws IOException {
    String name = Hypervisor.AGENT + "_" + DNS;
    Files.deleteIfExists(folder.resolve(FOLDER).resolve(name));
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    // A socket's path has 107 bytes at most.
    try (Fd directory = Fs.open(folder.resolve(FOLDER).toString(), Fcntl.O_PATH | Fcntl.O_DIRECTORY)) {
      listener.bind(UnixDomainSocketAddress.of("/proc/self/fd/" + directory.raw() + "/" + name));
    } catch (IOException | RuntimeException e) {
      listener.close();
      throw e;
    }
    GuestNames names = new GuestNames(listener, "/proc/" + monitorPid + "/ns/net");
    Thread.ofVirtual().name("proa-guest-names").start(names::accept);
    return names;
  }

  /** Removes what is left of it in a task's folder, whatever the monitor has made there. */
  static void remove(Path folder) throws IOException {
    Path sockets = folder.resolve(FOLDER);
    if (!Files.exists(sockets, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    List<Path> found;
    try (Stream<Path> files = Files.walk(sockets)) {
      found = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : found) {
      Files.deleteIfExists(file);
    }
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel guest = listener.accept();
        if (questions.tryAcquire()) {
          Thread.ofVirtual().name("proa-guest-name").start(() -> answer(guest));
        } else {
          guest.close();
        }
      }
    } catch (IOException closed) {
      // The task has ended, or the daemon does.
    }
  }

  private void answer(SocketChannel guest) {
    try (guest;
        SocketChannel resolver = NetworkNamespace.in(namespace, () -> SocketChannel.open(StandardProtocolFamily.INET))) {
      resolver.connect(new InetSocketAddress(RESOLVER, DNS));
      Thread.ofVirtual().name("proa-guest-name").start(() -> pump(guest, resolver));
      pump(resolver, guest);
    } catch (IOException e) {
      // No network with names: the guest sees its stream end.
    } finally {
      questions.release();
    }
  }

  private static void pump(SocketChannel from, SocketChannel to) {
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
    try {
      while (from.read(buffer) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          to.write(buffer);
        }
        buffer.clear();
      }
      to.shutdownOutput();
    } catch (IOException e) {
      // Either end has gone; the other is closed with it.
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      org.slf4j.LoggerFactory.getLogger(GuestNames.class).warn("name service of a guest: {}", e.getMessage());
    }
  }
}
