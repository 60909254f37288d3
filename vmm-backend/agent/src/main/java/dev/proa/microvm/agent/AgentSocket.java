package dev.proa.microvm.agent;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Poll;
import dev.proa.linux.abi.Socket;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** One connection to the agent: frames with a deadline. The agent is not trusted: what it says is checked, and is never longer than a frame may be. */
final class AgentSocket implements AutoCloseable {
  private static final int PORT = 1024;

  private final Fd fd;
  private final long deadline;

  private AgentSocket(Fd fd, long deadline) {
    this.fd = fd;
    this.deadline = deadline;
  }

  /** What was received. */
  record Received(int type, ByteBuffer payload) {}

  /**
   * Connects by way of the VMM's socket, as with Firecracker: CONNECT PORT, answered by OK.
   *
   * @param time for everything that is done on this connection
   * @throws IOException also when nobody listens in the guest yet
   */
  static AgentSocket connect(Path socket, Duration time) throws IOException {
    AgentSocket connected = new AgentSocket(dial(socket), System.nanoTime() + time.toNanos());
    try {
      connected.send(("CONNECT " + PORT + "\n").getBytes(StandardCharsets.US_ASCII));
      connected.awaitOk();
      Received hello = connected.receive();
      if (hello.type() != Frame.HELLO || hello.payload().remaining() < 8 || hello.payload().getInt() != Frame.MAGIC) {
        throw new IOException("whoever answers on the guest's port " + PORT + " is no agent");
      }
      int version = hello.payload().getInt();
      if (version != Frame.VERSION) {
        throw new IOException("the guest's agent speaks version " + version + " of its protocol, this backend " + Frame.VERSION);
      }
      return connected;
    } catch (IOException | RuntimeException e) {
      connected.close();
      throw e;
    }
  }

  /** By a descriptor of the folder: a socket's path has 107 bytes at most. */
  private static Fd dial(Path socket) throws ErrnoException {
    try (Fd folder = Fs.open(socket.getParent().toString(), Fcntl.O_PATH | Fcntl.O_DIRECTORY)) {
      Fd fd = Sockets.socket(Socket.AF_UNIX, Socket.SOCK_STREAM, 0);
      try {
        Sockets.connect(fd, "/proc/self/fd/" + folder.raw() + "/" + socket.getFileName());
        return fd;
      } catch (ErrnoException | RuntimeException e) {
        fd.close();
        throw e;
      }
    }
  }

  /** A byte at a time: what follows the line is the agent's. */
  private void awaitOk() throws IOException {
    StringBuilder line = new StringBuilder();
    for (byte[] next = new byte[1]; ; line.append((char) next[0])) {
      readFully(next);
      if (next[0] == '\n') {
        break;
      }
      if (line.length() > 32) {
        throw new IOException("the VMM's vsock answers \"" + line + "\"");
      }
    }
    if (!line.toString().startsWith("OK ")) {
      throw new IOException("the VMM's vsock answers \"" + line + "\"");
    }
  }

  void send(int type, byte[] payload) throws IOException {
    if (payload.length > Frame.MAX) {
      throw new IllegalArgumentException("a frame of " + payload.length + " bytes");
    }
    ByteBuffer frame = ByteBuffer.allocate(Frame.HEADER + payload.length).order(ByteOrder.LITTLE_ENDIAN);
    send(frame.putInt(payload.length).putShort((short) type).putShort((short) 0).put(payload).array());
  }

  private void send(byte[] bytes) throws IOException {
    for (int at = 0; at < bytes.length; ) {
      await(Poll.EPOLLOUT);
      byte[] rest = at == 0 ? bytes : java.util.Arrays.copyOfRange(bytes, at, bytes.length);
      try {
        at += Sockets.sendmsg(fd, rest, List.of(), Socket.MSG_NOSIGNAL | Socket.MSG_DONTWAIT);
      } catch (ErrnoException e) {
        if (e.errno() != Errno.EAGAIN) {
          throw e;
        }
      }
    }
  }

  Received receive() throws IOException {
    byte[] header = new byte[Frame.HEADER];
    readFully(header);
    ByteBuffer head = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    int length = head.getInt();
    int type = Short.toUnsignedInt(head.getShort());
    if (length < 0 || length > Frame.MAX) {
      throw new IOException("the agent announces a frame of " + Integer.toUnsignedString(length) + " bytes");
    }
    byte[] payload = new byte[length];
    readFully(payload);
    return new Received(type, ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN));
  }

  private void readFully(byte[] to) throws IOException {
    for (int at = 0; at < to.length; ) {
      await(Poll.EPOLLIN);
      int n = Io.read(fd, to, at, to.length - at);
      if (n <= 0) {
        throw new EOFException("the agent closed the connection");
      }
      at += n;
    }
  }

  private void await(int event) throws IOException {
    long left = deadline - System.nanoTime();
    if (left <= 0 || Io.poll(List.of(new Io.PollFor(fd, event)), Math.max(1, left / 1_000_000))[0] == 0) {
      throw new SocketTimeoutException("the agent does not answer");
    }
  }

  /** The connection itself, for whoever goes on with it; this object is closed. */
  Fd release() {
    return Fd.owning(fd.release());
  }

  @Override
  public void close() {
    fd.close();
  }
}
