package dev.proa.vmm.virtio.vsock;

import dev.proa.linux.Errno;
import dev.proa.linux.Fd;
import dev.proa.linux.abi.Poll;
import dev.proa.vmm.virtio.IoVectors;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** One stream, with the credit of both directions (virtio 1.2, 5.10.6.3). */
final class Connection {
  /** What waits for the host's end at most: our promise to the guest. */
  static final int BUFFER = 256 << 10;

  enum State {
    /** The host's end says which port it wants. */
    HANDSHAKE,
    /** The guest is asked. */
    REQUESTED,
    ESTABLISHED,
    CLOSED
  }

  private static final int MAX_HANDSHAKE = 32;

  final long token;
  final int hostPort;
  final Fd socket;
  int guestPort;
  State state;

  // What is to be told to the guest
  boolean sendRequest;
  boolean sendResponse;
  boolean sendReset;
  boolean sendCredit;
  boolean askForCredit;
  /** Flags of a SHUTDOWN, 0 for none. */
  int sendShutdown;

  // From the host to the guest
  boolean readable;
  boolean hostDone;
  boolean hangUp;
  boolean guestReceives = true;
  private int sent;
  private int peerBufAlloc;
  private int peerFwdCnt;
  boolean asked;

  // From the guest to the host
  boolean guestDone;
  int fwdCnt;
  private int toldFwdCnt;
  private int received;
  private final StringBuilder handshake = new StringBuilder();
  private MemorySegment buffer = MemorySegment.NULL;
  private int bufferStart;
  private int buffered;

  /** What the socket is watched for. */
  int watched = Poll.EPOLLIN;

  Connection(long token, int hostPort, Fd socket, State state) {
    this.token = token;
    this.hostPort = hostPort;
    this.socket = socket;
    this.state = state;
  }

  /** How much the guest has room for. */
  int credit() {
    return Math.max(0, peerBufAlloc - (sent - peerFwdCnt));
  }

  void credit(VsockPacket packet) {
    peerBufAlloc = packet.bufAlloc();
    peerFwdCnt = packet.fwdCnt();
    asked = false;
  }

  void sent(int bytes) {
    sent += bytes;
  }

  /** What goes into the header of every packet. */
  int tellFwdCnt() {
    toldFwdCnt = fwdCnt;
    return fwdCnt;
  }

  int buffered() {
    return buffered;
  }

  /** Whether the guest keeps to what it was promised. */
  boolean mayReceive(int bytes) {
    return bytes <= BUFFER - (received - toldFwdCnt);
  }

  /** Takes what the guest sent: to the socket as far as that has room, the rest into the buffer. A negative errno when the socket is gone. */
  long toHost(List<MemorySegment> pieces, int size, IoVectors vectors) {
    received += size;
    long written = 0;
    if (buffered == 0 && size > 0) {
      written = vectors.write(socket, pieces);
      if (written < 0 && written != -Errno.EAGAIN.number()) {
        return written;
      }
      written = Math.max(0, written);
      forwarded((int) written);
    }
    long skip = written;
    for (MemorySegment piece : pieces) {
      if (skip >= piece.byteSize()) {
        skip -= piece.byteSize();
        continue;
      }
      keep(piece.asSlice(skip));
      skip = 0;
    }
    return 0;
  }

  private void keep(MemorySegment piece) {
    if (buffer.byteSize() == 0) {
      buffer = Arena.ofAuto().allocate(BUFFER);
    }
    long end = (bufferStart + buffered) % BUFFER;
    long first = Math.min(piece.byteSize(), BUFFER - end);
    MemorySegment.copy(piece, 0, buffer, end, first);
    MemorySegment.copy(piece, first, buffer, 0, piece.byteSize() - first);
    buffered += (int) piece.byteSize();
  }

  /** Writes what waits. A negative errno when the socket is gone. */
  long flush(IoVectors vectors) {
    while (buffered > 0) {
      long n = vectors.write(socket, List.of(buffer.asSlice(bufferStart, Math.min(buffered, BUFFER - bufferStart))));
      if (n == -Errno.EAGAIN.number()) {
        return 0;
      }
      if (n < 0) {
        return n;
      }
      bufferStart = (int) ((bufferStart + n) % BUFFER);
      buffered -= (int) n;
      forwarded((int) n);
    }
    return 0;
  }

  private void forwarded(int bytes) {
    fwdCnt += bytes;
    if (fwdCnt - toldFwdCnt >= BUFFER / 4) {
      sendCredit = true;
    }
  }

  /** Takes a character of {@code CONNECT <port>\n}; true when it is complete, with {@link #guestPort}. */
  boolean handshake(char c) throws NumberFormatException {
    if (c != '\n') {
      handshake.append(c);
      if (handshake.length() > MAX_HANDSHAKE) {
        throw new NumberFormatException("a line that is too long");
      }
      return false;
    }
    String line = handshake.toString();
    if (!line.startsWith("CONNECT ")) {
      throw new NumberFormatException("no CONNECT");
    }
    guestPort = Integer.parseUnsignedInt(line.substring("CONNECT ".length()));
    return true;
  }

  boolean hasToSay() {
    return sendRequest || sendResponse || sendReset || sendCredit || askForCredit || sendShutdown != 0;
  }

  boolean hasData() {
    return state == State.ESTABLISHED && readable && !hostDone && guestReceives && credit() > 0;
  }
}
