package dev.proa.spi.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.linux.Processes;
import dev.proa.spi.DriverContext;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.network.NetworkDriver;
import dev.proa.spi.network.NetworkDriver.Addressing;
import dev.proa.spi.network.NetworkDriver.AttachRequest;
import dev.proa.spi.network.NetworkDriver.Endpoint;
import dev.proa.spi.network.NetworkDriver.NetworkConfig;
import dev.proa.spi.network.NetworkDriver.Sandbox;
import dev.proa.spi.network.NetworkDriver.UpdateRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a {@link NetworkDriver} has to do: the contract of CNI's ADD, DEL, CHECK and GC. A driver's test extends this and overrides
 * {@link #newDriver()}. Containers' namespaces are the suite's own, made by a process that waits in each.
 */
@Timeout(120)
public abstract class NetworkDriverSuite {
  @TempDir protected Path directory;

  private final List<Process> sandboxes = new ArrayList<>();
  private final AtomicInteger requests = new AtomicInteger();
  private DriverContext context;
  private NetworkDriver driver;

  /** A driver that is not open yet. Two of them may be open over the same folders. */
  protected abstract NetworkDriver newDriver();

  /** Why this host cannot run the driver, null if it can; the tests are then skipped with that reason. */
  protected @Nullable String missing() {
    return Processes.geteuid() == 0 ? null : "network namespaces need root";
  }

  /** A network that the driver can make; different numbers make networks that can exist side by side. */
  protected NetworkConfig network(int number) {
    return new NetworkConfig("network" + number, "net-" + number, Map.of());
  }

  @BeforeEach
  final void openDriver() throws IOException {
    String reason = missing();
    assumeTrue(reason == null, () -> "skipped: " + reason);
    context = Folders.below(directory);
    driver = newDriver();
    driver.open(context);
  }

  @AfterEach
  final void closeDriver() throws Exception {
    if (driver != null) {
      driver.sweep(List.of());
      driver.deleteNetwork(network(1).id());
      driver.deleteNetwork(network(2).id());
      driver.close();
      driver.close(); // idempotent
    }
    for (Process sandbox : sandboxes) {
      sandbox.destroyForcibly();
      sandbox.waitFor();
    }
  }

  /** The path of a new network namespace; null for a driver of the host's. */
  protected final @Nullable String namespace() throws IOException {
    if (driver.sandbox() == Sandbox.HOST) {
      return null;
    }
    Process process = new ProcessBuilder("unshare", "--net", "sh", "-c", "echo ready; exec cat").redirectErrorStream(true).start();
    sandboxes.add(process);
    byte[] ready = process.getInputStream().readNBytes(6);
    assertThat(new String(ready, StandardCharsets.UTF_8)).isEqualTo("ready\n");
    return "/proc/" + process.pid() + "/ns/net";
  }

  /** An address of that network for the test's {@code number}th endpoint, with prefix length; for drivers to which the engine gives addresses. */
  protected List<String> addresses(int network, int number) {
    return List.of();
  }

  protected final AttachRequest request(int network, String endpoint) throws IOException {
    return request(network, endpoint, namespace(), "eth0");
  }

  protected final AttachRequest request(int network, String endpoint, @Nullable String namespace, String interfaceName) {
    boolean route = driver.addressing() == Addressing.ENGINE;
    List<String> addresses = addresses(network, requests.incrementAndGet());
    return new AttachRequest(
        network(network).id(), endpoint, "container-of-" + endpoint, namespace, interfaceName, null, addresses, route, List.of(), List.of(), Map.of());
  }

  protected final NetworkDriver driver() {
    return driver;
  }

  private static void assertFails(ErrorClass expected, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.errorClass()).as(e.getMessage()).isEqualTo(expected));
  }

  @Test
  void attachedEndpointIsThereUntilItIsDetached() throws IOException {
    driver.createNetwork(network(1));
    Endpoint endpoint = driver.attach(request(1, "e1"));
    assertThat(endpoint.endpointId()).isEqualTo("e1");
    assertThatCode(() -> driver.check(network(1).id(), "e1")).doesNotThrowAnyException();
    driver.detach(network(1).id(), "e1");
    assertFails(ErrorClass.NOT_FOUND, () -> driver.check(network(1).id(), "e1"));
  }

  @Test
  void attachedInterfaceIsInTheNamespace() throws Exception {
    driver.createNetwork(network(1));
    AttachRequest request = request(1, "e1");
    Endpoint endpoint = driver.attach(request);
    if (endpoint.interfaceName() == null || request.networkNamespace() == null) {
      assertThat(endpoint.addresses()).isEmpty();
      return;
    }
    Process ip = new ProcessBuilder("nsenter", "--net=" + request.networkNamespace(), "ip", "address", "show", "dev", endpoint.interfaceName()).start();
    String shown = new String(ip.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(ip.waitFor()).isZero();
    endpoint.addresses().forEach(address -> assertThat(shown).contains(address));
    if (endpoint.macAddress() != null) {
      assertThat(shown).contains(endpoint.macAddress());
    }
  }

  @Test
  void interfaceThatIsThereAlreadyIsLeftAlone() throws Exception {
    driver.createNetwork(network(1));
    AttachRequest first = request(1, "e1");
    Endpoint endpoint = driver.attach(first);
    if (endpoint.interfaceName() == null) {
      return;
    }
    AttachRequest second = request(1, "e2", first.networkNamespace(), "eth0");
    assertFails(ErrorClass.ALREADY_EXISTS, () -> driver.attach(second));
    assertThatCode(() -> driver.check(network(1).id(), "e1")).doesNotThrowAnyException();
    assertFails(ErrorClass.NOT_FOUND, () -> driver.check(network(1).id(), "e2"));
    driver.attach(request(1, "e2", first.networkNamespace(), "eth1"));
  }

  @Test
  void failedAttachLeavesNothing() throws Exception {
    driver.createNetwork(network(1));
    if (driver.sandbox() == Sandbox.HOST || driver.addressing() == Addressing.NONE) {
      return;
    }
    AttachRequest nowhere = request(1, "e1", "/proc/self/ns/no-such-namespace", "eth0");
    assertThatThrownBy(() -> driver.attach(nowhere)).isInstanceOf(ProaException.class);
    assertFails(ErrorClass.NOT_FOUND, () -> driver.check(network(1).id(), "e1"));
    driver.deleteNetwork(network(1).id());
  }

  @Test
  void updateOfAnUnknownEndpointFailsAndOfAKnownOneKeepsIt() throws IOException {
    driver.createNetwork(network(1));
    UpdateRequest unknown = new UpdateRequest(network(1).id(), "e1", null, false, List.of());
    assertFails(ErrorClass.NOT_FOUND, () -> driver.update(unknown));
    AttachRequest request = request(1, "e1");
    driver.attach(request);
    driver.update(new UpdateRequest(network(1).id(), "e1", request.networkNamespace(), false, List.of()));
    driver.update(new UpdateRequest(network(1).id(), "e1", request.networkNamespace(), request.defaultRoute(), List.of()));
    assertThatCode(() -> driver.check(network(1).id(), "e1")).doesNotThrowAnyException();
  }

  @Test
  void checkChangesNothing() throws IOException {
    driver.createNetwork(network(1));
    assertFails(ErrorClass.NOT_FOUND, () -> driver.check(network(1).id(), "e1"));
    driver.attach(request(1, "e1"));
    driver.check(network(1).id(), "e1");
    driver.check(network(1).id(), "e1");
    AttachRequest again = request(1, "e1");
    assertFails(ErrorClass.ALREADY_EXISTS, () -> driver.attach(again));
  }

  @Test
  void sameEndpointTwiceFailsAndTheFirstStays() throws IOException {
    driver.createNetwork(network(1));
    AttachRequest request = request(1, "e1");
    driver.attach(request);
    assertFails(ErrorClass.ALREADY_EXISTS, () -> driver.attach(request));
    assertThatCode(() -> driver.check(network(1).id(), "e1")).doesNotThrowAnyException();
  }

  @Test
  void attachToAnUnknownNetworkFails() throws IOException {
    AttachRequest request = request(1, "e1");
    assertFails(ErrorClass.NOT_FOUND, () -> driver.attach(request));
    assertFails(ErrorClass.NOT_FOUND, () -> driver.check(network(1).id(), "e1"));
    driver.createNetwork(network(1));
    driver.attach(request);
  }

  @Test
  void detachIsIdempotentAndTheNamespaceMayBeGone() throws Exception {
    driver.detach("no such network", "no such endpoint");
    driver.createNetwork(network(1));
    driver.detach(network(1).id(), "no such endpoint");
    driver.attach(request(1, "e1"));
    for (Process sandbox : sandboxes) {
      sandbox.destroyForcibly();
      sandbox.waitFor();
    }
    driver.detach(network(1).id(), "e1");
    driver.detach(network(1).id(), "e1");
    driver.attach(request(1, "e1"));
  }

  @Test
  void releasedEndpointIsGoneForEverybody() throws Exception {
    driver.release("no such network", "no such endpoint");
    driver.createNetwork(network(1));
    AttachRequest request = request(1, "e1");
    driver.attach(request);
    driver.release(network(1).id(), "e1");
    driver.release(network(1).id(), "e1");
    assertFails(ErrorClass.NOT_FOUND, () -> driver.check(network(1).id(), "e1"));
    UpdateRequest update = new UpdateRequest(network(1).id(), "e1", request.networkNamespace(), false, List.of());
    assertFails(ErrorClass.NOT_FOUND, () -> driver.update(update));
    // The same addresses and the same endpoint at once, though the namespace that had them is still there.
    AttachRequest again = new AttachRequest(
        request.networkId(), "e1", request.containerId(), namespace(), "eth0", null, request.addresses(), request.defaultRoute(), List.of(), List.of(), Map.of());
    driver.attach(again);
    driver.check(network(1).id(), "e1");
    driver.release(network(1).id(), "e1");
    driver.deleteNetwork(network(1).id());
  }

  @Test
  void releasedEndpointsOfAnotherInstanceKeepNothing() throws Exception {
    driver.createNetwork(network(1));
    driver.attach(request(1, "e1"));
    driver.release(network(1).id(), "e1");
    NetworkDriver second = newDriver();
    second.open(context);
    try {
      assertFails(ErrorClass.NOT_FOUND, () -> second.check(network(1).id(), "e1"));
      second.deleteNetwork(network(1).id());
    } finally {
      driver.close();
      driver = second;
    }
  }

  @Test
  void networkWithEndpointsIsNotDeleted() throws IOException {
    driver.createNetwork(network(1));
    driver.attach(request(1, "e1"));
    assertFails(ErrorClass.CONFLICT, () -> driver.deleteNetwork(network(1).id()));
    assertThatCode(() -> driver.check(network(1).id(), "e1")).doesNotThrowAnyException();
    driver.detach(network(1).id(), "e1");
    driver.deleteNetwork(network(1).id());
    AttachRequest request = request(1, "e2");
    assertFails(ErrorClass.NOT_FOUND, () -> driver.attach(request));
  }

  @Test
  void deleteOfANetworkIsIdempotent() {
    driver.deleteNetwork("no such network");
    driver.createNetwork(network(1));
    driver.deleteNetwork(network(1).id());
    driver.deleteNetwork(network(1).id());
  }

  @Test
  void sameNetworkAgainIsNoErrorAndAnotherOfItsIdIs() {
    driver.createNetwork(network(1));
    driver.createNetwork(network(1));
    NetworkConfig other =
        new NetworkConfig(network(1).id(), "another name", network(1).options(), network(1).subnets(), network(1).internal());
    assertFails(ErrorClass.ALREADY_EXISTS, () -> driver.createNetwork(other));
  }

  @Test
  void networksAreSideBySide() throws IOException {
    driver.createNetwork(network(1));
    driver.createNetwork(network(2));
    driver.attach(request(1, "e1"));
    driver.attach(request(2, "e2"));
    assertFails(ErrorClass.NOT_FOUND, () -> driver.check(network(1).id(), "e2"));
    driver.detach(network(1).id(), "e1");
    driver.deleteNetwork(network(1).id());
    assertThatCode(() -> driver.check(network(2).id(), "e2")).doesNotThrowAnyException();
  }

  @Test
  void sweepReleasesWhatIsNotNamed() throws IOException {
    driver.createNetwork(network(1));
    driver.attach(request(1, "keep"));
    driver.attach(request(1, "drop"));
    driver.sweep(List.of("keep", "never heard of"));
    assertThatCode(() -> driver.check(network(1).id(), "keep")).doesNotThrowAnyException();
    assertFails(ErrorClass.NOT_FOUND, () -> driver.check(network(1).id(), "drop"));
  }

  @Test
  void secondInstanceSeesWhatTheFirstMade() throws IOException {
    driver.createNetwork(network(1));
    driver.attach(request(1, "e1"));
    NetworkDriver second = newDriver();
    second.open(context);
    try {
      second.check(network(1).id(), "e1");
      AttachRequest again = request(1, "e1");
      assertFails(ErrorClass.ALREADY_EXISTS, () -> second.attach(again));
      second.attach(request(1, "e2"));
      driver.check(network(1).id(), "e2");
      second.detach(network(1).id(), "e1");
      assertFails(ErrorClass.NOT_FOUND, () -> driver.check(network(1).id(), "e1"));
    } finally {
      driver.close();
      driver = second;
    }
  }

  @Test
  void closingKeepsEndpoints() throws IOException {
    driver.createNetwork(network(1));
    driver.attach(request(1, "e1"));
    driver.close();
    driver = newDriver();
    driver.open(context);
    assertThatCode(() -> driver.check(network(1).id(), "e1")).doesNotThrowAnyException();
  }

  @Test
  void manyThreadsAttachEachTheirOwn() throws Exception {
    driver.createNetwork(network(1));
    List<AttachRequest> requests = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      requests.add(request(1, "e" + i));
    }
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (AttachRequest request : requests) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      driver.attach(request);
                      driver.check(request.networkId(), request.endpointId());
                    } catch (RuntimeException e) {
                      failures.add(e);
                    }
                  }));
    }
    for (Thread thread : threads) {
      assertThat(thread.join(java.time.Duration.ofSeconds(60))).isTrue();
    }
    assertThat(failures).isEmpty();
  }

  @Test
  void closedDriverSaysSo() throws IOException {
    driver.createNetwork(network(1));
    AttachRequest request = request(1, "e1");
    driver.close();
    assertFails(ErrorClass.UNAVAILABLE, () -> driver.attach(request));
    driver = newDriver();
    driver.open(context);
  }

  /** Waits for a process of the test's own. */
  protected static int finish(Process process) throws InterruptedException {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }
}
