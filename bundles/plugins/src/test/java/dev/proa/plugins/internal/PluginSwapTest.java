package dev.proa.plugins.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.plugins.Drivers;
import dev.proa.plugins.Plugins;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.network.NetworkDriver;
import dev.proa.spi.network.NetworkDriver.AttachRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleEvent;

/** Drivers in a real framework: leases, updates under load, and what must not cross. */
class PluginSwapTest {
  @TempDir Path root;

  private InFramework framework;
  private DriverRegistry drivers;
  private PluginHost plugins;
  private Path folder;

  @BeforeEach
  void startFramework() throws Exception {
    framework = new InFramework(root);
    folder = root.resolve("plugins");
    Files.createDirectories(folder);
    drivers = new DriverRegistry(framework.context(), framework.settings, Duration.ofSeconds(2));
    plugins = framework.host(drivers, List.of(folder, root.resolve("own")));
  }

  @AfterEach
  void stopFramework() throws Exception {
    plugins.close();
    drivers.close();
    framework.close();
  }

  private void jar(String version) {
    framework.jar(folder.resolve("wire.jar"), "wire", version, Map.of());
  }

  private String versionInUse() {
    return drivers.use(
        NetworkDriver.class,
        "wire",
        driver -> driver.attach(new AttachRequest("n", "e", "c", null, "eth0")).macAddress());
  }

  /** Waits until the framework has removed as many bundles as asked, which ends an update. */
  private CountDownLatch uninstalled(int bundles) {
    CountDownLatch latch = new CountDownLatch(bundles);
    framework
        .context()
        .addBundleListener(
            event -> {
              if (event.getType() == BundleEvent.UNINSTALLED) {
                latch.countDown();
              }
            });
    return latch;
  }

  @Test
  void anUnknownDriverIsNotFoundAtOnceAndTheKnownOnesAreNamed() {
    jar("1.0.0");
    plugins.pass();
    assertThatThrownBy(() -> drivers.use(NetworkDriver.class, "carrier-pigeon", NetworkDriver::sandbox))
        .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.is(ErrorClass.NOT_FOUND)).isTrue())
        .hasMessage("no network driver \"carrier-pigeon\": known are wire");
  }

  @Test
  void anUpdateUnderLoadFailsNoUseAndDelaysNoneByAQuarterSecond() throws Exception {
    jar("1.0.0");
    plugins.pass();
    AtomicBoolean end = new AtomicBoolean();
    AtomicLong uses = new AtomicLong();
    AtomicLong longestNs = new AtomicLong();
    Set<String> versions = ConcurrentHashMap.newKeySet();
    List<Future<?>> users = new ArrayList<>();
    int updates = 20;
    CountDownLatch oldOnes = uninstalled(updates);
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int i = 0; i < 4; i++) {
        users.add(
            threads.submit(
                () -> {
                  while (!end.get()) {
                    long start = System.nanoTime();
                    versions.add(versionInUse());
                    longestNs.accumulateAndGet(System.nanoTime() - start, Math::max);
                    uses.incrementAndGet();
                  }
                }));
      }
      for (int update = 1; update <= updates; update++) {
        String version = "1.0." + update;
        jar(version);
        plugins.pass();
        assertThat(versionInUse()).isEqualTo(version);
      }
      assertThat(oldOnes.await(30, TimeUnit.SECONDS)).isTrue();
      end.set(true);
      for (Future<?> user : users) {
        user.get(10, TimeUnit.SECONDS); // throws what a use threw
      }
    }
    assertThat(uses.get()).isGreaterThan(updates);
    assertThat(versions).contains("1.0." + updates);
    assertThat(Duration.ofNanos(longestNs.get())).isLessThan(Duration.ofMillis(250));
    assertThat(drivers.list()).singleElement().satisfies(info -> assertThat(info.version()).isEqualTo("1.0." + updates));
  }

  /** Takes a lease in a thread of its own and uses it once more when told to let go. */
  private FutureTask<Void> hold(CountDownLatch holding, CountDownLatch letGo) {
    FutureTask<Void> task =
        new FutureTask<>(
            () -> {
              drivers.run(
                  NetworkDriver.class,
                  "wire",
                  driver -> {
                    holding.countDown();
                    letGo.await();
                    driver.attach(new AttachRequest("n", "e", "c", null, "eth0"));
                  });
              return null;
            });
    Thread.ofPlatform().name("holder").start(task);
    return task;
  }

  @Test
  void theOldVersionGoesOnlyAfterItsLeasesAreBack() throws Exception {
    jar("1.0.0");
    plugins.pass();
    CountDownLatch holding = new CountDownLatch(1);
    CountDownLatch letGo = new CountDownLatch(1);
    CountDownLatch gone = uninstalled(1);
    FutureTask<Void> holder = hold(holding, letGo);
    holding.await();
    jar("2.0.0");
    plugins.pass();
    assertThat(versionInUse()).isEqualTo("2.0.0");
    assertThat(gone.getCount()).isEqualTo(1);
    letGo.countDown();
    holder.get(10, TimeUnit.SECONDS);
    assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aLeaseThatNeverComesBackDelaysTheEndOfTheOldVersionByTheDeadlineOnly() throws Exception {
    jar("1.0.0");
    plugins.pass();
    CountDownLatch holding = new CountDownLatch(1);
    CountDownLatch letGo = new CountDownLatch(1);
    CountDownLatch gone = uninstalled(1);
    FutureTask<Void> holder = hold(holding, letGo);
    holding.await();
    jar("2.0.0");
    plugins.pass();
    assertThat(gone.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(versionInUse()).isEqualTo("2.0.0");
    letGo.countDown();
    assertThat(holder).failsWithin(Duration.ofSeconds(10)).withThrowableOfType(java.util.concurrent.ExecutionException.class).withMessageContaining("1.0.0 is closed");
  }

  @Test
  void aNewVersionThatFailsChangesNothing() {
    jar("1.0.0");
    plugins.pass();
    for (Map<String, String> fault : List.of(Map.of("Fake-Start", "fails"), Map.of("Fake-Open", "fails"), Map.of("Import-Package", "no.such.thing"))) {
      framework.jar(folder.resolve("wire.jar"), "wire", "2.0.0", fault);
      plugins.pass();
      assertThat(versionInUse()).isEqualTo("1.0.0");
      assertThat(plugins.list()).singleElement().satisfies(info -> assertThat(info.state()).isEqualTo(Plugins.State.FAILED));
      assertThat(Arrays.stream(framework.context().getBundles()).filter(bundle -> "wire".equals(bundle.getSymbolicName()))).hasSize(1);
    }
    assertThat(plugins.list()).singleElement().satisfies(info -> assertThat(info.reason()).contains("no.such.thing"));
  }

  @Test
  void anOlderVersionReplacesANewerOneToo() throws Exception {
    jar("2.0.0");
    plugins.pass();
    CountDownLatch gone = uninstalled(1);
    jar("1.0.0");
    plugins.pass();
    assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(versionInUse()).isEqualTo("1.0.0");
  }

  @Test
  void aRebuiltJarOfTheSameVersionReplacesIt() throws Exception {
    jar("1.0.0");
    plugins.pass();
    long first = bundleIdOfDriver();
    CountDownLatch gone = uninstalled(1);
    framework.jar(folder.resolve("wire.jar"), "wire", "1.0.0", Map.of("Rebuilt", "yes"));
    plugins.pass();
    assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(versionInUse()).isEqualTo("1.0.0");
    assertThat(bundleIdOfDriver()).isGreaterThan(first);
  }

  private long bundleIdOfDriver() {
    return Arrays.stream(framework.context().getBundles()).filter(b -> "wire".equals(b.getSymbolicName())).findFirst().orElseThrow().getBundleId();
  }

  @Test
  void theJarOfTheDataRootCountsMoreAndTheOtherComesBackWhenItGoes() throws Exception {
    jar("3.0.0");
    framework.jar(root.resolve("own/patched.jar"), "wire", "1.0.0", Map.of());
    plugins.pass();
    assertThat(versionInUse()).isEqualTo("1.0.0");
    CountDownLatch gone = uninstalled(1);
    Files.delete(root.resolve("own/patched.jar"));
    plugins.pass();
    assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(versionInUse()).isEqualTo("3.0.0");
  }

  @Test
  void aJarThatIsNoneIsListedWithTheReason() throws IOException {
    Files.writeString(folder.resolve("half.jar"), "PK\3\4 not yet all of it");
    jar("1.0.0");
    plugins.pass();
    assertThat(versionInUse()).isEqualTo("1.0.0");
    assertThat(plugins.list())
        .filteredOn(info -> info.state() == Plugins.State.FAILED)
        .singleElement()
        .satisfies(info -> assertThat(info.reason()).startsWith("incomplete or no jar"));
  }

  @Test
  void aDriverThatThisHostCannotHaveIsSkippedWithItsReason() {
    framework.jar(folder.resolve("wire.jar"), "wire", "1.0.0", Map.of("Fake-Open", "skips"));
    plugins.pass();
    assertThat(drivers.list()).singleElement().satisfies(info -> assertThat(info.state()).isEqualTo(Drivers.State.SKIPPED));
    assertThatThrownBy(this::versionInUse).hasMessage("cannot use network driver \"wire\": this host has no wires");
  }

  @Test
  void anExceptionOfThePluginsOwnClassComesOutAsInternalWithItsText() {
    jar("1.0.0");
    plugins.pass();
    assertThatThrownBy(
            () -> drivers.run(NetworkDriver.class, "wire", driver -> driver.createNetwork(new NetworkDriver.NetworkConfig("1", "net", Map.of()))))
        .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.is(ErrorClass.INTERNAL)).isTrue())
        .hasMessage("driver wire failed: OwnFailure: no network net")
        .hasNoCause();
  }

  @Test
  void aFailureOfTheSpiKeepsItsClassAndLosesAForeignCause() {
    jar("1.0.0");
    plugins.pass();
    assertThatThrownBy(() -> drivers.run(NetworkDriver.class, "wire", driver -> driver.deleteNetwork("1")))
        .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.is(ErrorClass.CONFLICT)).isTrue())
        .hasMessage("in use")
        .hasNoCause();
  }

  @Test
  void theDriverItselfCannotBeCarriedOut() {
    jar("1.0.0");
    plugins.pass();
    assertThatThrownBy(() -> drivers.use(NetworkDriver.class, "wire", driver -> driver)).hasMessageContaining("returned an object of its own class");
    assertThatThrownBy(() -> drivers.use(NetworkDriver.class, "wire", List::of)).hasMessageContaining("returned an object of its own class");
  }

  @Test
  void checkedExceptionsOfTheJdkComeOutAsTheyAre() {
    jar("1.0.0");
    plugins.pass();
    assertThatThrownBy(
            () ->
                drivers.run(
                    NetworkDriver.class,
                    "wire",
                    driver -> {
                      throw new IOException("connection reset");
                    }))
        .isExactlyInstanceOf(IOException.class);
  }

  @Test
  void aDroppedJarIsInstalledAndARemovedOneGoesWhileTheDaemonWorks() throws Exception {
    plugins.start();
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch gone = uninstalled(1);
    plugins.listen(change -> arrived.countDown());
    jar("1.0.0");
    assertThat(arrived.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(versionInUse()).isEqualTo("1.0.0");
    Files.delete(folder.resolve("wire.jar"));
    assertThat(gone.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(drivers.names(NetworkDriver.class)).isEmpty();
  }
}
