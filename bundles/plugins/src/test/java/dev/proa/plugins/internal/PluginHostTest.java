package dev.proa.plugins.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.plugins.DriverUsers;
import dev.proa.plugins.Plugins;
import dev.proa.plugins.Plugins.Change;
import dev.proa.plugins.Plugins.Installation;
import dev.proa.plugins.Plugins.Package;
import dev.proa.plugins.Plugins.PluginInfo;
import dev.proa.plugins.Plugins.State;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.network.NetworkDriver;
import dev.proa.spi.network.NetworkDriver.AttachRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator does with plugins, in a real framework. */
class PluginHostTest {
  @TempDir Path root;

  private InFramework framework;
  private DriverRegistry drivers;
  private PluginHost plugins;
  private final List<Change> changes = new CopyOnWriteArrayList<>();

  @BeforeEach
  void startFramework() throws Exception {
    framework = new InFramework(root);
    Files.createDirectories(root.resolve("home"));
    Files.createDirectories(root.resolve("own"));
    restart();
  }

  /** The daemon's next life over the same folders. */
  private void restart() throws Exception {
    if (plugins != null) {
      plugins.close();
      drivers.close();
      framework.close();
      framework = new InFramework(root);
    }
    drivers = new DriverRegistry(framework.context(), framework.settings, Duration.ofSeconds(2));
    plugins = framework.host(drivers, List.of(root.resolve("home"), root.resolve("own")));
    plugins.listen(changes::add);
    plugins.start();
  }

  @AfterEach
  void stopFramework() throws Exception {
    System.setProperty("fake.release", "yes");
    plugins.close();
    drivers.close();
    framework.close();
    System.clearProperty("fake.release");
  }

  private Package jar(String version, Map<String, String> headers) {
    return new Package(framework.jar(root.resolve("wire-" + version + ".jar"), "wire", version, headers), null, "file:///wire-" + version + ".jar");
  }

  private PluginInfo install(String version, Map<String, String> headers) {
    return plugins.install(jar(version, headers), new Installation(null, true, true), line -> {});
  }

  private String versionInUse() {
    return drivers.use(NetworkDriver.class, "wire", driver -> driver.attach(new AttachRequest("n", "e", "c", null, "eth0")).macAddress());
  }

  @Test
  void whatIsInstalledIsThereAfterARestartWithTheVersionsBeforeIt() throws Exception {
    install("1.0.0", Map.of());
    PluginInfo two = install("2.0.0", Map.of());
    assertThat(two.state()).isEqualTo(State.ACTIVE);
    assertThat(two.kept()).containsExactly("1.0.0");
    assertThat(two.name()).isEqualTo("wire:2.0.0");
    restart();
    assertThat(versionInUse()).isEqualTo("2.0.0");
    assertThat(plugins.rollback("wire", line -> {}).content().version()).isEqualTo("1.0.0");
    assertThat(versionInUse()).isEqualTo("1.0.0");
    restart();
    assertThat(versionInUse()).isEqualTo("1.0.0");
    assertThatThrownBy(() -> plugins.rollback("wire", line -> {})).hasMessageContaining("no former version");
    assertThat(changes).extracting(Change::action).contains("install", "upgrade", "rollback", "enable");
  }

  @Test
  void anUpdateThatFailsIsRefusedWithTheReasonAndNothingHasHappened() {
    install("1.0.0", Map.of());
    for (Map<String, String> fault : List.of(Map.of("Fake-Start", "fails"), Map.of("Fake-Open", "fails"), Map.of("Fake-Open", "skips"))) {
      assertThatThrownBy(() -> install("2.0.0", fault))
          .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.is(ErrorClass.FAILED_PRECONDITION)).isTrue())
          .hasMessageContaining("version 1.0.0 stays");
      assertThat(versionInUse()).isEqualTo("1.0.0");
      assertThat(plugins.inspect("wire").content().version()).isEqualTo("1.0.0");
    }
    assertThat(plugins.list()).singleElement().satisfies(info -> assertThat(info.state()).isEqualTo(State.ACTIVE));
    assertThat(root.resolve("data/store")).isDirectoryNotContaining("glob:**2.0.0*");
  }

  @Test
  void whatIsDisabledStaysSoAcrossARestartAndComesBackWhenEnabled() throws Exception {
    framework.jar(root.resolve("home/wire.jar"), "wire", "1.0.0", Map.of());
    plugins.pass();
    assertThat(plugins.disable("wire", false).state()).isEqualTo(State.DISABLED);
    assertThatThrownBy(this::versionInUse).hasMessage("no network driver \"wire\": known are none");
    restart();
    assertThat(plugins.inspect("wire:1.0.0").state()).isEqualTo(State.DISABLED);
    assertThat(plugins.enable("wire", line -> {}).state()).isEqualTo(State.ACTIVE);
    assertThat(versionInUse()).isEqualTo("1.0.0");
    assertThatThrownBy(() -> plugins.remove("wire", false)).hasMessageContaining("came with the installation");
  }

  @Test
  void aDriverInUseIsNotTakenAwayAndItsUsersAreNamed() {
    install("1.0.0", Map.of());
    List<String> stopped = new ArrayList<>();
    framework.users.add(
        new DriverUsers() {
          @Override
          public List<String> of(String point, String driver) {
            return stopped.isEmpty() && driver.equals("wire") ? List.of("running container web") : List.of();
          }

          @Override
          public void stop(String point, String driver) {
            stopped.add(point + " " + driver);
          }
        });
    assertThatThrownBy(() -> plugins.remove("wire", false))
        .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.is(ErrorClass.CONFLICT)).isTrue())
        .hasMessageContaining("running container web (network driver wire)");
    assertThat(versionInUse()).isEqualTo("1.0.0");
    plugins.remove("wire", true);
    assertThat(stopped).containsExactly("dev.proa.spi.network.NetworkDriver wire");
    assertThat(plugins.list()).isEmpty();
  }

  @Test
  void removingWhatAFolderHoldsTooIsAnUpdateToThat() {
    framework.jar(root.resolve("home/wire.jar"), "wire", "1.0.0", Map.of());
    plugins.pass();
    install("2.0.0", Map.of());
    framework.users.add(
        new DriverUsers() {
          @Override
          public List<String> of(String point, String driver) {
            return List.of("running container web");
          }

          @Override
          public void stop(String point, String driver) {}
        });
    plugins.remove("wire", false);
    assertThat(versionInUse()).isEqualTo("1.0.0");
  }

  @Test
  void aPluginForAnotherSpiIsRefusedWithPackageAndRange() {
    assertThatThrownBy(() -> install("1.0.0", Map.of("Import-Package", "org.osgi.framework,dev.proa.spi,dev.proa.spi.network;version=\"[7,8)\"")))
        .hasMessage(
            "plugin wire 1.0.0 is not installed: wire 1.0.0 was built for dev.proa.spi.network [7.0.0,8.0.0), and this engine has 0.0.0: "
                + "update the engine, or install an older version of the plugin");
  }

  @Test
  void whatIsNeitherSpiNorDeclaredIsNotImported() {
    String spi = "org.osgi.framework,dev.proa.spi,dev.proa.spi.network,";
    assertThatThrownBy(() -> install("1.0.0", Map.of("Import-Package", spi + "dev.proa.lifecycle.events", "Proa-Needs", "dev.proa.lifecycle")))
        .hasMessageContaining("it imports dev.proa.lifecycle.events, which belongs to the engine alone");
    assertThatThrownBy(() -> install("1.0.0", Map.of("Import-Package", spi + "dev.proa.linux")))
        .hasMessageContaining("it imports dev.proa.linux, which is no part of the SPI and is not declared");
    assertThatThrownBy(() -> install("1.0.0", Map.of("DynamicImport-Package", "*"))).hasMessageContaining("leaves open what it uses");
    assertThat(plugins.list()).isEmpty();
  }

  @Test
  void anActivatorThatNeverReturnsIsStuckAndStopsNobody() {
    install("1.0.0", Map.of());
    assertThatThrownBy(() -> install("2.0.0", Map.of("Fake-Start", "blocks"))).hasMessageContaining("stuck until the daemon is restarted").hasMessageContaining("FakeActivator.start");
    assertThat(versionInUse()).isEqualTo("1.0.0");
    install("3.0.0", Map.of());
    assertThat(versionInUse()).isEqualTo("3.0.0");
  }

  @Test
  void aJarThatBlocksInAFolderIsListedAsStuck() {
    framework.jar(root.resolve("own/wire.jar"), "wire", "1.0.0", Map.of("Fake-Start", "blocks"));
    plugins.pass();
    assertThat(plugins.inspect("wire").state()).isEqualTo(State.STUCK);
    assertThat(changes).extracting(Change::action).contains("fail");
  }

  @Test
  void whatTookTheDaemonDownIsInQuarantineAtTheNextStartUntilItIsEnabled() throws Exception {
    framework.jar(root.resolve("own/wire.jar"), "wire", "1.0.0", Map.of());
    String id = JarContent.sha256(root.resolve("own/wire.jar"));
    // what a daemon leaves that ended while it was being started
    Files.writeString(root.resolve("data/store/started-" + id), "wire 1.0.0");
    restart();
    assertThat(plugins.inspect("wire").state()).isEqualTo(State.FAILED);
    assertThat(plugins.inspect("wire").reason()).startsWith("quarantined");
    assertThat(changes).extracting(Change::action).contains("quarantine");
    plugins.enable("wire", line -> {});
    assertThat(versionInUse()).isEqualTo("1.0.0");
  }

  @Test
  void oneUnexplainedEndDoesNotCondemnAPluginThatHasWorkedBefore() throws Exception {
    install("1.0.0", Map.of());
    String id = plugins.inspect("wire").content().id().replace("sha256:", "");
    Path marker = root.resolve("data/store/started-" + id);
    for (int i = 0; Files.exists(marker) && i < 500; i++) {
      Thread.sleep(10); // until it is proven
    }
    Files.writeString(marker, "wire 1.0.0");
    restart();
    assertThat(versionInUse()).isEqualTo("1.0.0");
  }

  @Test
  void anIdOrItsBeginningNamesAPlugin() {
    PluginInfo installed = plugins.install(jar("1.0.0", Map.of()), new Installation("localhost:5000/me/wire:1", true, true), line -> {});
    assertThat(plugins.inspect("localhost:5000/me/wire:1")).isEqualTo(installed);
    assertThat(plugins.inspect(installed.content().id().substring("sha256:".length(), "sha256:".length() + 12))).isEqualTo(installed);
    assertThatThrownBy(() -> plugins.inspect("no-such")).hasMessage("plugin \"no-such\" not found");
  }

  @Test
  void whatIsSkippedStaysWithTheReason() {
    PluginInfo info = install("1.0.0", Map.of("Fake-Open", "skips"));
    assertThat(info.state()).isEqualTo(State.SKIPPED);
    assertThat(info.reason()).isEqualTo("driver wire: this host has no wires");
    assertThat(plugins.list()).extracting(PluginInfo::state).containsExactly(Plugins.State.SKIPPED);
  }
}
