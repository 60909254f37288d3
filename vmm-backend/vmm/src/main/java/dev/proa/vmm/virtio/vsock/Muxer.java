package dev.proa.vmm.virtio.vsock;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Poll;
import dev.proa.linux.abi.Socket;
import dev.proa.vmm.virtio.ActiveDevice;
import dev.proa.vmm.virtio.IoVectors;
import dev.proa.vmm.virtio.vsock.Connection.State;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** All connections of one guest: which socket belongs to which pair of ports, and who has something to tell the guest. */
final class Muxer {
  static final long LISTENER = 0;

  /** More the guest or the host cannot open. */
  static final int MAX_CONNECTIONS = 1023;

  /** Host ports that we choose, for connections by the host; those of services are lower. */
  private static final int FIRST_HOST_PORT = 1 << 30;

  /** Answers to packets of no connection; a guest that makes more of them than it takes loses some. */
  private static final int MAX_RESETS = 256;

  private final ActiveDevice active;
  private final HostSockets host;
  private final long guestCid;
  private final IoVectors vectors = new IoVectors();
  private final Map<Long, Connection> byToken = new HashMap<>();
  private final Map<Long, Connection> byPorts = new HashMap<>();
  private final Set<Connection> talkative = new LinkedHashSet<>();
  private final Deque<VsockPacket> resets = new ArrayDeque<>();
  private long nextToken = LISTENER + 1;
  private int nextHostPort;

  /**
   * @param restored whether the guest may still have connections that another process made: a request with the ports of one would reach that, which
   *     ignores it, instead of who listens; so the numbers begin elsewhere
   */
  Muxer(ActiveDevice active, HostSockets host, long guestCid, boolean restored) {
    this.active = active;
    this.host = host;
    this.guestCid = guestCid;
    this.nextHostPort = restored ? FIRST_HOST_PORT + new SecureRandom().nextInt(FIRST_HOST_PORT) : FIRST_HOST_PORT;
  }

  boolean hasAnything() {
    return !resets.isEmpty() || !talkative.isEmpty();
  }

  private static long ports(int hostPort, int guestPort) {
    return (long) hostPort << 32 | guestPort & 0xffffffffL;
  }

  // From the host

  void ready(long token, int events) throws IOException {
    if (token == LISTENER) {
      accept();
      return;
    }
    Connection c = byToken.get(token);
    if (c == null) {
      return;
    }
    if (c.state == State.HANDSHAKE) {
      handshake(c);
      return;
    }
    if ((events & Poll.EPOLLOUT) != 0) {
      flush(c);
    }
    if ((events & (Poll.EPOLLHUP | Poll.EPOLLERR)) != 0) {
      c.hangUp = true;
      if (c.state == State.REQUESTED) {
        // the host lost patience before the guest answered
        c.sendRequest = false;
        c.sendReset = true;
      }
    }
    if ((events & (Poll.EPOLLIN | Poll.EPOLLHUP | Poll.EPOLLERR)) != 0) {
      c.readable = true;
    }
    changed(c);
  }

  private void accept() throws IOException {
    for (Fd socket = host.accept(); socket != null; socket = host.accept()) {
      if (byToken.size() >= MAX_CONNECTIONS) {
        active.metrics().error("more than " + MAX_CONNECTIONS + " connections");
        socket.close();
        continue;
      }
      Connection c = new Connection(nextToken++, nextHostPort, socket, State.HANDSHAKE);
      nextHostPort = nextHostPort == -1 ? FIRST_HOST_PORT : nextHostPort + 1;
      byToken.put(c.token, c);
      active.watch(socket, c.watched, c.token);
    }
  }

  /** Byte by byte: what follows the line is data. */
  private void handshake(Connection c) throws IOException {
    byte[] one = new byte[1];
    try {
      while (Io.read(c.socket, one, 0, 1) == 1) {
        if (c.handshake((char) one[0])) {
          c.state = State.REQUESTED;
          c.sendRequest = true;
          if (byPorts.putIfAbsent(ports(c.hostPort, c.guestPort), c) != null) {
            break; // after 2^30 connections a number comes again
          }
          changed(c);
          return;
        }
      }
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EAGAIN) {
        return;
      }
    } catch (NumberFormatException e) {
      active.metrics().error("a connection to the vsock's socket that does not begin with CONNECT <port>");
    }
    byToken.remove(c.token);
    active.unwatch(c.socket);
    c.socket.close();
  }

  // From the guest

  void fromGuest(VsockPacket packet, List<MemorySegment> data) throws IOException {
    Connection c = byPorts.get(ports(packet.dstPort(), packet.srcPort()));
    if (packet.type() != VsockPacket.TYPE_STREAM) {
      reset(packet);
      return;
    }
    if (c == null) {
      switch (packet.op()) {
        case VsockPacket.OP_REQUEST -> connect(packet);
        case VsockPacket.OP_RST -> {}
        default -> reset(packet);
      }
      return;
    }
    c.credit(packet);
    switch (packet.op()) {
      case VsockPacket.OP_RESPONSE -> {
        if (c.state == State.REQUESTED) {
          c.state = State.ESTABLISHED;
          byte[] ok = ("OK " + Integer.toUnsignedString(c.hostPort) + "\n").getBytes(StandardCharsets.US_ASCII);
          try {
            Io.writeFully(c.socket, ok); // a new socket has room for it
          } catch (ErrnoException e) {
            c.sendReset = true;
          }
        } else {
          c.sendReset = true;
        }
      }
      case VsockPacket.OP_RST -> remove(c);
      case VsockPacket.OP_SHUTDOWN -> {
        c.guestReceives &= (packet.flags() & VsockPacket.SHUTDOWN_RECEIVE) == 0;
        c.guestDone |= (packet.flags() & VsockPacket.SHUTDOWN_SEND) != 0;
        afterShutdown(c);
      }
      case VsockPacket.OP_RW -> data(c, packet, data);
      case VsockPacket.OP_CREDIT_UPDATE -> {}
      case VsockPacket.OP_CREDIT_REQUEST -> c.sendCredit = true;
      default -> {
        active.metrics().error("a packet with the operation " + packet.op());
        c.sendReset = true;
      }
    }
    if (c.state != State.CLOSED) {
      changed(c);
    }
  }

  private void connect(VsockPacket packet) throws IOException {
    if (byToken.size() >= MAX_CONNECTIONS) {
      active.metrics().error("more than " + MAX_CONNECTIONS + " connections");
      reset(packet);
      return;
    }
    try {
      Fd socket = host.connect(packet.dstPort());
      Connection c = new Connection(nextToken++, packet.dstPort(), socket, State.ESTABLISHED);
      c.guestPort = packet.srcPort();
      c.sendResponse = true;
      c.credit(packet);
      byToken.put(c.token, c);
      byPorts.put(ports(c.hostPort, c.guestPort), c);
      active.watch(socket, c.watched, c.token);
      changed(c);
    } catch (ErrnoException e) {
      reset(packet); // nobody listens there: an answer, no error
    }
  }

  private void data(Connection c, VsockPacket packet, List<MemorySegment> data) {
    if (c.state != State.ESTABLISHED || c.guestDone || !c.mayReceive(packet.length())) {
      active.metrics().error("data that a connection of vsock has no room for");
      c.sendReset = true;
    } else if (c.toHost(data, packet.length(), vectors) < 0) {
      c.sendReset = true; // the host's end is closed
    }
  }

  private void flush(Connection c) throws IOException {
    if (c.flush(vectors) < 0) {
      c.sendReset = true;
    } else {
      afterShutdown(c);
    }
  }

  /** Passes on the end of what the guest sends when all of it is through; both directions done is the end of the connection. */
  private void afterShutdown(Connection c) {
    if (c.guestDone && c.buffered() == 0) {
      if (!c.guestReceives) {
        c.sendReset = true;
        return;
      }
      try {
        Sockets.shutdown(c.socket, Socket.SHUT_WR);
      } catch (ErrnoException e) {
        c.sendReset = true;
      }
    }
  }

  private void reset(VsockPacket packet) {
    if (resets.size() < MAX_RESETS) {
      resets.add(
          new VsockPacket(VsockDevice.HOST_CID, guestCid, packet.dstPort(), packet.srcPort(), 0, packet.type(), VsockPacket.OP_RST, 0, 0, 0));
    }
  }

  // To the guest

  /** The next packet, its data written into {@code room}; null when there is none after all. */
  @Nullable VsockPacket toGuest(List<MemorySegment> room) throws IOException {
    VsockPacket reset = resets.poll();
    if (reset != null) {
      return reset;
    }
    Connection c = talkative.isEmpty() ? null : talkative.iterator().next();
    if (c == null) {
      return null;
    }
    talkative.remove(c); // to the end of the line, if it has more
    VsockPacket packet = c.hasToSay() ? control(c) : c.hasData() ? read(c, room) : null;
    if (c.state != State.CLOSED) {
      changed(c);
    }
    return packet;
  }

  private VsockPacket control(Connection c) throws IOException {
    if (c.sendReset) {
      VsockPacket packet = packet(c, VsockPacket.OP_RST, 0, 0);
      remove(c);
      return packet;
    }
    if (c.sendRequest) {
      c.sendRequest = false;
      return packet(c, VsockPacket.OP_REQUEST, 0, 0);
    }
    if (c.sendResponse) {
      c.sendResponse = false;
      return packet(c, VsockPacket.OP_RESPONSE, 0, 0);
    }
    if (c.sendCredit) {
      c.sendCredit = false;
      return packet(c, VsockPacket.OP_CREDIT_UPDATE, 0, 0);
    }
    if (c.askForCredit) {
      c.askForCredit = false;
      return packet(c, VsockPacket.OP_CREDIT_REQUEST, 0, 0);
    }
    int flags = c.sendShutdown;
    c.sendShutdown = 0;
    return packet(c, VsockPacket.OP_SHUTDOWN, flags, 0);
  }

  private @Nullable VsockPacket read(Connection c, List<MemorySegment> room) {
    List<MemorySegment> limited = new ArrayList<>();
    long credit = c.credit();
    for (MemorySegment piece : room) {
      long size = Math.min(piece.byteSize(), credit);
      if (size > 0) {
        limited.add(piece.asSlice(0, size));
        credit -= size;
      }
    }
    if (limited.isEmpty()) {
      return null;
    }
    long n = vectors.read(c.socket, limited);
    if (n == -Errno.EAGAIN.number()) {
      c.readable = false;
      return null;
    }
    if (n <= 0) {
      c.hostDone = true;
      // a host that has closed takes nothing more either; one that is done with sending still listens
      c.sendShutdown = VsockPacket.SHUTDOWN_SEND | (n < 0 || c.hangUp ? VsockPacket.SHUTDOWN_RECEIVE : 0);
      return null;
    }
    c.sent((int) n);
    return packet(c, VsockPacket.OP_RW, 0, (int) n);
  }

  private VsockPacket packet(Connection c, int op, int flags, int length) {
    return new VsockPacket(
        VsockDevice.HOST_CID, guestCid, c.hostPort, c.guestPort, length, VsockPacket.TYPE_STREAM, op, flags, Connection.BUFFER, c.tellFwdCnt());
  }

  /** After anything about a connection is another: who is in line, and what its socket is watched for. */
  private void changed(Connection c) throws ErrnoException {
    if (c.readable && c.state == State.ESTABLISHED && c.guestReceives && !c.hostDone && c.credit() == 0 && !c.asked) {
      c.asked = true;
      c.askForCredit = true;
    }
    if (c.hasToSay() || c.hasData()) {
      talkative.add(c);
    }
    // what is known is not watched for: a level would come again at once
    int wanted = (c.readable || c.hostDone ? 0 : Poll.EPOLLIN) | (c.buffered() > 0 ? Poll.EPOLLOUT : 0);
    if (c.hangUp) {
      wanted = -1;
    }
    if (wanted != c.watched) {
      if (wanted == -1) {
        active.unwatch(c.socket); // EPOLLHUP cannot be masked
      } else if (c.watched != -1) {
        active.rewatch(c.socket, wanted, c.token);
      }
      c.watched = wanted;
    }
  }

  private void remove(Connection c) throws ErrnoException {
    c.state = State.CLOSED;
    byToken.remove(c.token);
    byPorts.remove(ports(c.hostPort, c.guestPort), c);
    talkative.remove(c);
    if (c.watched != -1) {
      active.unwatch(c.socket);
    }
    c.socket.close();
  }

  void close() {
    byToken.values().forEach(c -> c.socket.close());
    byToken.clear();
    byPorts.clear();
  }
}
