package dev.proa.linux.abi;

/** Constants of linux/netlink.h and linux/netfilter/nfnetlink.h: the frame of every netlink message. */
public final class Netlink {

  private Netlink() {}

  // protocols of AF_NETLINK
  public static final int NETLINK_ROUTE = 0;
  public static final int NETLINK_NETFILTER = 12;

  // types
  public static final int NLMSG_NOOP = 1;
  public static final int NLMSG_ERROR = 2;
  public static final int NLMSG_DONE = 3;
  public static final int NLMSG_OVERRUN = 4;

  // flags
  public static final int NLM_F_REQUEST = 1;
  public static final int NLM_F_MULTI = 2;
  public static final int NLM_F_ACK = 4;
  public static final int NLM_F_ECHO = 8;
  public static final int NLM_F_DUMP_INTR = 0x10;
  public static final int NLM_F_ROOT = 0x100;
  public static final int NLM_F_MATCH = 0x200;
  public static final int NLM_F_DUMP = 0x300;
  public static final int NLM_F_REPLACE = 0x100;
  public static final int NLM_F_EXCL = 0x200;
  public static final int NLM_F_CREATE = 0x400;
  public static final int NLM_F_APPEND = 0x800;
  public static final int NLM_F_CAPPED = 0x100;
  public static final int NLM_F_ACK_TLVS = 0x200;

  // options
  public static final int SOL_NETLINK = 0x10e;
  public static final int NETLINK_ADD_MEMBERSHIP = 1;
  public static final int NETLINK_CAP_ACK = 10;
  public static final int NETLINK_EXT_ACK = 11;
  public static final int NETLINK_GET_STRICT_CHK = 12;

  // attributes of an extended acknowledgement
  public static final int NLMSGERR_ATTR_MSG = 1;
  public static final int NLMSGERR_ATTR_OFFS = 2;

  // attributes
  public static final int NLA_F_NESTED = 0x8000;
  public static final int NLA_F_NET_BYTEORDER = 0x4000;
  public static final int NLA_TYPE_MASK = -49153;

  // netfilter
  public static final int NFNL_SUBSYS_CTNETLINK = 1;
  public static final int NFNL_SUBSYS_NFTABLES = 10;
  public static final int NFNL_MSG_BATCH_BEGIN = 0x10;
  public static final int NFNL_MSG_BATCH_END = 0x11;
  public static final int NFNETLINK_V0 = 0;
  public static final int NFNLGRP_NFTABLES = 7;
}
