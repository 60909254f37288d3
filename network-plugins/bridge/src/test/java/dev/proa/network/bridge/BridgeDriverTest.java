package dev.proa.network.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.linux.Processes;
import dev.proa.linux.abi.Sched;
import dev.proa.linux.netlink.Links;
import dev.proa.spi.conformance.NetworkDriverSuite;
import dev.proa.spi.network.NetworkDriver;
import dev.proa.spi.network.NetworkDriver.NetworkConfig;
import dev.proa.spi.network.NetworkDriver.Subnet;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class BridgeDriverTest extends NetworkDriverSuite {
  /** The thread that runs the tests goes into a network namespace of its own, and all that it starts with it. */
  @BeforeAll
  static void leaveTheMachinesNetwork() throws IOException {
    if (Processes.geteuid() == 0) {
      Processes.unshare(Sched.CLONE_NEWNET);
      try (Links links = Links.open()) {
        links.up(1);
      }
    }
  }

  private static List<String> pairs() throws IOException {
    try (Links links = Links.open()) {
      return links.all().stream().filter(link -> link.kind().equals("veth")).map(Links.Link::name).toList();
    }
  }

  @Test
  void releasedLinksGoThoughTheirNamespacesStay() throws Exception {
    driver().createNetwork(network(1));
    for (int i = 0; i < 5; i++) {
      driver().attach(request(1, "e" + i));
    }
    assertThat(pairs()).hasSize(5);
    for (int i = 0; i < 4; i++) {
      driver().release(network(1).id(), "e" + i);
    }
    for (int tries = 0; pairs().size() > 1 && tries < 200; tries++) {
      Thread.sleep(50);
    }
    assertThat(pairs()).hasSize(1);
    driver().release(network(1).id(), "e4");
    driver().sweep(List.of());
    assertThat(pairs()).as("after a sweep").isEmpty();
  }

  @Override
  protected NetworkDriver newDriver() {
    return new BridgeDriver();
  }

  @Override
  protected @Nullable String missing() {
    return Processes.geteuid() == 0 ? null : "bridges need root";
  }

  @Override
  protected NetworkConfig network(int number) {
    return new NetworkConfig(
        "network" + number,
        "net-" + number,
        Map.of(),
        List.of(new Subnet("10.77." + number + ".0/24", "10.77." + number + ".1"), new Subnet("fd77:" + number + "::/64", "fd77:" + number + "::1")),
        false);
  }

  @Override
  protected List<String> addresses(int network, int number) {
    return List.of("10.77." + network + "." + (number + 1) + "/24", "fd77:" + network + "::" + Integer.toHexString(number + 1) + "/64");
  }
}
