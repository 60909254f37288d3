package dev.proa.network.bridge;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.netlink.Links;
import dev.proa.linux.netlink.NetworkNamespace;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Bridges, veth pairs, addresses and routes. Calls are serialised by the ledger's lock, but for {@link #configure} and {@link #route}. */
final class Wiring implements AutoCloseable {
  /** Marks a bridge as one of ours, and whose: the link's alias. */
  private static final String ALIAS = "proa network ";

  private final Links links;

  Wiring() throws ErrnoException {
    links = Links.open();
  }

  @Override
  public void close() {
    links.close();
  }

  /** The network's bridge; null if it is not there. What else has its name is a conflict. */
  @Nullable Integer bridge(BridgeNetwork network) throws IOException {
    Links.Link found = links.find(network.bridge());
    if (found == null) {
      return null;
    }
    if (!found.kind().equals("bridge")) {
      throw ProaException.conflict("cannot use " + network.bridge() + " for network " + network.config().name() + ": it is no bridge");
    }
    if (found.alias().startsWith(ALIAS) && !found.alias().equals(ALIAS + network.id())) {
      throw ProaException.conflict(
          "cannot use bridge " + network.bridge() + " for network " + network.config().name() + ": it belongs to another Proa network, "
              + found.alias().substring(ALIAS.length())
              + "; choose another with --opt "
              + BridgeNetwork.BRIDGE_NAME
              + "=NAME");
    }
    if (!found.isUp()) {
      links.up(found.index());
    }
    return found.index();
  }

  /** Its index. */
  int makeBridge(BridgeNetwork network) throws IOException {
    links.newBridge(network.bridge(), network.mtu(), bridgeMac(network), ALIAS + network.id());
    try {
      Links.Link made = links.find(network.bridge());
      if (made == null) {
        throw new ErrnoException("netlink", Errno.ENODEV, network.bridge());
      }
      if (!network.hasIpv6() || !network.isGateway(true)) {
        trySysctl("ipv6/conf/" + network.bridge() + "/disable_ipv6", "1");
      }
      for (boolean ipv6 : new boolean[] {false, true}) {
        String gateway = network.gateway(ipv6);
        if (!gateway.isEmpty() && network.isGateway(ipv6)) {
          links.addAddress(made.index(), InetAddress.ofLiteral(gateway), prefixLength(network, ipv6));
        }
      }
      return made.index();
    } catch (IOException | RuntimeException e) {
      try {
        links.delete(network.bridge());
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
  }

  /** A kernel without IPv6 has no such switch, and needs none. */
  private static void trySysctl(String name, String value) throws IOException {
    if (java.nio.file.Files.exists(java.nio.file.Path.of("/proc/sys/net/" + name))) {
      Kernel.setSysctl(name, value);
    }
  }

  private static int prefixLength(BridgeNetwork network, boolean ipv6) {
    return network.config().subnets().stream()
        .map(subnet -> subnet.prefix())
        .filter(prefix -> prefix.contains(":") == ipv6)
        .map(prefix -> Integer.parseInt(prefix.substring(prefix.indexOf('/') + 1)))
        .findFirst()
        .orElse(0);
  }

  /** Fixed: a bridge without one takes on a port's, and changes it as ports come and go. */
  private static byte[] bridgeMac(BridgeNetwork network) {
    String hash = Integer.toHexString(network.id().hashCode());
    byte[] tail = HexFormat.of().parseHex("00000000".substring(hash.length()) + hash);
    return new byte[] {0x02, 0x42, tail[0], tail[1], tail[2], tail[3]};
  }

  /** Only one that is ours. Idempotent. */
  void deleteBridge(BridgeNetwork network) throws IOException {
    Links.Link found = links.find(network.bridge());
    if (found != null && found.alias().equals(ALIAS + network.id())) {
      links.delete(network.bridge());
    }
  }

  /** The pair, the host's end up and on the bridge. */
  void connect(BridgeNetwork network, int bridgeIndex, EndpointRecord endpoint, Fd namespace) throws IOException {
    links.newVeth(endpoint.veth(), bridgeIndex, network.mtu(), namespace, endpoint.interfaceName(), mac(endpoint.mac()));
    // A port of a bridge has no business with IPv6 of its own.
    links.batch().noLinkLocalAddress(endpoint.veth()).up(endpoint.veth()).commit();
    if (!network.betweenContainers()) {
      Links.Link made = links.find(endpoint.veth());
      if (made != null) {
        links.isolatePort(made.index());
      }
    }
  }

  /**
   * Lets the container reach its own published ports. With bridge-nf-call-iptables the kernel sends such packets back at the bridge itself, which
   * it refuses to do through the port they came from; without, they are routed and need nothing.
   */
  void hairpin(EndpointRecord endpoint) throws IOException {
    if (!Kernel.isOn("bridge/bridge-nf-call-iptables")) {
      return;
    }
    Links.Link found = links.find(endpoint.veth());
    if (found != null) {
      links.hairpin(found.index());
    }
  }

  /** Puts the host's end of a pair back onto its bridge, if it is on none. False if the pair is gone. */
  boolean reconnect(BridgeNetwork network, int bridgeIndex, EndpointRecord endpoint) throws IOException {
    Links.Link found = links.find(endpoint.veth());
    if (found == null) {
      return false;
    }
    if (found.masterIndex() != bridgeIndex) {
      links.enslave(found.index(), bridgeIndex);
      if (!network.betweenContainers()) {
        links.isolatePort(found.index());
      }
    }
    return true;
  }

  boolean isConnected(EndpointRecord endpoint) throws IOException {
    Links.Link found = links.find(endpoint.veth());
    return found != null && found.masterIndex() != 0;
  }

  void disconnect(EndpointRecord endpoint) throws IOException {
    links.delete(endpoint.veth());
  }

  /** Of several at once: the kernel waits for packets that are under way once, not for each link. Those that are gone are no error. */
  void disconnect(List<EndpointRecord> endpoints) throws IOException {
    if (endpoints.size() < 2) {
      for (EndpointRecord endpoint : endpoints) {
        disconnect(endpoint);
      }
      return;
    }
    List<Integer> found = new ArrayList<>();
    for (EndpointRecord endpoint : endpoints) {
      Links.Link link = links.find(endpoint.veth());
      if (link != null) {
        found.add(link.index());
      }
    }
    links.deleteAll(found);
  }

  /** A container's namespace from inside. @param ipv6 whether an interface may have addresses of IPv6 there */
  private record Inside(Links links, boolean ipv6) {}

  private static Inside inside(EndpointRecord endpoint) throws IOException {
    boolean asked = !endpoint.address(true).isEmpty();
    return new Inside(Links.open(), asked && !Kernel.isOn("ipv6/conf/" + endpoint.interfaceName() + "/disable_ipv6"));
  }

  /**
   * The container's end: addresses, up, routes.
   *
   * @param more addresses that the network knows nothing of
   * @return the endpoint as it has become: where the container has IPv6 switched off, without addresses of it
   */
  static EndpointRecord configure(BridgeNetwork network, EndpointRecord wanted, List<String> more, InterfaceSysctls sysctls, Fd namespace)
      throws IOException {
    Inside inside = NetworkNamespace.in(namespace, () -> inside(wanted));
    EndpointRecord endpoint = inside.ipv6() ? wanted : wanted.withoutIpv6();
    try (Links links = inside.links()) {
      int index = index(links, endpoint);
      Links.Batch batch = links.batch();
      for (String address : Stream.concat(endpoint.addresses().stream(), more.stream()).toList()) {
        int slash = address.indexOf('/');
        batch.addAddress(index, InetAddress.ofLiteral(address.substring(0, slash)), Integer.parseInt(address.substring(slash + 1)));
      }
      if (endpoint.address(true).isEmpty()) {
        batch.noLinkLocalAddress(endpoint.interfaceName());
      }
      batch.up(endpoint.interfaceName());
      if (endpoint.defaultRoute()) {
        gateways(network, endpoint).forEach(gateway -> batch.setDefaultRoute(gateway, index));
      }
      batch.commit();
    }
    if (sysctls.isEmpty()) {
      return endpoint;
    }
    // Last: one that switches a family off takes its addresses, where before them it would be a failure to give them.
    boolean ipv6 =
        NetworkNamespace.in(
            namespace,
            () -> {
              sysctls.set(endpoint.interfaceName());
              return !Kernel.isOn("ipv6/conf/" + endpoint.interfaceName() + "/disable_ipv6");
            });
    return ipv6 ? endpoint : endpoint.withoutIpv6();
  }

  /** Gives the default routes to this endpoint, or takes them away from it. */
  static void route(BridgeNetwork network, EndpointRecord endpoint, Fd namespace, boolean wanted) throws IOException {
    try (Links inside = NetworkNamespace.in(namespace, Links::open)) {
      route(inside, network, endpoint, index(inside, endpoint), wanted);
    }
  }

  private static int index(Links inside, EndpointRecord endpoint) throws IOException {
    Links.Link link = inside.find(endpoint.interfaceName());
    if (link == null) {
      throw new ProaException(
          ErrorClass.FAILED_PRECONDITION, "interface " + endpoint.interfaceName() + " of container " + endpoint.containerId() + " is gone");
    }
    return link.index();
  }

  private static void route(Links inside, BridgeNetwork network, EndpointRecord endpoint, int index, boolean wanted) throws IOException {
    for (InetAddress gateway : gateways(network, endpoint)) {
      if (wanted) {
        inside.setDefaultRoute(gateway, index);
      } else {
        inside.deleteDefaultRoute(gateway, index);
      }
    }
  }

  /** Of the families that the endpoint has addresses of; none on an internal network. */
  private static List<InetAddress> gateways(BridgeNetwork network, EndpointRecord endpoint) {
    List<InetAddress> gateways = new ArrayList<>();
    for (boolean ipv6 : new boolean[] {false, true}) {
      String gateway = network.config().internal() ? "" : network.gateway(ipv6);
      if (!gateway.isEmpty() && endpoint.addresses().stream().anyMatch(address -> address.contains(":") == ipv6)) {
        gateways.add(InetAddress.ofLiteral(gateway));
      }
    }
    return gateways;
  }

  static byte[] mac(String text) {
    try {
      byte[] mac = HexFormat.ofDelimiter(":").parseHex(text);
      if (mac.length == 6) {
        return mac;
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw ProaException.invalid("invalid MAC address: " + text);
  }

  /** Docker's way: a locally administered address that ends with the IPv4 address, so that a reused address keeps its neighbours' entries true. */
  static String mac(@Nullable String wished, EndpointRecord endpoint) {
    if (wished != null && !wished.isEmpty()) {
      return HexFormat.ofDelimiter(":").formatHex(mac(wished.replace('-', ':')));
    }
    byte[] tail = HexFormat.of().parseHex(endpoint.veth().hashCode() < 0 ? "ac11" : "ac12");
    byte[] mac = {0x02, 0x42, tail[0], tail[1], 0, 0};
    for (String address : endpoint.addresses()) {
      byte[] bytes = InetAddress.ofLiteral(address.substring(0, address.indexOf('/'))).getAddress();
      System.arraycopy(bytes, bytes.length - 4, mac, 2, 4);
      break;
    }
    return HexFormat.ofDelimiter(":").formatHex(mac);
  }
}
