package dev.proa.buildkit.internal.session;

import com.google.protobuf.ByteString;
import dev.proa.buildkit.internal.grpc.ClientCall;
import dev.proa.buildkit.internal.grpc.GrpcException;
import dev.proa.buildkit.internal.grpc.GrpcStatus;
import dev.proa.buildkit.protocol.BytesMessage;
import dev.proa.buildkit.protocol.CheckAgentRequest;
import dev.proa.buildkit.protocol.Empty;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sockets on this host behind which the client's SSH agents answer, for the length of a build. */
public final class SshForward implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SshForward.class);
  private static final String CHECK = "/moby.sshforward.v1.SSH/CheckAgent";
  private static final String FORWARD = "/moby.sshforward.v1.SSH/ForwardAgent";
  private static final int MAX_CONNECTIONS = 64;
  private static final int BLOCK = 32 << 10;

  private final Session session;
  private final Path folder;
  private final Map<String, Path> sockets = new HashMap<>();
  private final Set<AutoCloseable> open = ConcurrentHashMap.newKeySet();

  /** @param folder where the sockets may lie: of this boot, and nobody else's */
  public SshForward(Session session, Path folder) {
    this.session = session;
    this.folder = folder;
  }

  /** The socket of an agent; null if the client does not offer it. */
  public synchronized @Nullable String socket(String id) {
    Path known = sockets.get(id);
    if (known != null) {
      return known.toString();
    }
    if (!session.offers(CHECK)) {
      return null;
    }
    try {
      session.ask(CHECK, CheckAgentRequest.newBuilder().setId(id).build(), Empty.parser());
      Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Path path = folder.resolve(UUID.randomUUID().toString().substring(0, 18));
      ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      open.add(server);
      server.bind(UnixDomainSocketAddress.of(path));
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));
      sockets.put(id, path);
      Thread.ofVirtual().name("ssh-agent").start(() -> accept(server, id));
      return path.toString();
    } catch (GrpcException e) {
      if (e.status() == GrpcStatus.NOT_FOUND || e.status() == GrpcStatus.UNKNOWN) {
        return null;
      }
      throw ProaException.unavailable("the client's SSH agent " + id + " does not answer: " + e.getMessage(), e);
    } catch (IOException e) {
      throw ProaException.internal("cannot forward the SSH agent " + id + ": " + e.getMessage(), e);
    }
  }

  private void accept(ServerSocketChannel server, String id) {
    try {
      while (true) {
        SocketChannel client = server.accept();
        if (open.size() > MAX_CONNECTIONS) {
          client.close();
          continue;
        }
        open.add(client);
        Thread.ofVirtual().name("ssh-agent").start(() -> forward(client, id));
      }
    } catch (IOException e) {
      LOG.debug("the socket of the SSH agent {} is closed: {}", id, e.getMessage());
    }
  }

  private void forward(SocketChannel client, String id) {
    try (client;
        ClientCall call = session.open(FORWARD, Map.of("buildkit.ssh.id", List.of(id)))) {
      Thread answers = Thread.ofVirtual().name("ssh-agent").start(() -> answers(client, call));
      ByteBuffer block = ByteBuffer.allocate(BLOCK);
      while (client.read(block) >= 0) {
        call.send(BytesMessage.newBuilder().setData(ByteString.copyFrom(block.flip())).build());
        block.clear();
      }
      call.endOutput();
      answers.join();
    } catch (IOException e) {
      LOG.debug("a connection to the SSH agent {} ends: {}", id, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(client);
    }
  }

  private static void answers(SocketChannel client, ClientCall call) {
    try {
      for (BytesMessage message = call.receive(BytesMessage.parser()); message != null; message = call.receive(BytesMessage.parser())) {
        ByteBuffer bytes = message.getData().asReadOnlyByteBuffer();
        while (bytes.hasRemaining()) {
          client.write(bytes);
        }
      }
      client.shutdownOutput();
    } catch (IOException e) {
      LOG.debug("an SSH agent's answers end: {}", e.getMessage());
    }
  }

  @Override
  public synchronized void close() {
    for (AutoCloseable each : open) {
      try {
        each.close();
      } catch (Exception e) {
        LOG.debug("a socket of an SSH agent is not closed: {}", e.getMessage());
      }
    }
    for (Path path : sockets.values()) {
      try {
        Files.deleteIfExists(path);
      } catch (IOException e) {
        LOG.warn("{} is not removed: {}", path, e.getMessage());
      }
    }
  }
}
