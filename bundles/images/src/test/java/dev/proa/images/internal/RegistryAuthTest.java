package dev.proa.images.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.proa.images.PullRequest;
import dev.proa.images.PushRequest;
import dev.proa.images.RegistryCredentials;
import dev.proa.images.internal.RealRegistry.Kind;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Debian's docker-registry with each kind of authentication, through the real registry plugins. */
class RegistryAuthTest {
  private static final TestImage IMAGE = TestImage.of(Tars.layer("etc/a", "a"), Tars.randomLayer(1 << 20, 5));

  @TempDir Path root;
  private TestBed bed;

  @BeforeEach
  void open() {
    assumeTrue(RealRegistry.binary().isPresent(), "docker-registry is not installed (apt-get install docker-registry)");
    bed = new TestBed(root.resolve("bed"), List.of(), Duration.ofSeconds(2));
  }

  @AfterEach
  void close() {
    if (bed != null) {
      bed.close();
    }
  }

  private static RegistryCredentials password(String host, String password) {
    return new RegistryCredentials(host, "proa", password, "", "");
  }

  private void push(String name, @Nullable RegistryCredentials credentials) {
    bed.load(IMAGE.legacyArchive(name + ":1"));
    bed.messages.clear();
    bed.images().push(new PushRequest(name, "1", null, credentials), bed.sink());
    bed.images().remove(name + ":1", true, true, TestBed.NOBODY);
  }

  private void pull(String name, @Nullable RegistryCredentials credentials) {
    assertThat(bed.images().pull(new PullRequest(name, "1", null, credentials), bed.sink())).containsExactly(IMAGE.id());
    bed.images().remove(name + ":1", true, true, TestBed.NOBODY);
  }

  @Test
  void tokensArePulledAndPushedWith() throws Exception {
    try (TokenServer tokens = new TokenServer(root.resolve("tokens"));
        RealRegistry registry = new RealRegistry(root.resolve("registry"), Kind.TOKEN, tokens)) {
      String name = registry.host + "/private/app";
      push(name, password(registry.host, "secret"));
      pull(name, password(registry.host, "secret"));
      assertThat(tokens.requests).allSatisfy(request -> assertThat(request).startsWith("GET service=proa-test&scope=repository%3Aprivate%2Fapp%3A"));
      int asked = tokens.requests.size();
      pull(name, password(registry.host, "secret"));
      assertThat(tokens.requests).as("a token that has not run out is used again").hasSize(asked);
    }
  }

  @Test
  void nobodyInParticularPullsWhatIsPublicAndNothingElse() throws Exception {
    try (TokenServer tokens = new TokenServer(root.resolve("tokens"));
        RealRegistry registry = new RealRegistry(root.resolve("registry"), Kind.TOKEN, tokens)) {
      push(registry.host + "/public/app", password(registry.host, "secret"));
      push(registry.host + "/private/app", password(registry.host, "secret"));
      pull(registry.host + "/public/app", null);
      assertThatThrownBy(() -> pull(registry.host + "/private/app", null))
          .hasMessageStartingWith("pull access denied for " + registry.host + "/private/app, repository does not exist or may require 'docker login': ");
      assertThatThrownBy(() -> push(registry.host + "/public/app2", null)).hasMessage("denied: requested access to the resource is denied");
    }
  }

  @Test
  void aRefusedPasswordNamesRegistryChallengeAndSource() throws Exception {
    try (TokenServer tokens = new TokenServer(root.resolve("tokens"));
        RealRegistry registry = new RealRegistry(root.resolve("registry"), Kind.TOKEN, tokens)) {
      assertThatThrownBy(() -> push(registry.host + "/private/app", password(registry.host, "wrong-secret")))
          .hasMessage(
              "unauthorized: incorrect username or password (bearer challenge of %1$s, as proa, from the client's login for %1$s)".formatted(registry.host))
          .hasMessageNotContaining("wrong-secret");
    }
  }

  @Test
  void aLoginGivesAnIdentityTokenAndItIsEnough() throws Exception {
    try (TokenServer tokens = new TokenServer(root.resolve("tokens"));
        RealRegistry registry = new RealRegistry(root.resolve("registry"), Kind.TOKEN, tokens)) {
      assertThat(bed.images().login(password(registry.host, "secret"))).isEqualTo(TokenServer.REFRESH);
      assertThatThrownBy(() -> bed.images().login(password(registry.host, "wrong")))
          .satisfies(e -> assertThat(((ProaException) e).errorClass()).isEqualTo(ErrorClass.UNAUTHENTICATED));
      push(registry.host + "/private/app", new RegistryCredentials(registry.host, "", "", TokenServer.REFRESH, ""));
      assertThat(tokens.requests.getLast()).startsWith("POST grant_type=refresh_token&client_id=proa&service=proa-test&scope=repository%3Aprivate%2Fapp%3A");
    }
  }

  @Test
  void aLayerIsMountedWithATokenForBothRepositories() throws Exception {
    try (TokenServer tokens = new TokenServer(root.resolve("tokens"));
        RealRegistry registry = new RealRegistry(root.resolve("registry"), Kind.TOKEN, tokens)) {
      String name = registry.host + "/private/app";
      RegistryCredentials proa = password(registry.host, "secret");
      bed.load(IMAGE.legacyArchive(name + ":1"));
      bed.images().push(new PushRequest(name, "1", null, proa), bed.sink());
      bed.images().tag(name + ":1", registry.host + "/private/other", "1");
      bed.messages.clear();
      bed.images().push(new PushRequest(registry.host + "/private/other", "1", null, proa), bed.sink());
      assertThat(bed.statuses()).filteredOn(status -> status.endsWith(": Mounted from private/app")).hasSize(2);
    }
  }

  @Test
  void whatTheDaemonsOwnConfigurationKnowsIsUsedWhenTheClientSendsNothing() throws Exception {
    try (RealRegistry registry = new RealRegistry(root.resolve("registry"), Kind.PASSWORD)) {
      String name = registry.host + "/private/app";
      push(name, password(registry.host, "secret"));
      assertThatThrownBy(() -> pull(name, null)).hasMessageEndingWith("no basic auth credentials");
      Path config = bed.root.resolve("registry/credential-helper/config.json");
      String auth = Base64.getEncoder().encodeToString("proa:secret".getBytes(StandardCharsets.UTF_8));
      Files.writeString(config, "{\"auths\":{\"https://" + registry.host + "/v2/\":{\"auth\":\"" + auth + "\"}}}");
      pull(name, null);
      Files.writeString(config, Files.readString(config).replace(auth, Base64.getEncoder().encodeToString("proa:old-secret".getBytes(StandardCharsets.UTF_8))));
      assertThatThrownBy(() -> pull(name, null)).hasMessageContaining("(as proa, from " + config + ")").hasMessageNotContaining("old-secret");
      pull(name, password(registry.host, "secret"));
    }
  }

  @Test
  void aRegistryThatAsksForOurCertificateGetsIt() throws Exception {
    Path folder = root.resolve("registry");
    try (RealRegistry registry = new RealRegistry(folder, Kind.MUTUAL_TLS)) {
      String name = registry.host + "/private/app";
      assertThatThrownBy(() -> push(name, null)).hasMessageContaining("127.0.0.1");
      Path certificates = Files.createDirectories(bed.root.resolve("registry/client-certificate/certs.d").resolve(registry.host));
      Files.copy(folder.resolve("client.pem"), certificates.resolve("client.cert"));
      assertThatThrownBy(() -> push(name, null)).hasMessageContaining("missing key client.key for client certificate client.cert");
      Files.copy(folder.resolve("client-key.pem"), certificates.resolve("client.key"));
      push(name, null);
      // With the root it is verified, on a loopback address too.
      Files.copy(folder.resolve("ca.pem"), certificates.resolve("ca.crt"));
      pull(name, null);
      Files.copy(new TokenServer(root.resolve("other")).certificate, certificates.resolve("ca.crt"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      assertThatThrownBy(() -> pull(name, null)).hasMessageContaining("tls: failed to verify certificate");
    }
  }

  @Test
  void secretsAreInNoLogAndNoError() throws Exception {
    Logger logger = (Logger) LoggerFactory.getLogger("dev.proa");
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Level before = logger.getLevel();
    logger.setLevel(Level.TRACE);
    logger.addAppender(log);
    String secret = "secret-of-nobody-else";
    try (TokenServer tokens = new TokenServer(root.resolve("tokens"));
        RealRegistry registry = new RealRegistry(root.resolve("registry"), Kind.TOKEN, tokens);
        RealRegistry locked = new RealRegistry(root.resolve("locked"), Kind.PASSWORD)) {
      for (RealRegistry each : List.of(registry, locked)) {
        for (RegistryCredentials credentials :
            List.of(password(each.host, secret), new RegistryCredentials(each.host, "", "", secret, ""), new RegistryCredentials(each.host, "", "", "", secret))) {
          assertThatThrownBy(() -> push(each.host + "/private/app", credentials)).satisfies(e -> assertThat(trace(e)).doesNotContain(secret));
          assertThat(credentials.toString()).doesNotContain(secret);
        }
      }
      push(locked.host + "/private/app", password(locked.host, "secret"));
    } finally {
      logger.detachAppender(log);
      logger.setLevel(before);
    }
    assertThat(log.list)
        .allSatisfy(
            event ->
                assertThat(event.getFormattedMessage())
                    .doesNotContain(secret)
                    .doesNotContain(Base64.getEncoder().encodeToString(("proa:" + secret).getBytes(StandardCharsets.UTF_8))));
  }

  private static String trace(Throwable thrown) {
    java.io.StringWriter text = new java.io.StringWriter();
    thrown.printStackTrace(new java.io.PrintWriter(text));
    return text.toString();
  }
}
