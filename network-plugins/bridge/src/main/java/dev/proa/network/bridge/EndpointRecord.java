package dev.proa.network.bridge;

import dev.proa.spi.network.NetworkDriver.Protocol;
import dev.proa.spi.network.NetworkDriver.PublishedPort;
import java.util.List;

/**
 * What an endpoint has in the kernel.
 *
 * @param veth name of the host's end
 * @param addresses with prefix length
 * @param leaving its container has ended: nothing leads to it, and its links go soon
 */
record EndpointRecord(
    String networkId,
    String id,
    String containerId,
    String veth,
    String interfaceName,
    String mac,
    List<String> addresses,
    boolean defaultRoute,
    List<PublishedPort> ports,
    boolean leaving) {

  EndpointRecord {
    addresses = List.copyOf(addresses);
    ports = List.copyOf(ports);
  }

  EndpointRecord with(boolean route, List<PublishedPort> otherPorts) {
    return new EndpointRecord(networkId, id, containerId, veth, interfaceName, mac, addresses, route, otherPorts, leaving);
  }

  EndpointRecord withMac(String other) {
    return new EndpointRecord(networkId, id, containerId, veth, interfaceName, other, addresses, defaultRoute, ports, leaving);
  }

  EndpointRecord withoutIpv6() {
    List<String> ipv4 = addresses.stream().filter(address -> !address.contains(":")).toList();
    return new EndpointRecord(networkId, id, containerId, veth, interfaceName, mac, ipv4, defaultRoute, ports, leaving);
  }

  EndpointRecord left() {
    return new EndpointRecord(networkId, id, containerId, veth, interfaceName, mac, addresses, defaultRoute, List.of(), true);
  }

  /** Whether the two cannot be on one bridge. */
  boolean isInTheWayOf(EndpointRecord other) {
    return networkId.equals(other.networkId)
        && (id.equals(other.id) || mac.equals(other.mac) || addresses.stream().anyMatch(other.addresses::contains));
  }

  /** Without prefix length; empty if it has none of that family. */
  String address(boolean ipv6) {
    for (String address : addresses) {
      if (address.contains(":") == ipv6) {
        return address.substring(0, address.indexOf('/'));
      }
    }
    return "";
  }

  /** Whether a port of it is published on an address that only this host has, which needs a way for such packets to the bridge. */
  boolean publishesOnLoopback() {
    return ports.stream().anyMatch(port -> port.hostAddress().startsWith("127.") || port.hostAddress().equals("0.0.0.0"));
  }

  Document document() {
    Document document =
        new Document()
            .add("network", networkId)
            .add("endpoint", id)
            .add("container", containerId)
            .add("veth", veth)
            .add("interface", interfaceName)
            .add("mac", mac)
            .add("default-route", Boolean.toString(defaultRoute));
    if (leaving) {
      document.add("leaving", "true");
    }
    addresses.forEach(address -> document.add("address", address));
    ports.forEach(
        port -> document.add("port", port.protocol() + " " + port.hostAddress() + " " + port.hostPort() + " " + port.containerPort()));
    return document;
  }

  static EndpointRecord of(Document document) {
    return new EndpointRecord(
        document.one("network"),
        document.one("endpoint"),
        document.one("container"),
        document.one("veth"),
        document.one("interface"),
        document.one("mac"),
        document.all("address"),
        Boolean.parseBoolean(document.one("default-route")),
        document.all("port").stream().map(EndpointRecord::port).toList(),
        Boolean.parseBoolean(document.one("leaving")));
  }

  private static PublishedPort port(String text) {
    String[] words = text.split(" ");
    return new PublishedPort(Protocol.valueOf(words[0]), words[1], Integer.parseInt(words[2]), Integer.parseInt(words[3]));
  }
}
