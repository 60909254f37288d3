package dev.proa.microvm;

import dev.proa.linux.Fd;
import dev.proa.linux.PacketSockets;
import dev.proa.linux.netlink.Links;
import dev.proa.linux.netlink.Links.Gateway;
import dev.proa.linux.netlink.Links.Link;
import dev.proa.linux.netlink.Links.LinkAddress;
import dev.proa.linux.netlink.NetworkNamespace;
import dev.proa.microvm.agent.Agent;
import java.io.IOException;
import java.net.Inet6Address;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The interfaces of a monitor's network namespace, which become the guest's: each gets a packet socket, over which a card of the guest is on the same wire
 * with the same MAC address. Addresses and routes move into the guest; what has none answers nothing, so the namespace stays silent.
 *
 * @param gateways by the namespace's interfaces
 */
record GuestNetwork(List<Card> cards, List<Gateway> gateways) implements AutoCloseable {
  private static final int LOOPBACK = 1;
  private static final String LOOPBACK_NAME = "lo";
  private static final int RECEIVE_BYTES = 4 << 20;

  /** A guest's interfaces are numbered in the order of its cards, behind loopback. */
  private static final int FIRST_CARD = LOOPBACK + 1;

  /**
   * One interface.
   *
   * @param hostIndex in the monitor's namespace
   * @param port the packet socket
   */
  record Card(String name, byte[] mac, int mtu, int hostIndex, List<LinkAddress> addresses, Fd port) {}

  /** @param monitorPid whose namespace it is */
  static GuestNetwork take(int monitorPid) throws IOException {
    return NetworkNamespace.in("/proc/" + monitorPid + "/ns/net", GuestNetwork::take);
  }

  private static GuestNetwork take() throws IOException {
    List<Card> cards = new ArrayList<>();
    try (Links links = Links.open()) {
      List<LinkAddress> addresses = links.addresses();
      List<Gateway> gateways = links.gateways();
      for (Link link : links.all()) {
        if (!link.name().equals(LOOPBACK_NAME)) {
          List<LinkAddress> its = addresses.stream().filter(address -> address.index() == link.index() && !address.address().isLinkLocalAddress()).toList();
          cards.add(
              new Card(
                  link.name(), HexFormat.ofDelimiter(":").parseHex(link.mac()), link.mtu(), link.index(), its, PacketSockets.open(link.index(), RECEIVE_BYTES)));
        }
      }
      for (LinkAddress address : addresses) {
        if (address.index() != LOOPBACK) {
          links.removeAddress(address);
        }
      }
      return new GuestNetwork(List.copyOf(cards), gateways);
    } catch (IOException | RuntimeException e) {
      cards.forEach(card -> card.port().close());
      throw e;
    }
  }

  /** Sets up what the guest has found. */
  void setUp(Agent agent) throws IOException {
    Links.Batch batch = Links.elsewhere().up(LOOPBACK_NAME);
    for (int i = 0; i < cards.size(); i++) {
      // A name may be another card's as the guest's kernel has given them.
      batch.setInterface(FIRST_CARD + i, "proa" + i, cards.get(i).mac(), cards.get(i).mtu());
    }
    for (int i = 0; i < cards.size(); i++) {
      Card card = cards.get(i);
      batch.setInterface(FIRST_CARD + i, card.name(), card.mac(), card.mtu());
      if (card.addresses().stream().noneMatch(address -> address.address() instanceof Inet6Address)) {
        batch.noLinkLocalAddress(card.name());
      }
      for (LinkAddress address : card.addresses()) {
        batch.addAddress(FIRST_CARD + i, address.address(), address.prefixLength());
      }
      batch.up(card.name());
    }
    for (Gateway gateway : gateways) {
      for (int i = 0; i < cards.size(); i++) {
        if (cards.get(i).hostIndex() == gateway.index()) {
          batch.setDefaultRoute(gateway.address(), FIRST_CARD + i);
        }
      }
    }
    batch.check(agent.netlink(batch.bytes()));
  }

  /** The host's ends, once the monitor has them. */
  @Override
  public void close() {
    cards.forEach(card -> card.port().close());
  }
}
