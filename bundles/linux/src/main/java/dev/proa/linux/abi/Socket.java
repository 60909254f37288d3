package dev.proa.linux.abi;

/** Constants of linux/socket.h, asm-generic/socket.h, linux/if_packet.h, linux/if_ether.h. */
public final class Socket {

  private Socket() {}

  public static final int AF_UNIX = 1;
  public static final int AF_INET = 2;
  public static final int AF_INET6 = 10;
  public static final int AF_NETLINK = 0x10;
  public static final int AF_PACKET = 0x11;
  public static final int AF_VSOCK = 0x28;
  public static final int SOCK_STREAM = 1;
  public static final int SOCK_DGRAM = 2;
  public static final int SOCK_RAW = 3;
  public static final int SOCK_SEQPACKET = 5;
  public static final int SOCK_CLOEXEC = 0x80000;
  public static final int SOCK_NONBLOCK = 0x800;
  public static final int SOL_SOCKET = 1;
  public static final int SO_PEERCRED = 0x11;
  public static final int SO_PASSCRED = 0x10;
  public static final int SO_SNDBUF = 7;
  public static final int SO_RCVBUF = 8;
  public static final int SO_SNDBUFFORCE = 0x20;
  public static final int SO_RCVBUFFORCE = 0x21;
  public static final int SO_TYPE = 3;
  public static final int SO_ERROR = 4;
  public static final int SO_REUSEADDR = 2;
  /** Since Linux 6.5. */
  public static final int SO_PEERPIDFD = 0x4d;
  public static final int SCM_RIGHTS = 1;
  public static final int SCM_CREDENTIALS = 2;
  public static final int MSG_PEEK = 2;
  public static final int MSG_CTRUNC = 8;
  public static final int MSG_TRUNC = 0x20;
  public static final int MSG_DONTWAIT = 0x40;
  public static final int MSG_NOSIGNAL = 0x4000;
  public static final int MSG_CMSG_CLOEXEC = 0x40000000;
  public static final int MSG_EOR = 0x80;
  public static final int SOL_PACKET = 0x107;
  public static final int PACKET_VNET_HDR = 0xf;
  /** Since Linux 4.20. */
  public static final int PACKET_IGNORE_OUTGOING = 0x17;
  public static final int ETH_P_ALL = 3;
  public static final int SHUT_RD = 0;
  public static final int SHUT_WR = 1;
  public static final int SHUT_RDWR = 2;
}
