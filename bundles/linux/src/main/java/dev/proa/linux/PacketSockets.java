package dev.proa.linux;

import static dev.proa.linux.Kernel.call;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.proa.linux.abi.Socket;
import dev.proa.linux.abi.Syscall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Sockets of AF_PACKET, packet(7). */
public final class PacketSockets {
  /** {@code struct sockaddr_ll} of linux/if_packet.h. */
  private static final int SOCKADDR_LL = 20;

  private static final int PROTOCOL = 2;
  private static final int INTERFACE = 4;

  private PacketSockets() {}

  /**
   * A socket for every frame that arrives at an interface of this thread's network namespace, and that sends frames from it. Each frame has {@code struct
   * virtio_net_hdr} (10 bytes) before it, so that checksums and segmentation can be left to whoever is last. Does not block. Needs CAP_NET_RAW.
   *
   * @param receiveBytes room for frames that nobody has read; more are dropped
   */
  public static Fd open(int interfaceIndex, int receiveBytes) throws ErrnoException {
    // Protocol 0: nothing arrives before it is bound, from other interfaces above all.
    Fd socket = Sockets.socket(Socket.AF_PACKET, Socket.SOCK_RAW | Socket.SOCK_NONBLOCK, 0);
    try (Arena arena = Arena.ofConfined()) {
      Sockets.setsockopt(socket, Socket.SOL_PACKET, Socket.PACKET_VNET_HDR, 1);
      Sockets.setsockopt(socket, Socket.SOL_PACKET, Socket.PACKET_IGNORE_OUTGOING, 1);
      Sockets.setsockopt(socket, Socket.SOL_SOCKET, Socket.SO_RCVBUFFORCE, receiveBytes);
      MemorySegment name = arena.allocate(SOCKADDR_LL, 4);
      name.set(JAVA_SHORT, 0, (short) Socket.AF_PACKET);
      name.set(JAVA_BYTE, PROTOCOL + 1, (byte) Socket.ETH_P_ALL); // big-endian
      name.set(JAVA_INT, INTERFACE, interfaceIndex);
      call(Syscall.BIND, "interface " + interfaceIndex, socket.raw(), name.address(), SOCKADDR_LL);
      return socket;
    } catch (ErrnoException e) {
      socket.close();
      throw e;
    }
  }
}
