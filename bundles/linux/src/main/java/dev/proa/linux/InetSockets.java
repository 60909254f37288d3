package dev.proa.linux;

import static dev.proa.linux.Kernel.call;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.proa.linux.abi.Socket;
import dev.proa.linux.abi.Syscall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;

/** Addresses of AF_INET and AF_INET6 for raw sockets: those of the JDK cannot be made in another network namespace, nor held without listening. */
public final class InetSockets {
  /** Sizes and members of struct sockaddr_in and sockaddr_in6 (linux/in.h, in6.h). */
  private static final int SOCKADDR_IN = 16;

  private static final int SOCKADDR_IN6 = 28;
  private static final int PORT = 2;
  private static final int IPV4_ADDRESS = 4;
  private static final int IPV6_ADDRESS = 8;

  /** linux/in6.h. */
  private static final int IPPROTO_IPV6 = 41;

  private static final int IPV6_V6ONLY = 26;

  private InetSockets() {}

  /** bind(2); port 0 lets the kernel choose. */
  public static void bind(Fd socket, InetSocketAddress address) throws ErrnoException {
    byte[] bytes = address.getAddress().getAddress();
    boolean ipv6 = bytes.length == 16;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(SOCKADDR_IN6, 4);
      name.set(JAVA_SHORT, 0, (short) (ipv6 ? Socket.AF_INET6 : Socket.AF_INET));
      name.set(JAVA_BYTE, PORT, (byte) (address.getPort() >> 8));
      name.set(JAVA_BYTE, PORT + 1, (byte) address.getPort());
      MemorySegment.copy(bytes, 0, name, JAVA_BYTE, ipv6 ? IPV6_ADDRESS : IPV4_ADDRESS, bytes.length);
      String argument = text(address.getAddress().getHostAddress(), address.getPort());
      call(Syscall.BIND, argument, socket.raw(), name.address(), ipv6 ? SOCKADDR_IN6 : SOCKADDR_IN);
    }
  }

  /** The port of getsockname(2). */
  public static int localPort(Fd socket) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(SOCKADDR_IN6, 4);
      MemorySegment length = arena.allocateFrom(JAVA_INT, SOCKADDR_IN6);
      call(Syscall.GETSOCKNAME, socket.toString(), socket.raw(), name.address(), length.address());
      return (name.get(JAVA_BYTE, PORT) & 0xff) << 8 | name.get(JAVA_BYTE, PORT + 1) & 0xff;
    }
  }

  /** An IPv6 socket on all addresses then leaves those of IPv4 alone. */
  public static void onlyIpv6(Fd socket) throws ErrnoException {
    Sockets.setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  }

  /** {@code 127.0.0.1:80}, {@code [::1]:80}. */
  public static String text(String address, int port) {
    return address.contains(":") ? "[" + address + "]:" + port : address + ":" + port;
  }
}
