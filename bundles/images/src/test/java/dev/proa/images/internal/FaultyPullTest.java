package dev.proa.images.internal;

import static dev.proa.images.internal.FaultyRegistry.blobPath;
import static dev.proa.images.internal.FaultyRegistry.cut;
import static dev.proa.images.internal.FaultyRegistry.rangeStart;
import static dev.proa.images.internal.FaultyRegistry.reply;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import dev.proa.images.ImageRecord;
import dev.proa.images.ProgressMessage;
import dev.proa.images.PullRequest;
import dev.proa.images.RegistryCredentials;
import dev.proa.images.internal.content.Digest;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pulls from a registry that is broken, slow or hostile. */
@Timeout(60)
class FaultyPullTest {
  private static final String OCI = "application/vnd.oci.image.manifest.v1+json";

  private final byte[] layer = Tars.randomLayer(400_000, 3);
  private final byte[] blob = Tars.gzip(layer);
  private final TestImage image = TestImage.of(layer);
  private FaultyRegistry registry;
  private TestBed bed;

  @BeforeEach
  void open(@TempDir Path root) {
    registry = new FaultyRegistry().image("a/b", "latest", image, List.of(blob));
    bed = new TestBed(root, List.of(), Duration.ofMillis(100));
  }

  @AfterEach
  void close() {
    bed.close();
    registry.close();
  }

  private String name() {
    return registry.host + "/a/b";
  }

  private List<String> pull() {
    return pull(name(), null);
  }

  private List<String> pull(String image, @Nullable RegistryCredentials credentials) {
    bed.messages.clear();
    return bed.images().pull(new PullRequest(image, "latest", null, credentials), bed.sink());
  }

  private void refused(String message) {
    assertThatThrownBy(this::pull).isInstanceOf(ProaException.class).hasMessageContaining(message);
    assertThat(bed.isEmpty()).isTrue();
  }

  private static void error(HttpExchange exchange, int status, String code, String message) throws IOException {
    reply(exchange, status, "application/json", ("{\"errors\":[{\"code\":\"" + code + "\",\"message\":\"" + message + "\"}]}").getBytes());
  }

  // ---- Connections

  @Test
  void pullResumesAfterConnectionReset() {
    registry.on(
        blobPath("a/b", blob),
        (exchange, turn) -> {
          int from = rangeStart(exchange);
          cut(exchange, blob, from, Math.min(from + 150_000, blob.length));
        });
    assertThat(pull()).containsExactly(image.id());
    assertThat(registry.requests).contains(blobPath("a/b", blob)).anyMatch(request -> request.matches(".* bytes=[1-9]\\d*-"));
  }

  @Test
  void aRegistryWithoutRangesIsReadAgain() {
    registry.on(
        blobPath("a/b", blob),
        (exchange, turn) -> {
          if (turn == 1) {
            cut(exchange, blob, 0, 100_000);
          } else {
            reply(exchange, 200, "application/octet-stream", blob);
          }
        });
    assertThat(pull()).containsExactly(image.id());
  }

  @Test
  void aConnectionThatIsCutAgainAndAgainIsGivenUp() {
    registry.on(blobPath("a/b", blob), (exchange, turn) -> cut(exchange, blob, rangeStart(exchange), rangeStart(exchange) + 10));
    refused("Get \"http://" + registry.host + blobPath("a/b", blob) + "\"");
    assertThat(registry.count(blobPath("a/b", blob))).isLessThanOrEqualTo(6);
  }

  @Test
  void aBodyThatStallsIsTakenUpAgain() {
    CountDownLatch end = new CountDownLatch(1);
    registry.on(
        blobPath("a/b", blob),
        (exchange, turn) -> {
          if (turn > 1) {
            int from = rangeStart(exchange);
            cut(exchange, blob, from, blob.length);
            end.countDown();
            return;
          }
          exchange.sendResponseHeaders(200, blob.length);
          exchange.getResponseBody().write(blob, 0, 70_000);
          exchange.getResponseBody().flush();
          try {
            end.await(20, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.close();
        });
    assertThat(pull()).containsExactly(image.id());
  }

  @Test
  void tooManyRequestsAndServerErrorsAreWaitedOut() {
    registry.on(
        "/v2/a/b/manifests/latest",
        (exchange, turn) -> {
          switch (turn) {
            case 1 -> {
              exchange.getResponseHeaders().set("Retry-After", "1");
              error(exchange, 429, "TOOMANYREQUESTS", "slow down");
            }
            case 2 -> error(exchange, 503, "UNAVAILABLE", "later");
            default -> reply(exchange, 200, OCI, image.manifest(OCI, List.of(blob), "application/vnd.oci.image.layer.v1.tar+gzip"));
          }
        });
    long start = System.nanoTime();
    assertThat(pull()).containsExactly(image.id());
    assertThat(System.nanoTime() - start).isGreaterThan(1_000_000_000L);
  }

  @Test
  void aRegistryThatStaysOverloadedIsSaid() {
    registry.on("/v2/a/b/manifests/latest", (exchange, turn) -> error(exchange, 429, "TOOMANYREQUESTS", "You have reached your pull rate limit"));
    refused("toomanyrequests: You have reached your pull rate limit");
  }

  @Test
  void aRegistryThatDoesNotListenIsSaid() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    assertThatThrownBy(() -> pull("127.0.0.1:" + port + "/x", null))
        .hasMessageStartingWith("Get \"http://127.0.0.1:" + port + "/v2/\": dial tcp 127.0.0.1:" + port + ": connect: connection refused")
        .satisfies(e -> assertThat(((ProaException) e).errorClass()).isEqualTo(ErrorClass.UNAVAILABLE));
    assertThatThrownBy(() -> pull("nosuch.invalid/x", null)).hasMessageContaining("dial tcp: lookup nosuch.invalid: no such host");
  }

  @Test
  void aMirrorThatFailsIsPassedOver(@TempDir Path root) throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    registry.image("library/x", "latest", image, List.of(blob));
    try (FaultyRegistry corrupt = new FaultyRegistry().image("library/x", "latest", image, List.of(blob));
        TestBed mirrored = new TestBed(root, List.of("http://127.0.0.1:" + port, "http://" + corrupt.host, "http://" + registry.host + "/"), Duration.ofMillis(100))) {
      byte[] damaged = blob.clone();
      damaged[1000] ^= 1;
      corrupt.on(blobPath("library/x", blob), (exchange, turn) -> reply(exchange, 200, "application/octet-stream", damaged));
      mirrored.images().pull(new PullRequest("x", "latest", null, null), mirrored.sink());
      assertThat(mirrored.images().resolve("x").id()).isEqualTo(image.id());
      assertThat(corrupt.count("/v2/library/x")).isPositive();
    }
  }

  // ---- Content that is not what it should be

  @Test
  void aBlobWithAnotherDigestIsRefused() {
    byte[] damaged = blob.clone();
    damaged[200_000] ^= 1;
    registry.on(blobPath("a/b", blob), (exchange, turn) -> reply(exchange, 200, "application/octet-stream", damaged));
    refused("filesystem layer verification failed for digest " + Digest.of(blob));
  }

  @Test
  void aBlobThatGoesOnIsRefused() {
    byte[] longer = Arrays.copyOf(blob, blob.length + 1_000_000);
    registry.on(blobPath("a/b", blob), (exchange, turn) -> reply(exchange, 200, "application/octet-stream", longer));
    refused("filesystem layer verification failed for digest " + Digest.of(blob));
  }

  @Test
  void aTruncatedGzipIsRefused() {
    byte[] half = Arrays.copyOf(blob, blob.length / 2);
    registry.image("a/b", "latest", image, List.of(half));
    refused("layer " + Digest.of(half));
  }

  @Test
  void aConfigurationWithAnotherDigestIsRefused() {
    registry.on(blobPath("a/b", image.config()), (exchange, turn) -> reply(exchange, 200, "application/json", "{}".getBytes()));
    refused("blob verification failed for digest " + image.id());
  }

  @Test
  void aManifestWithAnotherDigestIsRefused() {
    String digest = "sha256:" + "0".repeat(64);
    registry.on("/v2/a/b/manifests/" + digest, (exchange, turn) -> reply(exchange, 200, OCI, "{}".getBytes()));
    assertThatThrownBy(() -> bed.images().pull(new PullRequest(name(), digest, null, null), bed.sink()))
        .hasMessageStartingWith("manifest verification failed for digest " + digest);
  }

  @Test
  void schemaOneIsRefusedInWords() {
    byte[] old = "{\"schemaVersion\":1,\"name\":\"a/b\",\"tag\":\"latest\",\"fsLayers\":[]}".getBytes();
    registry.manifest("a/b", "latest", "application/vnd.docker.distribution.manifest.v1+prettyjws", old);
    refused("Docker Image manifest version 2, schema 1 support has been removed");
  }

  @Test
  void whatIsNoImageIsRefused() {
    String chart =
        "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":{\"mediaType\":\"application/vnd.cncf.helm.config.v1+json\",\"size\":2,\"digest\":\"sha256:%s\"},\"layers\":[]}"
            .formatted(OCI, "0".repeat(64));
    registry.manifest("a/b", "latest", OCI, chart.getBytes());
    refused("is not a container image");
    String artifact = chart.replace("application/vnd.cncf.helm.config.v1+json", "application/vnd.oci.empty.v1+json").replace("{\"schema", "{\"artifactType\":\"text/x\",\"schema");
    registry.manifest("a/b", "latest", OCI, artifact.getBytes());
    refused("is not a container image");
    registry.manifest("a/b", "latest", "text/html", "<html>".getBytes());
    refused("is not valid JSON");
    registry.manifest("a/b", "latest", OCI, "{\"schemaVersion\":2,\"manifests\":[],\"layers\":[]}".getBytes());
    refused("both an index and a manifest");
    String type = "application/vnd.docker.distribution.manifest.list.v2+json";
    registry.manifest("a/b", "latest", OCI, ("{\"schemaVersion\":2,\"mediaType\":\"" + type + "\"}").getBytes());
    refused("but was sent as");
  }

  @Test
  void aRegistryThatAsksForAPasswordForEverIsNotAskedForEver() {
    registry.on(
        "/v2/a/b/manifests/latest",
        (exchange, turn) -> {
          exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"x\"");
          error(exchange, 401, "UNAUTHORIZED", "authentication required");
        });
    assertThatThrownBy(() -> pull(name(), new RegistryCredentials("", "me", "right", "", ""))).hasMessageStartingWith("unauthorized: authentication required (as me");
    assertThat(registry.count("/v2/a/b/manifests/latest")).isEqualTo(2);
  }

  @Test
  void aTokenThatIsNeverTakenIsNotFetchedForEver() {
    registry.on("/token", (exchange, turn) -> reply(exchange, 200, "application/json", ("{\"token\":\"t" + turn + "\"}").getBytes()));
    registry.on(
        "/v2/a/b/manifests/latest",
        (exchange, turn) -> {
          exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer realm=\"http://" + registry.host + "/token\",service=\"s\"");
          error(exchange, 401, "UNAUTHORIZED", "authentication required");
        });
    refused("authentication required");
    assertThat(registry.count("/token")).isEqualTo(1);
  }

  @Test
  void aSizeThatIsWrongIsRefusedThoughTheDigestIsRight() {
    String manifest = new String(image.manifest(OCI, List.of(blob), "application/vnd.oci.image.layer.v1.tar+gzip"), StandardCharsets.UTF_8);
    String size = "\"size\":" + blob.length + ",";
    assertThat(manifest).contains(size);
    for (int wrong : new int[] {blob.length - 1, blob.length + 1}) {
      registry.image("a/b", "latest", image, List.of(blob)).manifest("a/b", "latest", OCI, manifest.replace(size, "\"size\":" + wrong + ",").getBytes());
      assertThatThrownBy(this::pull).isInstanceOf(ProaException.class);
      assertThat(bed.isEmpty()).isTrue();
    }
  }

  @Test
  void aLayerOfAnUnknownMediaTypeIsRefused() {
    String manifest = new String(image.manifest(OCI, List.of(blob), "application/vnd.example.secret"), StandardCharsets.UTF_8);
    registry.image("a/b", "latest", image, List.of(blob)).manifest("a/b", "latest", OCI, manifest.getBytes());
    refused("unsupported media type application/vnd.example.secret");
  }

  @Test
  void aLayerThatIsAPageForPeopleIsRefused() {
    byte[] page = "<html><body>please log in</body></html>".getBytes();
    registry.image("a/b", "latest", image, List.of(blob));
    registry.on(FaultyRegistry.blobPath("a/b", blob), (exchange, turn) -> reply(exchange, 200, "text/html", page));
    assertThatThrownBy(this::pull).isInstanceOf(ProaException.class);
    assertThat(bed.isEmpty()).isTrue();
  }

  @Test
  void aManifestWithoutEndIsRefused() {
    registry.on(
        "/v2/a/b/manifests/latest",
        (exchange, turn) -> {
          exchange.sendResponseHeaders(200, 0);
          byte[] spaces = new byte[1 << 20];
          Arrays.fill(spaces, (byte) ' ');
          for (int i = 0; i < 8; i++) {
            exchange.getResponseBody().write(spaces);
          }
          exchange.close();
        });
    refused("is larger than");
  }

  @Test
  void anIndexThatNamesItselfIsRefused() {
    String type = "application/vnd.oci.image.index.v1+json";
    byte[] inner = index(type, "sha256:" + "0".repeat(64));
    byte[] middle = index(type, Digest.of(inner).value());
    byte[] outer = index(type, Digest.of(middle).value());
    registry.manifest("a/b", "inner", type, inner).manifest("a/b", "middle", type, middle).manifest("a/b", "latest", type, outer);
    refused("an index of an index of an index is not followed");
  }

  private static byte[] index(String type, String digest) {
    return "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"manifests\":[{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":1,\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}}]}"
        .formatted(type, type, digest)
        .getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void theAddressesOfAForeignLayerAreNotAsked() {
    String manifest =
        new String(image.manifest(OCI, List.of(blob), "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"), StandardCharsets.UTF_8)
            .replace("\"size\":" + blob.length + ",", "\"size\":" + blob.length + ",\"urls\":[\"http://" + registry.host + "/elsewhere\"],");
    registry.on("/elsewhere", (exchange, turn) -> reply(exchange, 200, "application/octet-stream", blob));
    registry.manifest("a/b", "latest", OCI, manifest.getBytes());
    assertThat(pull()).as("the registry has it all the same").containsExactly(image.id());
    bed.images().remove(name(), true, true, TestBed.NOBODY);
    registry.on(blobPath("a/b", blob), (exchange, turn) -> error(exchange, 404, "BLOB_UNKNOWN", "blob unknown to registry"));
    refused("blob unknown to registry: layer " + Digest.of(blob) + " is a foreign one");
    assertThat(registry.count("/elsewhere")).isZero();
  }

  @Test
  void aRegistryThatLiesAboutALengthIsNotBelieved() {
    // It announces less than it has, then more.
    registry.on(
        blobPath("a/b", blob),
        (exchange, turn) -> {
          exchange.sendResponseHeaders(200, 1000);
          exchange.getResponseBody().write(blob, 0, 1000);
          exchange.close();
        });
    refused("after 1000 of " + blob.length + " bytes");
    registry.on(blobPath("a/b", blob), (exchange, turn) -> cut(exchange, Arrays.copyOf(blob, 10 * blob.length), 0, blob.length));
    refused(Digest.of(blob).value());
  }

  @Test
  void aManifestOfAHundredMebibytesTakesNoMemory() {
    long[] sent = new long[1];
    registry.on(
        "/v2/a/b/manifests/latest",
        (exchange, turn) -> {
          exchange.sendResponseHeaders(200, 100L << 20);
          byte[] spaces = new byte[1 << 20];
          Arrays.fill(spaces, (byte) ' ');
          try {
            for (int i = 0; i < 100; i++) {
              exchange.getResponseBody().write(spaces);
              sent[0] += spaces.length;
            }
          } finally {
            exchange.close();
          }
        });
    refused("is larger than 4194304 bytes");
    // What lies in the sockets' buffers, at most.
    assertThat(sent[0]).isLessThan(50L << 20);
  }

  @Test
  void aHostileLayerIsRefusedAndNothingKept() {
    byte[] evil = new Tars().file("../../../escape", "x").bytes();
    TestImage bad = TestImage.of(layer, evil);
    registry.image("a/b", "latest", bad, List.of(blob, Tars.gzip(evil)));
    refused("failed to register layer");
  }

  // ---- Redirects and authentication

  @Test
  void redirectsAreFollowedWithoutCredentials() {
    AtomicReference<@Nullable String> leaked = new AtomicReference<>();
    try (FaultyRegistry storage = new FaultyRegistry()) {
      storage.on(
          "/data",
          (exchange, turn) -> {
            leaked.set(exchange.getRequestHeaders().getFirst("Authorization"));
            reply(exchange, 200, "application/octet-stream", blob);
          });
      registry.on(
          blobPath("a/b", blob),
          (exchange, turn) -> {
            assertThat(exchange.getRequestHeaders().getFirst("Authorization")).isEqualTo("Bearer t0ken");
            exchange.getResponseHeaders().set("Location", "http://" + storage.host + "/data?sig=1");
            reply(exchange, 307, "text/plain", new byte[0]);
          });
      pull(name(), new RegistryCredentials("", "", "", "", "t0ken"));
    }
    assertThat(leaked.get()).isNull();
    assertThat(bed.images().resolve(name()).id()).isEqualTo(image.id());
  }

  @Test
  void redirectsHaveAnEnd() {
    registry.on(
        blobPath("a/b", blob),
        (exchange, turn) -> {
          exchange.getResponseHeaders().set("Location", exchange.getRequestURI().getPath());
          reply(exchange, 302, "text/plain", new byte[0]);
        });
    refused("was redirected more than 10 times");
    registry.on(
        blobPath("a/b", blob),
        (exchange, turn) -> {
          exchange.getResponseHeaders().set("Location", "file:///etc/passwd");
          reply(exchange, 302, "text/plain", new byte[0]);
        });
    refused("which is not followed");
  }

  /** Asks for a bearer token on everything of the repository. */
  private void demandTokens(String valid) {
    byte[] manifest = image.manifest(OCI, List.of(blob), "application/vnd.oci.image.layer.v1.tar+gzip");
    registry.on("/v2/a/b/manifests/latest", guarded(valid, manifest));
    registry.on(blobPath("a/b", blob), guarded(valid, blob));
    registry.on(blobPath("a/b", image.config()), guarded(valid, image.config()));
  }

  private FaultyRegistry.Behaviour guarded(String valid, byte[] content) {
    return (exchange, turn) -> {
      if (("Bearer " + valid).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
        reply(exchange, 200, OCI, content);
        return;
      }
      exchange
          .getResponseHeaders()
          .set("WWW-Authenticate", "Bearer realm=\"http://" + registry.host + "/token\",service=\"the registry\",scope=\"repository:a/b:pull\"");
      error(exchange, 401, "UNAUTHORIZED", "authentication required");
    };
  }

  @Test
  void anAnonymousTokenIsFetchedOnce() {
    demandTokens("anonymous");
    registry.on("/token", (exchange, turn) -> reply(exchange, 200, "application/json", "{\"token\":\"anonymous\",\"expires_in\":300}".getBytes()));
    assertThat(pull()).containsExactly(image.id());
    assertThat(registry.requests).contains("/token?service=the+registry&scope=repository%3Aa%2Fb%3Apull");
    assertThat(registry.count("/token")).isEqualTo(1);
  }

  @Test
  void credentialsGoToTheTokenServer() {
    demandTokens("forme");
    registry.on(
        "/token",
        (exchange, turn) -> {
          String expected = "Basic " + Base64.getEncoder().encodeToString("me:secret".getBytes());
          if (expected.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            reply(exchange, 200, "application/json", "{\"access_token\":\"forme\"}".getBytes());
          } else {
            reply(exchange, 401, "application/json", "{\"details\":\"incorrect username or password\"}".getBytes());
          }
        });
    assertThatThrownBy(() -> pull(name(), new RegistryCredentials("", "me", "wrong", "", "")))
        .hasMessageStartingWith("unauthorized: incorrect username or password (bearer challenge of " + registry.host + ", as me, from the client's login for ");
    pull(name(), new RegistryCredentials("", "me", "secret", "", ""));
    assertThat(bed.images().resolve(name()).id()).isEqualTo(image.id());
  }

  @Test
  void anIdentityTokenIsExchanged() {
    demandTokens("exchanged");
    registry.on(
        "/token",
        (exchange, turn) -> {
          String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          assertThat(form).contains("grant_type=refresh_token").contains("refresh_token=r%26t");
          reply(exchange, 200, "application/json", "{\"access_token\":\"exchanged\"}".getBytes());
        });
    pull(name(), new RegistryCredentials("", "", "", "r&t", ""));
    assertThat(bed.images().resolve(name()).id()).isEqualTo(image.id());
  }

  @Test
  void aTokenThatRunsOutIsFetchedAnew() {
    AtomicReference<String> valid = new AtomicReference<>("t1");
    byte[] manifest = image.manifest(OCI, List.of(blob), "application/vnd.oci.image.layer.v1.tar+gzip");
    registry.on("/v2/a/b/manifests/latest", (exchange, turn) -> guarded(valid.get(), manifest).answer(exchange, turn));
    registry.on(
        blobPath("a/b", image.config()),
        (exchange, turn) -> {
          guarded(valid.get(), image.config()).answer(exchange, turn);
          valid.set("t2");
        });
    registry.on(blobPath("a/b", blob), (exchange, turn) -> guarded(valid.get(), blob).answer(exchange, turn));
    registry.on("/token", (exchange, turn) -> reply(exchange, 200, "application/json", ("{\"token\":\"t" + turn + "\"}").getBytes()));
    assertThat(pull()).containsExactly(image.id());
  }

  @Test
  void anAnonymousTokenThatOpensNothingMeansAccessDenied() {
    demandTokens("other");
    registry.on("/token", (exchange, turn) -> reply(exchange, 200, "application/json", "{\"token\":\"anonymous\"}".getBytes()));
    refused("pull access denied for " + name() + ", repository does not exist or may require 'docker login': ");
    registry.on("/v2/a/b/manifests/latest", (exchange, turn) -> error(exchange, 403, "DENIED", "requested access to the resource is denied"));
    refused("pull access denied for " + name() + ", repository does not exist or may require 'docker login': denied: requested access to the resource is denied");
  }

  @Test
  void aTokenServerThatIsNoneIsNotAsked() {
    registry.on(
        "/v2/a/b/manifests/latest",
        (exchange, turn) -> {
          exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer realm=\"file:///etc/passwd\"");
          error(exchange, 401, "UNAUTHORIZED", "authentication required");
        });
    refused("as its token server, which is not asked");
  }

  // ---- Tags

  @Test
  void theListOfTagsGoesOverPages() {
    for (String tag : List.of("one", "two", "three")) {
      registry.image("a/b", tag, image, List.of(blob));
    }
    registry.on(
        "/v2/a/b/tags/list",
        (exchange, turn) -> {
          boolean last = exchange.getRequestURI().toString().contains("last=two");
          if (!last) {
            exchange.getResponseHeaders().set("Link", "</v2/a/b/tags/list?last=two>; rel=\"next\"");
          }
          reply(exchange, 200, "application/json", ("{\"tags\":[" + (last ? "\"three\"" : "\"one\",\"two\"") + "]}").getBytes());
        });
    bed.images().pull(new PullRequest(name(), null, null, null), bed.sink());
    assertThat(bed.images().list(Map.of())).flatExtracting(ImageRecord::repoTags).containsExactlyInAnyOrder(name() + ":one", name() + ":two", name() + ":three");
  }

  @Test
  void aListOfTagsWithoutEndIsRefused() {
    registry.on(
        "/v2/a/b/tags/list",
        (exchange, turn) -> {
          exchange.getResponseHeaders().set("Link", "</v2/a/b/tags/list?last=" + turn + ">; rel=\"next\"");
          reply(exchange, 200, "application/json", "{\"tags\":[]}".getBytes());
        });
    assertThatThrownBy(() -> bed.images().pull(new PullRequest(name(), null, null, null), bed.sink())).hasMessageContaining("does not end");
  }

  // ---- Being stopped

  @Test
  void aClientThatGoesAwayEndsThePull() {
    IllegalStateException gone = new IllegalStateException("the client is gone");
    assertThatThrownBy(
            () ->
                bed.images()
                    .pull(
                        new PullRequest(name(), "latest", null, null),
                        message -> {
                          throw gone;
                        }))
        .isSameAs(gone);
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void anInterruptEndsThePullAndLeavesNothing() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = registry.hold("a/b", blob, begun);
    CompletableFuture<List<String>> result = new CompletableFuture<>();
    Thread puller = Thread.ofVirtual().start(() -> complete(result));
    begun.await();
    puller.interrupt();
    assertThatThrownBy(() -> result.get(10, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class).hasMessageContaining("cancel");
    release.countDown();
    assertThat(bed.layers()).isEmpty();
    assertThat(bed.blobs()).isEmpty();
    puller.join();
    // The download's own thread takes its temporary file along.
    bed.images().close();
    assertThat(bed.images().list(Map.of())).isEmpty();
  }

  private void complete(CompletableFuture<List<String>> result) {
    try {
      result.complete(bed.images().pull(new PullRequest(name(), "latest", null, null), message -> {}));
    } catch (RuntimeException e) {
      result.completeExceptionally(e);
    }
  }

  @Test
  void aLayerIsUnpackedWhileItIsDownloaded() throws Exception {
    byte[] first = Tars.layer("etc/first", "first");
    TestImage two = TestImage.of(first, layer);
    registry.image("a/b", "latest", two, List.of(Tars.gzip(first), blob));
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = registry.hold("a/b", blob, begun);
    CompletableFuture<String> unpacked = new CompletableFuture<>();
    CompletableFuture<List<String>> result = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                result.complete(
                    bed.images()
                        .pull(
                            new PullRequest(name(), "latest", null, null),
                            message -> {
                              if ("Pull complete".equals(message.status())) {
                                unpacked.complete(String.valueOf(message.id()));
                              }
                            }));
              } catch (RuntimeException e) {
                result.completeExceptionally(e);
              }
            });
    assertThat(unpacked.get(10, TimeUnit.SECONDS)).isEqualTo(Digest.of(Tars.gzip(first)).shortHex());
    assertThat(result).isNotDone();
    release.countDown();
    assertThat(result.get(10, TimeUnit.SECONDS)).containsExactly(two.id());
  }

  @Test
  void moreLayersThanAreDownloadedAtOnceWait() {
    List<byte[]> layers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      layers.add(Tars.randomLayer(200_000, 100 + i));
    }
    TestImage wide = TestImage.of(layers.toArray(byte[][]::new));
    registry.image("a/b", "latest", wide, layers.stream().map(Tars::gzip).toList());
    pull();
    assertThat(bed.messages).extracting(ProgressMessage::status).contains("Waiting", "Downloading");
    assertThat(bed.layers()).hasSize(8);
  }
}
