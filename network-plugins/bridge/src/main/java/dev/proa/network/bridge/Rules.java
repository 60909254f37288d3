package dev.proa.network.bridge;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.abi.Netlink;
import dev.proa.linux.abi.NfTables;
import dev.proa.linux.netlink.NetlinkReply;
import dev.proa.linux.netlink.NetlinkSocket;
import dev.proa.linux.netlink.NfRule;
import dev.proa.linux.netlink.NfTransaction;
import dev.proa.linux.netlink.NfTransaction.Type;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The one nftables table of this driver. Its rules are few and fixed; what changes with networks and containers are the elements of its sets and
 * maps, so that a packet's way is as long with 500 containers as with one, and a change is one small transaction. It only ever takes packets away
 * (drop) or rewrites those for published ports: what other tables forbid, a host's firewall among them, stays forbidden.
 *
 * <p>Calls are serialised by the ledger's lock.
 */
final class Rules implements AutoCloseable {
  private static final int R0 = NfTables.NFT_REG32_00;
  private static final int R1 = NfTables.NFT_REG32_01;

  /** Offset of the destination in struct iphdr and struct ipv6hdr. */
  private static final int IPV4_DESTINATION = 16;

  private static final int IPV4_SOURCE = 12;
  private static final int IPV6_DESTINATION = 24;
  private static final int DESTINATION_PORT = 2;

  /** NF_CT_STATE_BIT of linux/netfilter/nf_conntrack_common.h for IP_CT_ESTABLISHED and IP_CT_RELATED. */
  private static final int ESTABLISHED_OR_RELATED = 1 << 1 | 1 << 2;

  /** sizeof(struct nfgenmsg) of linux/netfilter/nfnetlink.h. */
  private static final int NFGENMSG = 4;

  /** What differs between the two. */
  private enum Family {
    IPV4(NfTables.NFPROTO_IPV4, 4, IPV4_DESTINATION, Type.IPV4_ADDRESS, NfTables.IPPROTO_ICMP),
    IPV6(NfTables.NFPROTO_IPV6, 16, IPV6_DESTINATION, Type.IPV6_ADDRESS, NfTables.IPPROTO_ICMPV6);

    final int number;
    final int bytes;
    final int destination;
    final Type address;
    final byte icmp;

    Family(int number, int bytes, int destination, Type address, int icmp) {
      this.number = number;
      this.bytes = bytes;
      this.destination = destination;
      this.address = address;
      this.icmp = (byte) icmp;
    }

    String set(String name) {
      return Elements.setOf(name, this == IPV6);
    }
  }

  private final String table;
  private final Supplier<Contents> contents;
  private final NetlinkSocket socket;

  /** Whether the table is as this instance has left it, as far as it knows. */
  private boolean complete;

  /** Bridges whose elements are in it. */
  private final Set<String> known = new HashSet<>();

  /** The ruleset's number after the last own change; another one says that somebody, not necessarily here, has changed something. */
  private int seenGeneration;

  private int rules;

  /** What has to be in the table. */
  record Contents(List<BridgeNetwork> networks, List<EndpointRecord> endpoints, boolean closeIpv4, boolean closeIpv6) {}

  Rules(String table, Supplier<Contents> contents) throws ErrnoException {
    this.table = table;
    this.contents = contents;
    this.socket = NetlinkSocket.open(Netlink.NETLINK_NETFILTER);
  }

  @Override
  public void close() {
    socket.close();
  }

  /** The elements of a network are there afterwards, and the table, whoever may have flushed it. */
  void ensure(BridgeNetwork network) throws ErrnoException {
    if (complete && generation() != seenGeneration && !isWhole()) {
      complete = false;
    }
    if (!complete || !known.contains(network.bridge())) {
      change(transaction -> add(transaction, network));
      known.add(network.bridge());
    }
  }

  void remove(BridgeNetwork network) throws ErrnoException {
    if (complete && !known.remove(network.bridge())) {
      return;
    }
    change(transaction -> Elements.of(network).forEach(element -> transaction.deleteElement(element.set(), element.key())));
  }

  /** Ports of an endpoint, all at once. */
  void publish(BridgeNetwork network, EndpointRecord before, EndpointRecord after) throws ErrnoException {
    Set<Elements.Element> old = Elements.of(network, before);
    Set<Elements.Element> wanted = Elements.of(network, after);
    if (old.equals(wanted)) {
      return;
    }
    change(
        transaction -> {
          old.stream().filter(element -> !wanted.contains(element)).forEach(element -> transaction.deleteElement(element.set(), element.key()));
          wanted.stream().filter(element -> !old.contains(element)).forEach(element -> element.add(transaction));
        });
  }

  /** Makes the whole table anew, in one transaction. */
  void rebuild() throws ErrnoException {
    Contents all = contents.get();
    NfTransaction transaction = new NfTransaction(table).addTable().deleteTable();
    base(transaction, all);
    Map<String, BridgeNetwork> networks = new HashMap<>();
    for (BridgeNetwork network : all.networks()) {
      networks.put(network.id(), network);
      add(transaction, network);
    }
    for (EndpointRecord endpoint : all.endpoints()) {
      BridgeNetwork network = networks.get(endpoint.networkId());
      if (network != null) {
        Elements.of(network, endpoint).forEach(element -> element.add(transaction));
      }
    }
    transaction.commit(socket);
    rules = transaction.rules();
    seenGeneration = generation();
    known.clear();
    all.networks().forEach(network -> known.add(network.bridge()));
    complete = true;
  }

  private int generation() throws ErrnoException {
    NetlinkReply reply = socket.query(NfTransaction.request("NFT_MSG_GETGEN", NfTables.NFT_MSG_GETGEN));
    byte[] id = reply.attributes(NFGENMSG).bytes(NfTables.NFTA_GEN_ID);
    return id == null ? 0 : ByteBuffer.wrap(id).getInt();
  }

  /** Whether the table has all its rules; its elements are not looked at. */
  private boolean isWhole() throws ErrnoException {
    int found = socket.dump(NfTransaction.request("NFT_MSG_GETRULE", NfTables.NFT_MSG_GETRULE).attribute(NfTables.NFTA_RULE_TABLE, table)).size();
    if (found == rules) {
      seenGeneration = generation();
    }
    return found == rules;
  }

  /** Takes the table away. Idempotent. */
  void delete() throws ErrnoException {
    new NfTransaction(table).addTable().deleteTable().commit(socket);
    complete = false;
  }

  private void change(java.util.function.Consumer<NfTransaction> changes) throws ErrnoException {
    if (!complete) {
      rebuild();
      return;
    }
    NfTransaction transaction = new NfTransaction(table);
    changes.accept(transaction);
    try {
      transaction.commit(socket);
      seenGeneration = generation();
    } catch (ErrnoException e) {
      // Somebody has flushed the table or a part of it, or left something of another's in it: it is made whole again.
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.EEXIST && e.errno() != Errno.EBUSY) {
        throw e;
      }
      rebuild();
    }
  }

  private static void add(NfTransaction transaction, BridgeNetwork network) {
    Elements.of(network).forEach(element -> element.add(transaction));
  }

  private void base(NfTransaction transaction, Contents all) {
    transaction
        .addTable()
        .addSet(Elements.BRIDGES, List.of(Type.INTERFACE_NAME))
        .addSet(Elements.SAME, List.of(Type.INTERFACE_NAME, Type.INTERFACE_NAME))
        .addSet(Elements.INTERNAL, List.of(Type.INTERFACE_NAME))
        .addSet(Elements.TRUSTED, List.of(Type.INTERFACE_NAME, Type.INTERFACE_NAME));
    for (Family family : Family.values()) {
      transaction
          .addSet(family.set(Elements.MASQUERADED), List.of(Type.INTERFACE_NAME))
          .addMap(family.set(Elements.SOURCES), List.of(Type.INTERFACE_NAME), List.of(family.address))
          .addSet(family.set(Elements.UNPROTECTED), List.of(Type.INTERFACE_NAME))
          .addSet(family.set(Elements.ROUTED), List.of(Type.INTERFACE_NAME))
          .addSet(family.set(Elements.OPENED), List.of(family.address, Type.PROTOCOL, Type.PORT))
          .addMap(family.set(Elements.PUBLISHED), List.of(family.address, Type.PROTOCOL, Type.PORT), List.of(family.address, Type.PORT));
    }
    transaction
        .addChain("guard", "filter", NfTables.NF_INET_PRE_ROUTING, NfTables.NF_IP_PRI_RAW)
        .addChain("forward", "filter", NfTables.NF_INET_FORWARD, NfTables.NF_IP_PRI_FILTER)
        .addChain("prerouting", "nat", NfTables.NF_INET_PRE_ROUTING, NfTables.NF_IP_PRI_NAT_DST)
        .addChain("output", "nat", NfTables.NF_INET_LOCAL_OUT, NfTables.NF_IP_PRI_NAT_DST)
        .addChain("postrouting", "nat", NfTables.NF_INET_POST_ROUTING, NfTables.NF_IP_PRI_NAT_SRC);
    guard(transaction);
    forward(transaction, all);
    // What is published on 127.0.0.0/8 is for this host alone, which reaches it by the chain "output". A neighbour may send packets for 127.0.0.1
    // to this host; rewritten here, before the kernel sees where they were to go, they would get into the container.
    transaction.addRule("prerouting", toLoopback(new NfRule(), IPV4_DESTINATION).accept());
    // The kernel has no way from ::1 to another link: what is published there the engine forwards.
    transaction.addRule(
        "output",
        family(NfTables.NFPROTO_IPV6)
            .payload(NfTables.NFT_PAYLOAD_NETWORK_HEADER, IPV6_DESTINATION, 16, R0)
            .equal(R0, Elements.bytes("::1"))
            .accept());
    for (String chain : List.of("prerouting", "output")) {
      for (Family family : Family.values()) {
        destination(transaction, chain, family);
      }
    }
    postrouting(transaction);
  }

  /** Bridges accept packets for 127.0.0.0/8 (route_localnet) so that ports published there work; none may come from a container. */
  private static void guard(NfTransaction transaction) {
    transaction.addRule(
        "guard",
        toLoopback(new NfRule().meta(NfTables.NFT_META_IIFNAME, R0).in(Elements.BRIDGES, R0), IPV4_DESTINATION).drop());
  }

  private static NfRule toLoopback(NfRule rule, int offset) {
    return rule.meta(NfTables.NFT_META_NFPROTO, R0)
        .equal(R0, new byte[] {(byte) NfTables.NFPROTO_IPV4})
        .payload(NfTables.NFT_PAYLOAD_NETWORK_HEADER, offset, 4, R0)
        .mask(R0, new byte[] {(byte) 255, 0, 0, 0})
        .equal(R0, new byte[] {127, 0, 0, 0});
  }

  private static NfRule family(int family) {
    return new NfRule().meta(NfTables.NFT_META_NFPROTO, R0).equal(R0, new byte[] {(byte) family});
  }

  private static NfRule pair() {
    return new NfRule().meta(NfTables.NFT_META_IIFNAME, R0).meta(NfTables.NFT_META_OIFNAME, NfTables.NFT_REG32_04);
  }

  private static NfRule from() {
    return new NfRule().meta(NfTables.NFT_META_IIFNAME, R0);
  }

  private static NfRule to() {
    return new NfRule().meta(NfTables.NFT_META_OIFNAME, R0);
  }

  /** Into a network come answers, what is of the same network, and what was sent to a published port; nothing else. */
  private static void forward(NfTransaction transaction, Contents all) {
    transaction
        .addRule("forward", new NfRule().connection(NfTables.NFT_CT_STATE, ESTABLISHED_OR_RELATED).accept())
        .addRule("forward", pair().in(Elements.SAME, R0).accept())
        .addRule("forward", to().in(Elements.INTERNAL, R0).drop())
        .addRule("forward", from().in(Elements.INTERNAL, R0).drop())
        .addRule("forward", to().in(Elements.BRIDGES, R0).connection(NfTables.NFT_CT_STATUS, NfTables.IPS_DST_NAT).accept());
    for (Family family : Family.values()) {
      transaction
          .addRule("forward", to(family).in(family.set(Elements.UNPROTECTED), R0).accept())
          .addRule("forward", to(family).in(family.set(Elements.ROUTED), R0).meta(NfTables.NFT_META_L4PROTO, R0).equal(R0, new byte[] {family.icmp}).accept())
          .addRule("forward", opened(to(family).in(family.set(Elements.ROUTED), R0), family).accept())
          .addRule(
              "forward",
              opened(family(family.number).meta(NfTables.NFT_META_IIFNAME, R0).meta(NfTables.NFT_META_OIFNAME, NfTables.NFT_REG32_04).in(Elements.TRUSTED, R0), family)
                  .accept());
    }
    transaction.addRule("forward", to().in(Elements.BRIDGES, R0).drop());
    // The host was no router before this driver switched forwarding on: for all others it stays none.
    if (all.closeIpv4()) {
      transaction.addRule("forward", family(NfTables.NFPROTO_IPV4).meta(NfTables.NFT_META_IIFNAME, R0).notIn(Elements.BRIDGES, R0).drop());
    }
    if (all.closeIpv6()) {
      transaction.addRule("forward", family(NfTables.NFPROTO_IPV6).meta(NfTables.NFT_META_IIFNAME, R0).notIn(Elements.BRIDGES, R0).drop());
    }
  }

  private static NfRule to(Family family) {
    return family(family.number).meta(NfTables.NFT_META_OIFNAME, R0);
  }

  /** Goes on when the destination is a port that is published, at its container's own address. */
  private static NfRule opened(NfRule rule, Family family) {
    int protocol = R0 + family.bytes / 4;
    return rule.payload(NfTables.NFT_PAYLOAD_NETWORK_HEADER, family.destination, family.bytes, R0)
        .meta(NfTables.NFT_META_L4PROTO, protocol)
        .payload(NfTables.NFT_PAYLOAD_TRANSPORT_HEADER, DESTINATION_PORT, 2, protocol + 1)
        .in(family.set(Elements.OPENED), R0);
  }

  /** A packet to an address of this host and a published port: first as published on just that address, then as on all. */
  private static void destination(NfTransaction transaction, String chain, Family family) {
    int protocol = R0 + family.bytes / 4;
    for (boolean exact : new boolean[] {true, false}) {
      NfRule rule = family(family.number).toThisHost();
      if (exact) {
        rule.payload(NfTables.NFT_PAYLOAD_NETWORK_HEADER, family.destination, family.bytes, R0);
      } else {
        rule.immediate(R0, new byte[family.bytes]);
      }
      rule.meta(NfTables.NFT_META_L4PROTO, protocol)
          .payload(NfTables.NFT_PAYLOAD_TRANSPORT_HEADER, DESTINATION_PORT, 2, protocol + 1)
          .map(family.set(Elements.PUBLISHED), R0, R0)
          .dnat(family.number, R0, R0 + family.bytes / 4);
      transaction.addRule(chain, rule);
    }
  }

  private static void postrouting(NfTransaction transaction) {
    // From the host's loopback, or back into the network it came from, the container must answer to the host.
    transaction
        .addRule("postrouting", toLoopback(to().in(Elements.BRIDGES, R0), IPV4_SOURCE).masquerade())
        .addRule("postrouting", pair().in(Elements.SAME, R0).connection(NfTables.NFT_CT_STATUS, NfTables.IPS_DST_NAT).masquerade())
        // The same at the bridge itself (bridge-nf-call-iptables), where a packet has no incoming interface any more.
        .addRule(
            "postrouting",
            to().in(Elements.BRIDGES, R0)
                .meta(NfTables.NFT_META_IIFNAME, R0)
                .equal(R0, new byte[Elements.INTERFACE_NAME_BYTES])
                .connection(NfTables.NFT_CT_STATUS, NfTables.IPS_DST_NAT)
                .masquerade())
        .addRule("postrouting", pair().in(Elements.SAME, R0).accept());
    for (Family family : Family.values()) {
      transaction
          .addRule(
              "postrouting", family(family.number).meta(NfTables.NFT_META_IIFNAME, R0).map(family.set(Elements.SOURCES), R0, R0).snat(family.number, R0))
          .addRule("postrouting", family(family.number).meta(NfTables.NFT_META_IIFNAME, R0).in(family.set(Elements.MASQUERADED), R0).masquerade());
    }
  }
}
