package dev.proa.vmm.virtio.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.linux.Fd;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Socket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Over a pair of sockets that keep datagrams apart, as a packet socket does: the longer header of the guest and the shorter one of the kernel. */
final class PacketSocketTest {
  private static final int FRAME = 1514;

  @Test
  void theNumberOfBuffersIsLeftOutHoweverTheFrameIsCut() throws Exception {
    Random random = new Random(4);
    byte[] frame = new byte[FramePort.HEADER + FRAME];
    random.nextBytes(frame);
    byte[] expected = new byte[frame.length - 2];
    System.arraycopy(frame, 0, expected, 0, 10);
    System.arraycopy(frame, FramePort.HEADER, expected, 10, FRAME);
    Sockets.SocketPair pair = Sockets.socketpair(Socket.SOCK_SEQPACKET);
    try (Fd mine = pair.first();
        Fd kernel = pair.second();
        Arena arena = Arena.ofConfined()) {
      MemorySegment whole = arena.allocate(frame.length);
      MemorySegment.copy(frame, 0, whole, ValueLayout.JAVA_BYTE, 0, frame.length);
      for (int round = 0; round < 200; round++) {
        List<MemorySegment> pieces = new ArrayList<>();
        for (long at = 0; at < frame.length; ) {
          long size = Math.min(frame.length - at, 1 + random.nextInt(round < 100 ? 14 : 600));
          pieces.add(whole.asSlice(at, size));
          at += size;
        }
        assertThat(new PacketSocket(mine).write(pieces)).isEqualTo(expected.length);
        assertThat(Sockets.recvmsg(kernel, frame.length, 0).bytes()).isEqualTo(expected);
      }
    }
  }

  @Test
  void aFrameIsReadBehindAHeaderOfTheGuestsLength() throws Exception {
    byte[] sent = new byte[10 + FRAME];
    new Random(5).nextBytes(sent);
    Sockets.SocketPair pair = Sockets.socketpair(Socket.SOCK_SEQPACKET);
    try (Fd mine = pair.first();
        Fd kernel = pair.second();
        Arena arena = Arena.ofConfined()) {
      Sockets.sendmsg(kernel, sent, List.of(), 0);
      MemorySegment into = arena.allocate(FramePort.MAX_FRAME, 8);
      into.fill((byte) 0x55);
      assertThat(new PacketSocket(mine).read(into)).isEqualTo(FramePort.HEADER + FRAME);
      assertThat(into.asSlice(0, 10).toArray(ValueLayout.JAVA_BYTE)).containsExactly(java.util.Arrays.copyOf(sent, 10));
      assertThat(into.get(ValueLayout.JAVA_SHORT, 10)).isZero();
      assertThat(into.asSlice(FramePort.HEADER, FRAME).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(java.util.Arrays.copyOfRange(sent, 10, sent.length));
    }
  }
}
