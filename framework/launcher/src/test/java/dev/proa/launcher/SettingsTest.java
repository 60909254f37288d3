package dev.proa.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.spi.daemon.DaemonSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Flags and configuration file as settings, and what is refused. */
class SettingsTest {
  @TempDir Path folder;

  private DaemonSettings settings(String... args) throws StartFailure, IOException {
    List<String> all = new ArrayList<>(List.of(args));
    if (all.stream().noneMatch(arg -> arg.startsWith("--config-file"))) {
      all.add("--config-file=" + Files.writeString(folder.resolve("empty.json"), "{}"));
    }
    Options options = Options.parse(all.toArray(String[]::new));
    ConfigFile.find(options).mergeInto(options);
    return SettingsBuilder.build(options, folder, new Product("1.2.3", "abc", Instant.EPOCH));
  }

  private DaemonSettings fromFile(String json, String... args) throws StartFailure, IOException {
    List<String> all = new ArrayList<>(List.of(args));
    all.add("--config-file=" + Files.writeString(folder.resolve("daemon.json"), json));
    return settings(all.toArray(String[]::new));
  }

  @Test
  void withoutFlagsTheDefaultsHold() throws Exception {
    DaemonSettings settings = settings();
    assertThat(settings.dataRoot()).isEqualTo(Path.of("/var/lib/proa"));
    assertThat(settings.execRoot()).isEqualTo(Path.of("/run/proa"));
    assertThat(settings.hosts()).containsExactly("unix:///run/proa/proa.sock");
    assertThat(settings.logLevel()).isEqualTo("info");
    assertThat(settings.defaultIsolation()).isEqualTo("namespace");
  }

  @Test
  void theSocketFollowsTheExecRoot() throws Exception {
    assertThat(settings("--exec-root", "/run/two").hosts()).containsExactly("unix:///run/two/proa.sock");
  }

  @Test
  void proxiesAreFlagsOrAnObjectOfTheFile(@TempDir Path folder) throws Exception {
    assertThat(settings("--http-proxy", "http://me:secret@proxy:3128", "--no-proxy=a,b").proxies())
        .containsExactlyInAnyOrderEntriesOf(Map.of("HTTP_PROXY", "http://me:secret@proxy:3128", "NO_PROXY", "a,b"));
    Path file = Files.writeString(folder.resolve("daemon.json"), "{\"proxies\":{\"https-proxy\":\"proxy:3128\"}}");
    assertThat(settings("--config-file", file.toString()).proxies()).isEqualTo(Map.of("HTTPS_PROXY", "proxy:3128"));
    assertThatThrownBy(() -> settings("--https-proxy", "socks5://me:secret@proxy"))
        .hasMessageContaining("--https-proxy is no address like http://user:password@host:port")
        .hasMessageNotContaining("me:secret@proxy");
  }

  @Test
  void flagsAreParsedInEveryForm() throws Exception {
    DaemonSettings settings =
        settings("-H", "unix:///a.sock", "--host=unix:///b.sock", "-Dl", "warn", "-soverlay", "--registry-mirror", "http://127.0.0.1:5000/", "--insecure-registry=10.0.0.0/8");
    assertThat(settings.sockets()).containsExactly(Path.of("/a.sock"), Path.of("/b.sock"));
    assertThat(settings.debug()).isTrue();
    assertThat(settings.logLevel()).isEqualTo("debug");
    assertThat(settings.storageDriver()).contains("overlay");
    assertThat(settings.registryMirrors()).containsExactly("http://127.0.0.1:5000");
    assertThat(settings.insecureRegistries()).containsExactly("10.0.0.0/8");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "--iptables=false ; unknown flag: --iptables",
        "-x               ; unknown shorthand flag: 'x' in -x",
        "--data-root      ; flag needs an argument: --data-root",
        "-H               ; flag needs an argument: 'H' in -H",
        "start            ; \"proad\" accepts no arguments: \"start\"",
        "--debug=perhaps  ; invalid argument \"perhaps\" for \"--debug\" flag: invalid boolean value",
      })
  void aWrongLineIsAUsageError(String word, String message) {
    assertThatThrownBy(() -> Options.parse(new String[] {word}))
        .isInstanceOfSatisfying(StartFailure.class, e -> assertThat(e.status()).isEqualTo(125))
        .hasMessage(message + "\nSee 'proad --help'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      value = {
        "--host § tcp://0.0.0.0:2375 § cannot listen on tcp://0.0.0.0:2375: only unix:///path is served",
        "--log-level § loud § invalid logging level: loud",
        "--bip § 172.17.0.1 § invalid CIDR address: 172.17.0.1 for --bip; an example is 172.17.0.1/16",
        "--registry-mirror § ftp://x § invalid mirror: unsupported scheme \"ftp\" in \"ftp://x\": must use either 'https://' or 'http://'",
        "--registry-mirror § http://me:pw@x § invalid mirror: username/password not allowed in URI \"http://xxxxx@x\"",
      })
  void aWrongValueIsAFailureWithItsReason(String flag, String value, String message) {
    assertThatThrownBy(() -> settings(flag, value)).isInstanceOfSatisfying(StartFailure.class, e -> assertThat(e.status()).isEqualTo(1)).hasMessage(message);
  }

  @Test
  void aSocketPathThatTheKernelCannotTakeIsRefused() {
    assertThatThrownBy(() -> settings("--exec-root", "/" + "x".repeat(100))).hasMessageContaining("the kernel takes 107");
  }

  @Test
  void theFileHoldsDockerdsKeys() throws Exception {
    DaemonSettings settings =
        fromFile("{\"data-root\":\"/srv/d\",\"hosts\":[\"unix:///h.sock\"],\"registry-mirrors\":[\"https://m\"],\"debug\":true,\"storage-driver\":\"overlay\",\"labels\":[\"a=b\"]}");
    assertThat(settings.dataRoot()).isEqualTo(Path.of("/srv/d"));
    assertThat(settings.sockets()).containsExactly(Path.of("/h.sock"));
    assertThat(settings.registryMirrors()).containsExactly("https://m");
    assertThat(settings.labels()).containsExactly("a=b");
    assertThat(settings.debug()).isTrue();
  }

  @Test
  void whatStandsInBothPlacesIsAConflictInDockerdsWords() {
    assertThatThrownBy(() -> fromFile("{\"log-level\":\"info\",\"hosts\":[\"unix:///x\"]}", "-l", "debug", "-H", "unix:///y", "-H", "unix:///z"))
        .hasMessageEndingWith(
            "the following directives are specified both as a flag and in the configuration file: "
                + "hosts: (from flag: [unix:///y unix:///z], from file: [unix:///x]), log-level: (from flag: debug, from file: info)");
  }

  @Test
  void anUnknownKeyIsNamed() {
    assertThatThrownBy(() -> fromFile("{\"iptables\":false,\"debug\":true,\"shiny\":1}"))
        .hasMessageEndingWith("the following directives don't match any configuration option: iptables, shiny");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "[]", "7", "{\"debug\":\"yes\"}", "{\"data-root\":7}", "{\"hosts\":\"unix:///x\"}", "{\"hosts\":[1]}"})
  void aFileThatIsWrongIsRefused(String json) {
    assertThatThrownBy(() -> fromFile(json)).isInstanceOf(StartFailure.class).hasMessageContaining("unable to configure the Proa daemon with file " + folder);
  }

  @Test
  void aFileThatIsNamedHasToExist() {
    assertThatThrownBy(() -> settings("--config-file=/no/such.json")).hasMessageEndingWith("open /no/such.json: no such file or directory");
  }
}
