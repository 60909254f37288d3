package dev.proa.lifecycle.internal.dns;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.InetSockets;
import dev.proa.linux.Sockets;
import dev.proa.linux.abi.Netlink;
import dev.proa.linux.abi.NfTables;
import dev.proa.linux.abi.Socket;
import dev.proa.linux.netlink.NetlinkSocket;
import dev.proa.linux.netlink.NetworkNamespace;
import dev.proa.linux.netlink.NfRule;
import dev.proa.linux.netlink.NfTransaction;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * The resolver's two sockets in a container's network namespace. They are on ports of their own choice, and port 53 of 127.0.0.11 leads to them, so
 * that a name server can run in the container.
 */
record ResolverSockets(Fd udp, Fd tcp) implements AutoCloseable {
  private static final InetAddress ADDRESS = InetAddress.ofLiteral("127.0.0.11");
  private static final String TABLE = "proa-resolver";
  private static final int BACKLOG = 64;
  private static final int DNS = 53;
  private static final int R0 = NfTables.NFT_REG32_00;
  private static final int R1 = NfTables.NFT_REG32_01;

  /** @param namespace such as {@code /proc/PID/ns/net} */
  static ResolverSockets make(String namespace) throws IOException {
    return NetworkNamespace.in(namespace, ResolverSockets::make);
  }

  private static ResolverSockets make() throws ErrnoException {
    Fd udp = Sockets.socket(Socket.AF_INET, Socket.SOCK_DGRAM | Socket.SOCK_NONBLOCK, 0);
    Fd tcp = null;
    try {
      InetSockets.bind(udp, new InetSocketAddress(ADDRESS, 0));
      tcp = Sockets.socket(Socket.AF_INET, Socket.SOCK_STREAM | Socket.SOCK_NONBLOCK, 0);
      InetSockets.bind(tcp, new InetSocketAddress(ADDRESS, 0));
      Sockets.listen(tcp, BACKLOG);
      redirect(InetSockets.localPort(udp), InetSockets.localPort(tcp));
      return new ResolverSockets(udp, tcp);
    } catch (ErrnoException | RuntimeException e) {
      udp.close();
      if (tcp != null) {
        tcp.close();
      }
      throw e;
    }
  }

  private static void redirect(int udpPort, int tcpPort) throws ErrnoException {
    try (NetlinkSocket netfilter = NetlinkSocket.open(Netlink.NETLINK_NETFILTER)) {
      try {
        rules(new NfTransaction(TABLE).newTable(), udpPort, tcpPort).commit(netfilter);
      } catch (ErrnoException e) {
        if (e.errno() != Errno.EEXIST) {
          throw e;
        }
        // Of an earlier daemon, whose sockets are lost.
        rules(new NfTransaction(TABLE).addTable().deleteTable().addTable(), udpPort, tcpPort).commit(netfilter);
      }
    }
  }

  private static NfTransaction rules(NfTransaction transaction, int udpPort, int tcpPort) {
    return transaction
        .addChain("output", "nat", NfTables.NF_INET_LOCAL_OUT, NfTables.NF_IP_PRI_NAT_DST)
        .addRule("output", redirection(NfTables.IPPROTO_UDP, udpPort))
        .addRule("output", redirection(NfTables.IPPROTO_TCP, tcpPort));
  }

  private static NfRule redirection(int protocol, int port) {
    return new NfRule()
        .meta(NfTables.NFT_META_NFPROTO, R0)
        .equal(R0, new byte[] {(byte) NfTables.NFPROTO_IPV4})
        .meta(NfTables.NFT_META_L4PROTO, R0)
        .equal(R0, new byte[] {(byte) protocol})
        .payload(NfTables.NFT_PAYLOAD_NETWORK_HEADER, 16, 4, R0)
        .equal(R0, ADDRESS.getAddress())
        .payload(NfTables.NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, R0)
        .equal(R0, port(DNS))
        .immediate(R0, ADDRESS.getAddress())
        .immediate(R1, port(port))
        .dnat(NfTables.NFPROTO_IPV4, R0, R1);
  }

  private static byte[] port(int port) {
    return new byte[] {(byte) (port >> 8), (byte) port};
  }

  List<Fd> both() {
    return List.of(udp, tcp);
  }

  @Override
  public void close() {
    udp.close();
    tcp.close();
  }
}
