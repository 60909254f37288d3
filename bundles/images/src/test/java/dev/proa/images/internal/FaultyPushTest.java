package dev.proa.images.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.images.PullRequest;
import dev.proa.images.PushRequest;
import dev.proa.images.internal.RealRegistry.Kind;
import dev.proa.images.internal.content.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pushes that meet broken connections and registries that misbehave. */
class FaultyPushTest {
  private static final TestImage IMAGE = TestImage.of(Tars.randomLayer(8 << 20, 3));

  @TempDir Path root;
  private TestBed bed;

  @BeforeEach
  void open() {
    bed = new TestBed(root.resolve("bed"), List.of(), Duration.ofMillis(300));
  }

  @AfterEach
  void close() {
    bed.close();
  }

  private void push(String host) {
    bed.load(IMAGE.legacyArchive(host + "/x:1"));
    bed.messages.clear();
    bed.images().push(new PushRequest(host + "/x", "1", null, null), bed.sink());
  }

  @Test
  void aBrokenUploadIsTakenUpAgain() throws Exception {
    assumeTrue(RealRegistry.binary().isPresent(), "docker-registry is not installed (apt-get install docker-registry)");
    try (RealRegistry registry = new RealRegistry(root.resolve("registry"), Kind.OPEN);
        CuttingProxy proxy = new CuttingProxy(registry.host, 5 << 20, 3)) {
      push(proxy.host);
      assertThat(proxy.cuts).hasPositiveValue();
      assertThat(bed.statuses()).anyMatch(status -> status.endsWith(": Retrying in 1 second"));
      assertThat(bed.statuses().getLast()).startsWith("1: digest: sha256:");
      bed.images().remove(proxy.host + "/x:1", false, true, TestBed.NOBODY);
      assertThat(bed.images().pull(new PullRequest(registry.host + "/x", "1", null, null), bed.sink())).containsExactly(IMAGE.id());
    }
  }

  @Test
  void anUploadThatAlwaysBreaksIsGivenUp() throws Exception {
    assumeTrue(RealRegistry.binary().isPresent(), "docker-registry is not installed (apt-get install docker-registry)");
    try (RealRegistry registry = new RealRegistry(root.resolve("registry"), Kind.OPEN);
        CuttingProxy proxy = new CuttingProxy(registry.host, 100 << 10, 1000)) {
      assertThatThrownBy(() -> push(proxy.host)).hasMessageContaining("Patch \"http://" + proxy.host);
      assertThat(bed.statuses()).noneMatch(status -> status.contains("digest:"));
    }
  }

  @Test
  void aRegistryThatIsBusyIsWaitedFor() {
    try (FaultyRegistry registry = new FaultyRegistry()) {
      registry.on(
          "/v2/x/blobs/uploads/",
          (exchange, turn) -> {
            if (turn == 1) {
              exchange.getResponseHeaders().set("Retry-After", "0");
              FaultyRegistry.reply(exchange, 429, "text/plain", "later".getBytes());
            } else {
              exchange.getResponseHeaders().set("Location", "/v2/x/up");
              FaultyRegistry.reply(exchange, 202, "text/plain", new byte[0]);
            }
          });
      registry.on("/v2/x/up", (exchange, turn) -> accept(exchange));
      registry.on("/v2/x/manifests/1", (exchange, turn) -> accept(exchange));
      push(registry.host);
      assertThat(bed.statuses().getLast()).startsWith("1: digest: sha256:");
    }
  }

  /** Its layers are still being compressed when the first one is refused. */
  @Test
  void aPushThatFailsLosesNoLayer() {
    try (FaultyRegistry registry = new FaultyRegistry()) {
      registry.on("/v2/y/blobs/uploads/", (exchange, turn) -> FaultyRegistry.reply(exchange, 403, "text/plain", "no".getBytes()));
      for (int round = 0; round < 30; round++) {
        byte[][] layers = new byte[6][];
        for (int i = 0; i < layers.length; i++) {
          layers[i] = Tars.randomLayer(20_000 << i / 2, 1000 * round + i);
        }
        String name = registry.host + "/y:" + round;
        bed.load(TestImage.of(layers).legacyArchive(name));
        for (int again = 0; again < 2; again++) {
          assertThatThrownBy(() -> bed.images().push(new PushRequest(name, null, null, null), bed.sink())).hasMessageNotContaining("content store lacks");
        }
      }
      assertThat(bed.ingests()).isEmpty();
    }
  }

  private static void accept(com.sun.net.httpserver.HttpExchange exchange) throws IOException {
    exchange.getRequestBody().skip(Long.MAX_VALUE);
    exchange.getRequestBody().readAllBytes();
    exchange.getResponseHeaders().set("Location", "/v2/x/up");
    FaultyRegistry.reply(exchange, exchange.getRequestMethod().equals("PATCH") ? 202 : 201, "text/plain", new byte[0]);
  }

  /** As registries behind a proxy with a limit of its own are. */
  @Test
  void whatIsTooLargeAtOnceIsSentInChunks() {
    int limit = 1 << 20;
    List<ByteArrayOutputStream> blobs = Collections.synchronizedList(new ArrayList<>());
    List<String> ranges = Collections.synchronizedList(new ArrayList<>());
    try (FaultyRegistry registry = new FaultyRegistry()) {
      registry.on(
          "/v2/x/blobs/uploads/",
          (exchange, turn) -> {
            blobs.add(new ByteArrayOutputStream());
            ranges.clear();
            exchange.getResponseHeaders().set("OCI-Chunk-Min-Length", "300000");
            exchange.getResponseHeaders().set("Location", "/v2/x/up");
            FaultyRegistry.reply(exchange, 202, "text/plain", new byte[0]);
          });
      registry.on(
          "/v2/x/up",
          (exchange, turn) -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            if (body.length > limit) {
              FaultyRegistry.reply(exchange, 413, "text/html", "<html>".getBytes());
              return;
            }
            if (exchange.getRequestMethod().equals("PATCH")) {
              int from = blobs.getLast().size();
              blobs.getLast().write(body);
              ranges.add(exchange.getRequestHeaders().getFirst("Content-Range"));
              assertThat(ranges.getLast()).isIn(from + "-" + (from + body.length - 1), null);
            }
            accept(exchange);
          });
      registry.on("/v2/x/manifests/1", (exchange, turn) -> accept(exchange));
      bed.load(IMAGE.legacyArchive(registry.host + "/x:1"));
      bed.images().push(new PushRequest(registry.host + "/x", "1", null, null), bed.sink());
      assertThat(bed.statuses().getLast()).startsWith("1: digest: sha256:");
    }
    // The configuration comes last, in one piece; before it the layer's pieces were taken one after the other.
    assertThat(ranges).hasSize(1).containsOnlyNulls();
    assertThat(blobs.getLast().toByteArray()).isEqualTo(IMAGE.config());
    assertThat(Digest.of(Tars.gunzip(blobs.get(blobs.size() - 2).toByteArray()))).isEqualTo(Digest.of(IMAGE.layers().getFirst()));
  }

  @Test
  void whatTheRegistryRefusesIsSaidInItsWords() {
    try (FaultyRegistry registry = new FaultyRegistry()) {
      registry.on(
          "/v2/x/blobs/uploads/",
          (exchange, turn) ->
              FaultyRegistry.reply(
                  exchange, 403, "application/json", "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"requested access to the resource is denied\"}]}".getBytes()));
      assertThatThrownBy(() -> push(registry.host)).hasMessage("denied: requested access to the resource is denied");
    }
  }

  @Test
  void aRegistryThatStoresSomethingElseIsNotBelieved() {
    try (FaultyRegistry registry = new FaultyRegistry()) {
      registry.on(
          "/v2/x/blobs/uploads/",
          (exchange, turn) -> {
            exchange.getResponseHeaders().set("Location", "/v2/x/up");
            FaultyRegistry.reply(exchange, 202, "text/plain", new byte[0]);
          });
      registry.on(
          "/v2/x/up",
          (exchange, turn) -> {
            exchange.getResponseHeaders().set("Docker-Content-Digest", "sha256:" + "0".repeat(64));
            accept(exchange);
          });
      assertThatThrownBy(() -> push(registry.host)).hasMessageContaining("the registry stored sha256:");
    }
  }

  @Test
  void aPlaceForTheUploadThatIsNoneIsRefused() {
    for (String location : List.of("", "ftp://127.0.0.1/x", "http://[", "file:///etc/passwd")) {
      try (FaultyRegistry registry = new FaultyRegistry()) {
        registry.on(
            "/v2/x/blobs/uploads/",
            (exchange, turn) -> {
              exchange.getResponseHeaders().set("Location", location);
              FaultyRegistry.reply(exchange, 202, "text/plain", new byte[0]);
            });
        assertThatThrownBy(() -> push(registry.host)).hasMessageContaining("as the place of an upload");
      }
    }
  }
}
