package dev.proa.linux.netlink;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.abi.Netlink;
import dev.proa.linux.abi.RtNetlink;
import dev.proa.linux.abi.Socket;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Links, addresses and routes of one network namespace, by rtnetlink. Not for several threads at once. */
public final class Links implements AutoCloseable {
  /** Sizes of struct ifinfomsg, ifaddrmsg, rtmsg (linux/rtnetlink.h, if_addr.h). */
  private static final int IFINFOMSG = 16;

  private static final int IFADDRMSG = 8;

  /** linux/socket.h. */
  private static final int AF_BRIDGE = 7;

  private static final int RTMSG = 12;

  /** The group of links that are about to be deleted: "PROA", a number that nobody else uses. */
  private static final int DELETED_GROUP = 0x50524f41;

  private final NetlinkSocket socket;

  private Links(NetlinkSocket socket) {
    this.socket = socket;
  }

  /** Of the calling thread's namespace. */
  public static Links open() throws ErrnoException {
    return new Links(NetlinkSocket.open(Netlink.NETLINK_ROUTE));
  }

  @Override
  public void close() {
    socket.close();
  }

  /**
   * A link as the kernel describes it.
   *
   * @param kind such as bridge or veth; empty for a device that is no kind
   * @param masterIndex 0 for none
   */
  public record Link(int index, String name, String kind, int flags, int masterIndex, String mac, int mtu, String alias) {
    public boolean isUp() {
      return (flags & RtNetlink.IFF_UP) != 0;
    }
  }

  /** An address with the length of its prefix, and the index of its link. */
  public record LinkAddress(int index, InetAddress address, int prefixLength) {}

  /** A route with a destination; those of local and broadcast addresses are left out. */
  public record Route(InetAddress destination, int prefixLength) {}

  private static NetlinkMessage linkMessage(String name, int type, int flags, int index, int linkFlags, int linkChange) {
    return new NetlinkMessage(name, type, flags).u8(0).u8(0).u16(0).u32(index).u32(linkFlags).u32(linkChange);
  }

  /** Null without one of that name. */
  public @Nullable Link find(String name) throws ErrnoException {
    NetlinkMessage request = linkMessage("RTM_GETLINK " + name, RtNetlink.RTM_GETLINK, 0, 0, 0, 0).attribute(RtNetlink.IFLA_IFNAME, name);
    try {
      return link(socket.query(request));
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENODEV) {
        return null;
      }
      throw e;
    }
  }

  public List<Link> all() throws ErrnoException {
    List<Link> links = new ArrayList<>();
    for (NetlinkReply reply : socket.dump(linkMessage("RTM_GETLINK", RtNetlink.RTM_GETLINK, 0, 0, 0, 0))) {
      links.add(link(reply));
    }
    return links;
  }

  private static Link link(NetlinkReply reply) {
    NetlinkReply.Attributes attributes = reply.attributes(IFINFOMSG);
    byte[] mac = attributes.bytes(RtNetlink.IFLA_ADDRESS);
    return new Link(
        reply.int32(4),
        String.valueOf(attributes.text(RtNetlink.IFLA_IFNAME)),
        orEmpty(attributes.nested(RtNetlink.IFLA_LINKINFO).text(RtNetlink.IFLA_INFO_KIND)),
        reply.int32(8),
        attributes.int32(RtNetlink.IFLA_MASTER, 0),
        mac == null ? "" : HexFormat.ofDelimiter(":").formatHex(mac),
        attributes.int32(RtNetlink.IFLA_MTU, 0),
        orEmpty(attributes.text(RtNetlink.IFLA_IFALIAS)));
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  /** Makes a bridge without spanning tree and forwarding delay, up. @param alias shown by ip-link(8) */
  public void newBridge(String name, int mtu, byte[] mac, String alias) throws ErrnoException {
    NetlinkMessage request =
        linkMessage("RTM_NEWLINK " + name, RtNetlink.RTM_NEWLINK, Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL, 0, RtNetlink.IFF_UP, RtNetlink.IFF_UP)
            .attribute(RtNetlink.IFLA_IFNAME, name)
            .attribute(RtNetlink.IFLA_ADDRESS, mac)
            .nested(RtNetlink.IFLA_LINKINFO, info -> info.attribute(RtNetlink.IFLA_INFO_KIND, "bridge"));
    if (mtu > 0) {
      request.attribute32(RtNetlink.IFLA_MTU, mtu);
    }
    socket.change(request);
    Link made = find(name);
    if (made != null) {
      socket.change(linkMessage("RTM_SETLINK " + name, RtNetlink.RTM_SETLINK, 0, made.index(), 0, 0).attribute(RtNetlink.IFLA_IFALIAS, alias));
    }
  }

  /**
   * Makes a pair of virtual Ethernet devices, both down: the host's end a port of the bridge, the other end in another namespace.
   *
   * @param mtu 0 for the kernel's default
   */
  public void newVeth(String name, int bridgeIndex, int mtu, Fd peerNamespace, String peerName, byte[] peerMac) throws ErrnoException {
    NetlinkMessage request =
        linkMessage("RTM_NEWLINK " + name, RtNetlink.RTM_NEWLINK, Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL, 0, 0, 0)
            .attribute(RtNetlink.IFLA_IFNAME, name)
            .attribute32(RtNetlink.IFLA_MASTER, bridgeIndex)
            .attribute32(RtNetlink.IFLA_NUM_TX_QUEUES, 1)
            .attribute32(RtNetlink.IFLA_NUM_RX_QUEUES, 1);
    if (mtu > 0) {
      request.attribute32(RtNetlink.IFLA_MTU, mtu);
    }
    request
        .nested(
            RtNetlink.IFLA_LINKINFO,
            info ->
                info.attribute(RtNetlink.IFLA_INFO_KIND, "veth")
                    .nested(
                        RtNetlink.IFLA_INFO_DATA,
                        data ->
                            data.nested(
                                RtNetlink.VETH_INFO_PEER,
                                peer -> {
                                  peer.u8(0).u8(0).u16(0).u32(0).u32(0).u32(0);
                                  peer.attribute(RtNetlink.IFLA_IFNAME, peerName);
                                  peer.attribute(RtNetlink.IFLA_ADDRESS, peerMac);
                                  peer.attribute32(RtNetlink.IFLA_NET_NS_FD, peerNamespace.raw());
                                  peer.attribute32(RtNetlink.IFLA_NUM_TX_QUEUES, 1);
                                  peer.attribute32(RtNetlink.IFLA_NUM_RX_QUEUES, 1);
                                  if (mtu > 0) {
                                    peer.attribute32(RtNetlink.IFLA_MTU, mtu);
                                  }
                                })));
    socket.change(request);
  }

  /**
   * Lets a link that is down come up without a link-local address, and so without duplicate address detection and router solicitations. No error
   * on a kernel without IPv6.
   */
  public void noLinkLocalAddress(String name) throws ErrnoException {
    if (hasIpv6()) {
      socket.change(noLinkLocalAddressMessage(name));
    }
  }

  private static NetlinkMessage noLinkLocalAddressMessage(String name) {
    return linkMessage("RTM_SETLINK addrgenmode " + name, RtNetlink.RTM_SETLINK, 0, 0, 0, 0)
        .attribute(RtNetlink.IFLA_IFNAME, name)
        .nested(
            RtNetlink.IFLA_AF_SPEC,
            families ->
                families.nested(Socket.AF_INET6, inet6 -> inet6.attribute8(RtNetlink.IFLA_INET6_ADDR_GEN_MODE, RtNetlink.IN6_ADDR_GEN_MODE_NONE)));
  }

  private static boolean hasIpv6() {
    return Files.exists(Path.of("/proc/sys/net/ipv6"));
  }

  public void up(String name) throws ErrnoException {
    socket.change(upMessage(name));
  }

  private static NetlinkMessage upMessage(String name) {
    return linkMessage("RTM_SETLINK up " + name, RtNetlink.RTM_SETLINK, 0, 0, RtNetlink.IFF_UP, RtNetlink.IFF_UP).attribute(RtNetlink.IFLA_IFNAME, name);
  }

  public void up(int index) throws ErrnoException {
    socket.change(linkMessage("RTM_SETLINK up", RtNetlink.RTM_SETLINK, 0, index, RtNetlink.IFF_UP, RtNetlink.IFF_UP));
  }

  /** Makes it a port of that bridge. */
  public void enslave(int index, int bridgeIndex) throws ErrnoException {
    socket.change(
        linkMessage("RTM_SETLINK master", RtNetlink.RTM_SETLINK, 0, index, RtNetlink.IFF_UP, RtNetlink.IFF_UP)
            .attribute32(RtNetlink.IFLA_MASTER, bridgeIndex));
  }

  /** Ports that are isolated cannot talk with each other, only with the bridge itself. */
  public void isolatePort(int index) throws ErrnoException {
    setPort(index, RtNetlink.IFLA_BRPORT_ISOLATED);
  }

  /** A frame may leave by the port it came from. */
  public void hairpin(int index) throws ErrnoException {
    setPort(index, RtNetlink.IFLA_BRPORT_MODE);
  }

  private void setPort(int index, int attribute) throws ErrnoException {
    NetlinkMessage request = new NetlinkMessage("RTM_SETLINK of a bridge's port", RtNetlink.RTM_SETLINK, 0);
    request.u8(AF_BRIDGE).u8(0).u16(0).u32(index).u32(0).u32(0);
    socket.change(request.nested(RtNetlink.IFLA_PROTINFO, port -> port.attribute8(attribute, 1)));
  }

  /** Idempotent. */
  public void delete(String name) throws ErrnoException {
    ignoring(Errno.ENODEV, linkMessage("RTM_DELLINK " + name, RtNetlink.RTM_DELLINK, 0, 0, 0, 0).attribute(RtNetlink.IFLA_IFNAME, name));
  }

  /**
   * Deletes links all at once: the kernel waits for a grace period once, where it does so for each that is deleted by itself. Those that are gone are
   * no error; who deletes so at the same time, in this namespace, deletes these too.
   */
  public void deleteAll(List<Integer> indexes) throws ErrnoException {
    for (int index : indexes) {
      ignoring(
          Errno.ENODEV,
          linkMessage("RTM_SETLINK group", RtNetlink.RTM_SETLINK, 0, index, 0, 0).attribute32(RtNetlink.IFLA_GROUP, DELETED_GROUP));
    }
    // rtnl_group_dellink of net/core/rtnetlink.c: ENODEV for a group of none
    ignoring(Errno.ENODEV, linkMessage("RTM_DELLINK group", RtNetlink.RTM_DELLINK, 0, 0, 0, 0).attribute32(RtNetlink.IFLA_GROUP, DELETED_GROUP));
  }

  private void ignoring(Errno expected, NetlinkMessage request) throws ErrnoException {
    try {
      socket.change(request);
    } catch (ErrnoException e) {
      if (e.errno() != expected) {
        throw e;
      }
    }
  }

  /** Adds an address; the same one again is no error. IPv6 without duplicate address detection: who gives addresses knows that they are unique. */
  public void addAddress(int index, InetAddress address, int prefixLength) throws ErrnoException {
    socket.change(addressMessage(index, address, prefixLength));
  }

  /** Idempotent. */
  public void removeAddress(LinkAddress address) throws ErrnoException {
    byte[] bytes = address.address().getAddress();
    ignoring(
        Errno.EADDRNOTAVAIL,
        new NetlinkMessage("RTM_DELADDR " + address.address().getHostAddress(), RtNetlink.RTM_DELADDR, 0)
            .u8(bytes.length == 16 ? Socket.AF_INET6 : Socket.AF_INET)
            .u8(address.prefixLength())
            .u8(0)
            .u8(RtNetlink.RT_SCOPE_UNIVERSE)
            .u32(address.index())
            .attribute(RtNetlink.IFA_LOCAL, bytes));
  }

  /** Where a default route leads. */
  public record Gateway(InetAddress address, int index) {}

  /** Of the table main. */
  public List<Gateway> gateways() throws ErrnoException {
    List<Gateway> gateways = new ArrayList<>();
    for (NetlinkReply reply : routeTable()) {
      NetlinkReply.Attributes attributes = reply.attributes(RTMSG);
      byte[] gateway = attributes.bytes(RtNetlink.RTA_GATEWAY);
      if (gateway != null && reply.uint8(1) == 0 && reply.uint8(7) == RtNetlink.RTN_UNICAST) {
        gateways.add(new Gateway(inet(gateway), attributes.int32(RtNetlink.RTA_OIF, 0)));
      }
    }
    return gateways;
  }

  private List<NetlinkReply> routeTable() throws ErrnoException {
    return socket.dump(new NetlinkMessage("RTM_GETROUTE", RtNetlink.RTM_GETROUTE, 0).u8(0).u8(0).u8(0).u8(0).u8(0).u8(0).u8(0).u8(0).u32(0));
  }

  /** Sets up an interface that is down: its name, MAC address and MTU. */
  public static NetlinkMessage interfaceMessage(int index, String name, byte[] mac, int mtu) {
    return linkMessage("RTM_SETLINK " + name, RtNetlink.RTM_SETLINK, 0, index, 0, 0)
        .attribute(RtNetlink.IFLA_IFNAME, name)
        .attribute(RtNetlink.IFLA_ADDRESS, mac)
        .attribute32(RtNetlink.IFLA_MTU, mtu);
  }

  private static NetlinkMessage addressMessage(int index, InetAddress address, int prefixLength) {
    boolean v6 = address.getAddress().length == 16;
    NetlinkMessage request =
        new NetlinkMessage("RTM_NEWADDR " + address.getHostAddress() + "/" + prefixLength, RtNetlink.RTM_NEWADDR, Netlink.NLM_F_CREATE | Netlink.NLM_F_REPLACE)
            .u8(v6 ? Socket.AF_INET6 : Socket.AF_INET)
            .u8(prefixLength)
            .u8(v6 ? RtNetlink.IFA_F_NODAD : 0)
            .u8(RtNetlink.RT_SCOPE_UNIVERSE)
            .u32(index)
            .attribute(RtNetlink.IFA_LOCAL, address.getAddress())
            .attribute(RtNetlink.IFA_ADDRESS, address.getAddress());
    if (!v6 && prefixLength < 31) {
      request.attribute(RtNetlink.IFA_BROADCAST, broadcast(address.getAddress(), prefixLength));
    }
    return request;
  }

  private static byte[] broadcast(byte[] address, int prefixLength) {
    byte[] broadcast = address.clone();
    for (int bit = prefixLength; bit < 32; bit++) {
      broadcast[bit / 8] |= (byte) (0x80 >> bit % 8);
    }
    return broadcast;
  }

  public List<LinkAddress> addresses() throws ErrnoException {
    List<LinkAddress> addresses = new ArrayList<>();
    NetlinkMessage request = new NetlinkMessage("RTM_GETADDR", RtNetlink.RTM_GETADDR, 0).u8(0).u8(0).u8(0).u8(0).u32(0);
    for (NetlinkReply reply : socket.dump(request)) {
      NetlinkReply.Attributes attributes = reply.attributes(IFADDRMSG);
      byte[] address = attributes.has(RtNetlink.IFA_LOCAL) ? attributes.bytes(RtNetlink.IFA_LOCAL) : attributes.bytes(RtNetlink.IFA_ADDRESS);
      if (address != null) {
        addresses.add(new LinkAddress(reply.int32(4), inet(address), reply.uint8(1)));
      }
    }
    return addresses;
  }

  /** Of the tables main and local, without default routes: what a new network must not overlap. */
  public List<Route> routes() throws ErrnoException {
    List<Route> routes = new ArrayList<>();
    for (NetlinkReply reply : routeTable()) {
      byte[] destination = reply.attributes(RTMSG).bytes(RtNetlink.RTA_DST);
      boolean unicast = reply.uint8(7) == RtNetlink.RTN_UNICAST;
      if (destination != null && unicast && reply.uint8(1) > 0) {
        routes.add(new Route(inet(destination), reply.uint8(1)));
      }
    }
    return routes;
  }

  private static NetlinkMessage defaultRoute(int type, int flags, InetAddress gateway, int index) {
    boolean v6 = gateway.getAddress().length == 16;
    return new NetlinkMessage((type == RtNetlink.RTM_NEWROUTE ? "RTM_NEWROUTE" : "RTM_DELROUTE") + " default via " + gateway.getHostAddress(), type, flags)
        .u8(v6 ? Socket.AF_INET6 : Socket.AF_INET)
        .u8(0)
        .u8(0)
        .u8(0)
        .u8(RtNetlink.RT_TABLE_MAIN)
        .u8(type == RtNetlink.RTM_NEWROUTE ? RtNetlink.RTPROT_BOOT : 0)
        .u8(RtNetlink.RT_SCOPE_UNIVERSE)
        .u8(type == RtNetlink.RTM_NEWROUTE ? RtNetlink.RTN_UNICAST : 0)
        .u32(0)
        .attribute(RtNetlink.RTA_GATEWAY, gateway.getAddress())
        .attribute32(RtNetlink.RTA_OIF, index);
  }

  /** The default route of the gateway's family, in place of one that is there. */
  public void setDefaultRoute(InetAddress gateway, int index) throws ErrnoException {
    socket.change(defaultRoute(RtNetlink.RTM_NEWROUTE, Netlink.NLM_F_CREATE | Netlink.NLM_F_REPLACE, gateway, index));
  }

  /** Idempotent. */
  public void deleteDefaultRoute(InetAddress gateway, int index) throws ErrnoException {
    ignoring(Errno.ESRCH, defaultRoute(RtNetlink.RTM_DELROUTE, 0, gateway, index));
  }

  /** Several changes that go to the kernel in one send. */
  public Batch batch() {
    return new Batch(socket);
  }

  /** Several changes for another kernel, to which {@link Batch#bytes} go by another way. */
  public static Batch elsewhere() {
    return new Batch(null);
  }

  /** Changes in the order in which they are added; each is done whether or not one before it failed. */
  public static final class Batch {
    private final @Nullable NetlinkSocket socket;
    private final List<NetlinkMessage> messages = new ArrayList<>();

    private Batch(@Nullable NetlinkSocket socket) {
      this.socket = socket;
    }

    /** See {@link Links#noLinkLocalAddress}. */
    public Batch noLinkLocalAddress(String name) {
      if (socket == null || hasIpv6()) {
        messages.add(noLinkLocalAddressMessage(name));
      }
      return this;
    }

    /** See {@link Links#up(String)}. */
    public Batch up(String name) {
      messages.add(upMessage(name));
      return this;
    }

    /** See {@link Links#addAddress}. */
    public Batch addAddress(int index, InetAddress address, int prefixLength) {
      messages.add(addressMessage(index, address, prefixLength));
      return this;
    }

    /** See {@link Links#setDefaultRoute}. */
    public Batch setDefaultRoute(InetAddress gateway, int index) {
      messages.add(defaultRoute(RtNetlink.RTM_NEWROUTE, Netlink.NLM_F_CREATE | Netlink.NLM_F_REPLACE, gateway, index));
      return this;
    }

    /** See {@link Links#interfaceMessage}. */
    public Batch setInterface(int index, String name, byte[] mac, int mtu) {
      messages.add(interfaceMessage(index, name, mac, mtu));
      return this;
    }

    /** Throws the first failure, when all has been tried. */
    public void commit() throws ErrnoException {
      if (socket == null) {
        throw new IllegalStateException("these changes are for another kernel");
      }
      socket.changeAll(messages);
    }

    /** The messages as they are sent, numbered from 1. */
    public byte[] bytes() {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      for (int i = 0; i < messages.size(); i++) {
        bytes.writeBytes(messages.get(i).finish(1 + i, Netlink.NLM_F_ACK));
      }
      return bytes.toByteArray();
    }

    /** What came back for {@link #bytes}: throws the first failure, or ENODATA when not all is acknowledged. */
    public void check(byte[] answer) throws ErrnoException {
      List<ErrnoException> failures = new ArrayList<>();
      int acknowledged = NetlinkSocket.acknowledged(messages, 1, answer, failures);
      NetlinkSocket.throwFirst(failures);
      if (acknowledged < messages.size()) {
        throw new ErrnoException("netlink", Errno.ENODATA, messages.get(acknowledged).name());
      }
    }
  }

  private static InetAddress inet(byte[] address) {
    try {
      return InetAddress.getByAddress(address);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address of " + address.length + " bytes", e);
    }
  }
}
