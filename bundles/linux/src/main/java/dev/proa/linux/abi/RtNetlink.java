package dev.proa.linux.abi;

/** Constants of linux/rtnetlink.h, if_link.h, if_addr.h, neighbour.h, if.h and veth.h: links, addresses, routes, neighbours. */
public final class RtNetlink {

  private RtNetlink() {}

  // types
  public static final int RTM_NEWLINK = 0x10;
  public static final int RTM_DELLINK = 0x11;
  public static final int RTM_GETLINK = 0x12;
  public static final int RTM_SETLINK = 0x13;
  public static final int RTM_NEWADDR = 0x14;
  public static final int RTM_DELADDR = 0x15;
  public static final int RTM_GETADDR = 0x16;
  public static final int RTM_NEWROUTE = 0x18;
  public static final int RTM_DELROUTE = 0x19;
  public static final int RTM_GETROUTE = 0x1a;
  public static final int RTM_NEWNEIGH = 0x1c;
  public static final int RTM_DELNEIGH = 0x1d;

  // multicast groups
  public static final int RTNLGRP_LINK = 1;

  // links
  public static final int IFLA_ADDRESS = 1;
  public static final int IFLA_IFNAME = 3;
  public static final int IFLA_MTU = 4;
  public static final int IFLA_LINK = 5;
  public static final int IFLA_MASTER = 10;
  public static final int IFLA_LINKINFO = 18;
  public static final int IFLA_NET_NS_PID = 19;
  public static final int IFLA_NET_NS_FD = 28;
  public static final int IFLA_IFALIAS = 20;
  public static final int IFLA_TXQLEN = 13;
  public static final int IFLA_STATS64 = 23;
  public static final int IFLA_AF_SPEC = 26;
  public static final int IFLA_GROUP = 27;
  public static final int IFLA_NUM_TX_QUEUES = 31;
  public static final int IFLA_NUM_RX_QUEUES = 32;
  public static final int IFLA_PROTINFO = 12;
  public static final int IFLA_OPERSTATE = 16;

  // IFLA_LINKINFO
  public static final int IFLA_INFO_KIND = 1;
  public static final int IFLA_INFO_DATA = 2;
  public static final int IFLA_INFO_SLAVE_KIND = 4;
  public static final int IFLA_INFO_SLAVE_DATA = 5;
  public static final int VETH_INFO_PEER = 1;

  // IFLA_INFO_DATA of a bridge
  public static final int IFLA_BR_FORWARD_DELAY = 1;
  public static final int IFLA_BR_STP_STATE = 5;
  public static final int IFLA_BR_GROUP_ADDR = 20;
  public static final int IFLA_BR_MCAST_SNOOPING = 23;
  public static final int IFLA_BR_VLAN_FILTERING = 7;

  // IFLA_PROTINFO of a bridge's port
  public static final int IFLA_BRPORT_MODE = 4;
  public static final int IFLA_BRPORT_ISOLATED = 33;
  public static final int IFLA_BRPORT_LEARNING = 8;

  // IFLA_AF_SPEC of AF_INET6
  public static final int IFLA_INET6_ADDR_GEN_MODE = 8;
  public static final int IN6_ADDR_GEN_MODE_NONE = 1;
  public static final int IN6_ADDR_GEN_MODE_EUI64 = 0;

  // flags of a link
  public static final int IFF_UP = 1;
  public static final int IFF_LOOPBACK = 8;

  // addresses
  public static final int IFA_ADDRESS = 1;
  public static final int IFA_LOCAL = 2;
  public static final int IFA_LABEL = 3;
  public static final int IFA_BROADCAST = 4;
  public static final int IFA_FLAGS = 8;
  public static final int IFA_F_NODAD = 2;
  public static final int IFA_F_PERMANENT = 128;

  // routes
  public static final int RTA_DST = 1;
  public static final int RTA_OIF = 4;
  public static final int RTA_GATEWAY = 5;
  public static final int RTA_PRIORITY = 6;
  public static final int RTA_PREFSRC = 7;
  public static final int RTA_TABLE = 15;
  public static final int RT_TABLE_MAIN = 0xfe;
  public static final int RT_TABLE_LOCAL = 0xff;
  public static final int RTPROT_KERNEL = 2;
  public static final int RTPROT_BOOT = 3;
  public static final int RTPROT_STATIC = 4;
  public static final int RT_SCOPE_UNIVERSE = 0;
  public static final int RT_SCOPE_LINK = 0xfd;
  public static final int RT_SCOPE_HOST = 0xfe;
  public static final int RTN_UNICAST = 1;
  public static final int RTN_LOCAL = 2;
}
