package dev.proa.network.bridge;

import dev.proa.linux.abi.NfTables;
import dev.proa.linux.netlink.NfTransaction;
import dev.proa.spi.network.NetworkDriver.Protocol;
import dev.proa.spi.network.NetworkDriver.PublishedPort;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What networks and endpoints have in the sets and maps of the {@linkplain Rules rules}. */
final class Elements {
  static final String BRIDGES = "bridges";
  static final String SAME = "same-bridge";
  static final String INTERNAL = "internal";
  static final String TRUSTED = "trusted";

  /** One set or map of each for each family; see {@link #setOf}. */
  static final String MASQUERADED = "masqueraded";

  static final String SOURCES = "sources";
  static final String UNPROTECTED = "unprotected";
  static final String ROUTED = "routed";
  static final String OPENED = "opened";
  static final String PUBLISHED = "published";

  static final int INTERFACE_NAME_BYTES = 16;

  private Elements() {}

  /** One of a set, or of a map if it has a value; of fixed length both. */
  record Element(String set, List<Byte> keyBytes, List<Byte> valueBytes) {
    static Element of(String set, byte[] key) {
      return new Element(set, list(key), List.of());
    }

    static Element of(String map, byte[] key, byte[] value) {
      return new Element(map, list(key), list(value));
    }

    private static List<Byte> list(byte[] bytes) {
      List<Byte> list = new ArrayList<>(bytes.length);
      for (byte one : bytes) {
        list.add(one);
      }
      return list;
    }

    private static byte[] array(List<Byte> list) {
      byte[] bytes = new byte[list.size()];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = list.get(i);
      }
      return bytes;
    }

    byte[] key() {
      return array(keyBytes);
    }

    void add(NfTransaction transaction) {
      if (valueBytes.isEmpty()) {
        transaction.addElement(set, key());
      } else {
        transaction.addElement(set, key(), array(valueBytes));
      }
    }
  }

  /** The name of a family's set. */
  static String setOf(String name, boolean ipv6) {
    return name + (ipv6 ? "-ipv6" : "-ipv4");
  }

  static List<Element> of(BridgeNetwork network) {
    byte[] name = interfaceName(network.bridge());
    List<Element> elements = new ArrayList<>(List.of(Element.of(BRIDGES, name), Element.of(SAME, concatenated(name, name))));
    if (network.config().internal()) {
      elements.add(Element.of(INTERNAL, name));
      return elements;
    }
    network.trusted().forEach(link -> elements.add(Element.of(TRUSTED, concatenated(interfaceName(link), name))));
    for (boolean ipv6 : new boolean[] {false, true}) {
      BridgeNetwork.Family family = network.family(ipv6);
      if (network.masquerade() && family.isNat()) {
        elements.add(
            family.source().isEmpty() ? Element.of(setOf(MASQUERADED, ipv6), name) : Element.of(setOf(SOURCES, ipv6), name, bytes(family.source())));
      }
      switch (family.mode()) {
        case ROUTED -> elements.add(Element.of(setOf(ROUTED, ipv6), name));
        case NAT_UNPROTECTED -> elements.add(Element.of(setOf(UNPROTECTED, ipv6), name));
        case NAT, ISOLATED -> {}
      }
    }
    return elements;
  }

  /** Of its published ports: where they lead to, and those that may be reached at the container's own address. */
  static Set<Element> of(BridgeNetwork network, EndpointRecord endpoint) {
    Set<Element> elements = new LinkedHashSet<>();
    for (PublishedPort port : endpoint.ports()) {
      boolean ipv6 = port.hostAddress().contains(":");
      String address = endpoint.address(ipv6);
      if (address.isEmpty()) {
        continue;
      }
      byte[] container = bytes(address);
      byte[] protocol = protocol(port.protocol());
      byte[] containerPort = port(port.containerPort());
      boolean direct = network.family(ipv6).mode() == BridgeNetwork.GatewayMode.ROUTED;
      if (!direct) {
        elements.add(
            Element.of(
                setOf(PUBLISHED, ipv6), concatenated(bytes(port.hostAddress()), protocol, port(port.hostPort())), concatenated(container, containerPort)));
      }
      if (direct || !network.trusted().isEmpty()) {
        elements.add(Element.of(setOf(OPENED, ipv6), concatenated(container, protocol, containerPort)));
      }
    }
    return elements;
  }

  static byte[] interfaceName(String name) {
    return Arrays.copyOf(name.getBytes(StandardCharsets.US_ASCII), INTERFACE_NAME_BYTES);
  }

  private static byte[] protocol(Protocol protocol) {
    int number =
        switch (protocol) {
          case TCP -> NfTables.IPPROTO_TCP;
          case UDP -> NfTables.IPPROTO_UDP;
          case SCTP -> NfTables.IPPROTO_SCTP;
        };
    return new byte[] {(byte) number, 0, 0, 0};
  }

  /** In network order, in the first half of its register. */
  private static byte[] port(int port) {
    return new byte[] {(byte) (port >> 8), (byte) port, 0, 0};
  }

  static byte[] bytes(String address) {
    try {
      return InetAddress.ofLiteral(address).getAddress();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("no address: " + address, e);
    }
  }

  private static byte[] concatenated(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.write(part, 0, part.length);
    }
    return all.toByteArray();
  }
}
