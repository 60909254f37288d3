package dev.proa.registry.helper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.spi.DriverContext;
import dev.proa.spi.registry.Credentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against real programs: scripts that keep to the protocol, and some that do not. */
class HelperAuthenticatorTest {
  @TempDir Path folder;
  private HelperAuthenticator helper;

  @BeforeEach
  void open() {
    helper = new HelperAuthenticator(Map.of("PATH", folder + ":/usr/bin:/bin", "DOCKER_CONFIG", folder.resolve("docker").toString()));
    helper.open(
        new DriverContext() {
          @Override
          public Path stateDir() {
            return folder.resolve("state");
          }

          @Override
          public Path runDir() {
            return folder.resolve("state");
          }
        });
  }

  private void config(String json) throws IOException {
    Files.writeString(Files.createDirectories(folder.resolve("docker")).resolve("config.json"), json);
  }

  private void program(String name, String script) throws IOException {
    Path file = Files.writeString(folder.resolve("docker-credential-" + name), "#!/bin/sh\n" + script);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void withoutAConfigurationNothingIsKnown() {
    assertThat(helper.credentials("r.example")).isEmpty();
  }

  @Test
  void aHelperOfTheRegistryIsAskedBeforeTheStore() throws IOException {
    config("{\"credHelpers\":{\"r.example:5000\":\"mine\"},\"credsStore\":\"all\",\"auths\":{\"r.example:5000\":{\"auth\":\"YTpi\"},\"plain.example\":{\"auth\":\"YTpi\"}}}");
    program("mine", "read r; [ \"$1\" = get ] && echo '{\"ServerURL\":\"'$r'\",\"Username\":\"me\",\"Secret\":\"from-'$r'\"}'");
    program("all", "read r; case $r in store.example) echo '{\"Username\":\"<token>\",\"Secret\":\"refresh\"}';; *) echo 'credentials not found in native keychain'; exit 1;; esac");
    assertThat(helper.credentials("r.example:5000")).contains(new Credentials("me", "from-r.example:5000", "", "", "docker-credential-mine"));
    assertThat(helper.credentials("store.example")).contains(new Credentials("", "", "refresh", "", "docker-credential-all"));
    Optional<Credentials> plain = helper.credentials("plain.example");
    assertThat(plain).contains(new Credentials("a", "b", "", "", folder.resolve("docker/config.json").toString()));
    assertThat(helper.credentials("other.example")).isEmpty();
  }

  @Test
  void theHubIsKnownByItsOldName() throws IOException {
    config("{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"YTpi\"}}}");
    assertThat(helper.credentials("docker.io")).get().extracting(Credentials::username).isEqualTo("a");
  }

  @Test
  void aHelperThatFailsIsNamedAndItsSecretIsNot() throws IOException {
    config("{\"credHelpers\":{\"a\":\"missing\",\"b\":\"broken\",\"c\":\"locked\",\"d\":\"../../bin/sh\"}}");
    program("broken", "echo '{\"Username\":\"x\",\"Secret\":\"top-secret\"'");
    program("locked", "echo the keychain is locked; exit 3");
    assertThatThrownBy(() -> helper.credentials("a")).hasMessageContaining("docker-credential-missing for a is not in the daemon's PATH");
    assertThatThrownBy(() -> helper.credentials("b"))
        .hasMessage("credential helper docker-credential-broken failed for b: its answer is not JSON")
        .hasMessageNotContaining("top-secret");
    assertThatThrownBy(() -> helper.credentials("c")).hasMessageEndingWith("failed for c: the keychain is locked");
    assertThatThrownBy(() -> helper.credentials("d")).hasMessageContaining("is no name of a credential helper");
  }

  @Test
  void aHelperThatSaysTooMuchIsStopped() throws IOException {
    config("{\"credsStore\":\"loud\"}");
    program("loud", "exec yes");
    assertThatThrownBy(() -> helper.credentials("a")).hasMessageContaining("it says more than");
  }

  @Test
  void aConfigurationThatIsNoneIsSaid() throws IOException {
    config("[]");
    assertThatThrownBy(() -> helper.credentials("a")).hasMessageContaining("is no docker configuration");
    config("{\"auths\":{\"a\":{\"auth\":\"no-base64!\"}}}");
    assertThatThrownBy(() -> helper.credentials("a")).hasMessageContaining("is not base64 of name and password").hasMessageNotContaining("no-base64!");
  }

  @Test
  void textsShowNoSecret() {
    assertThat(new Credentials("me", "pw-secret", "id-secret", "reg-secret", "here").toString()).isEqualTo("me, from here");
  }
}
