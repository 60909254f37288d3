package dev.proa.images.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.luben.zstd.Zstd;
import dev.proa.images.DistributionRecord;
import dev.proa.images.ImageRecord;
import dev.proa.images.PullRequest;
import dev.proa.images.RegistryCredentials;
import dev.proa.images.internal.RealRegistry.Kind;
import dev.proa.images.internal.content.Digest;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulls from Debian's docker-registry. */
class RealPullTest {
  private static final String OCI = "application/vnd.oci.image.manifest.v1+json";
  private static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
  private static final String OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";

  private static RealRegistry open;
  private static RealRegistry locked;
  private static RealRegistry tls;
  private static final TestImage IMAGE = TestImage.of(Tars.layer("etc/a", "a"), Tars.layer("etc/b", "b"), Tars.randomLayer(3 << 20, 5));

  private TestBed bed;

  @BeforeAll
  static void start(@TempDir Path root) throws Exception {
    assumeTrue(RealRegistry.binary().isPresent(), "docker-registry is not installed (apt-get install docker-registry)");
    open = new RealRegistry(root.resolve("open"), Kind.OPEN);
    locked = new RealRegistry(root.resolve("locked"), Kind.PASSWORD);
    tls = new RealRegistry(root.resolve("tls"), Kind.TLS);
    for (RealRegistry registry : List.of(open, locked, tls)) {
      registry.push("seed/bb", "latest", IMAGE);
    }
    open.push("library/hello", "latest", IMAGE);
    open.push("seed/bb", "v2", TestImage.of(Tars.layer("etc/a", "a")));
  }

  @AfterAll
  static void stop() throws Exception {
    for (RealRegistry registry : new RealRegistry[] {open, locked, tls}) {
      if (registry != null) {
        registry.close();
      }
    }
  }

  @BeforeEach
  void open(@TempDir Path root) {
    bed = new TestBed(root, List.of("http://" + open.host), Duration.ofSeconds(5));
  }

  @AfterEach
  void close() {
    bed.close();
  }

  private List<String> pull(String image, @Nullable String tag) {
    return pull(image, tag, null, null);
  }

  private List<String> pull(String image, @Nullable String tag, @Nullable String platform, @Nullable RegistryCredentials credentials) {
    bed.messages.clear();
    return bed.images().pull(new PullRequest(image, tag, platform, credentials), bed.sink());
  }

  @Test
  void anImageIsPulledAsDockerSaysIt() {
    String name = open.host + "/seed/bb";
    assertThat(pull(name, "latest")).containsExactly(IMAGE.id());
    ImageRecord record = bed.images().resolve(name);
    assertThat(record.repoTags()).containsExactly(name + ":latest");
    assertThat(record.repoDigests()).hasSize(1).first().asString().startsWith(name + "@sha256:");
    String digest = record.repoDigests().getFirst().substring(name.length() + 1);
    List<String> ids = IMAGE.layers().stream().map(layer -> Digest.of(Tars.gzip(layer)).shortHex()).toList();
    assertThat(bed.statuses())
        .startsWith("latest: Pulling from seed/bb")
        .endsWith("Digest: " + digest, "Status: Downloaded newer image for " + name + ":latest");
    for (String id : ids) {
      assertThat(bed.statuses())
          .containsSubsequence(id + ": Pulling fs layer", id + ": Verifying Checksum", id + ": Download complete", id + ": Pull complete");
    }
    assertThat(bed.layers()).hasSize(3);
    assertThat(bed.ingests()).isEmpty();
    // Manifest, configuration and three compressed layers.
    assertThat(bed.blobs()).hasSize(5).contains(digest.substring(7));
  }

  @Test
  void aSecondPullIsUpToDate() {
    String name = open.host + "/seed/bb";
    pull(name, "latest");
    pull(name, "latest");
    assertThat(bed.statuses()).hasSize(3).last().isEqualTo("Status: Image is up to date for " + name + ":latest");
  }

  @Test
  void layersThatAreHereExistAlready() {
    String name = open.host + "/seed/bb";
    pull(name, "latest");
    pull(name, "v2");
    assertThat(bed.statuses()).contains(Digest.of(Tars.gzip(IMAGE.layers().getFirst())).shortHex() + ": Already exists");
  }

  @Test
  void aDigestIsPulledAndNamesNoTag() {
    String name = open.host + "/seed/bb";
    pull(name, "latest");
    String byDigest = bed.images().resolve(name).repoDigests().getFirst();
    bed.images().remove(name, false, true, TestBed.NOBODY);
    assertThat(bed.isEmpty()).isTrue();
    pull(byDigest, null);
    ImageRecord record = bed.images().resolve(byDigest);
    assertThat(record.repoTags()).isEmpty();
    assertThat(record.repoDigests()).containsExactly(byDigest);
    assertThat(bed.statuses()).last().isEqualTo("Status: Downloaded newer image for " + byDigest);
    assertThat(bed.images().remove(byDigest, false, true, TestBed.NOBODY)).isNotEmpty();
    assertThat(bed.isEmpty()).isTrue();
  }

  @Test
  void allTagsArePulled() {
    String name = open.host + "/seed/bb";
    assertThat(pull(name, null)).hasSize(2);
    assertThat(bed.images().list(Map.of("reference", List.of(name)))).flatExtracting(ImageRecord::repoTags).containsExactlyInAnyOrder(name + ":latest", name + ":v2");
    assertThat(bed.statuses()).last().isEqualTo("Status: Downloaded newer image for " + name);
  }

  @Test
  void whatIsUnknownIsReportedInDockersWords() {
    String name = open.host + "/seed/bb";
    assertThatThrownBy(() -> pull(name, "nosuch"))
        .hasMessageStartingWith("manifest for " + name + ":nosuch not found: manifest unknown: ")
        .satisfies(e -> assertThat(((ProaException) e).errorClass()).isEqualTo(ErrorClass.NOT_FOUND));
    assertThatThrownBy(() -> pull(open.host + "/nosuch/x", null)).hasMessageStartingWith("repository " + open.host + "/nosuch/x not found: name unknown: ");
    assertThat(bed.isEmpty()).isTrue();
  }

  @Test
  void theMirrorIsAskedForHubImages() {
    pull("hello", "latest");
    assertThat(bed.images().resolve("hello").repoTags()).containsExactly("hello:latest");
    assertThat(bed.statuses()).last().isEqualTo("Status: Downloaded newer image for hello:latest");
  }

  @Test
  void whatTheMirrorDoesNotHaveIsNotFoundThoughTheHubCannotBeReached(@TempDir Path root) {
    Map<String, String> nowhere = Map.of("HTTPS_PROXY", "http://127.0.0.1:1", "NO_PROXY", "127.0.0.1");
    try (TestBed offline = new TestBed(root, List.of("http://" + open.host), List.of(), nowhere, Duration.ofSeconds(5))) {
      assertThatThrownBy(() -> offline.images().pull(new PullRequest("hello", "nosuch", null, null), offline.sink()))
          .hasMessageStartingWith("manifest for hello:nosuch not found: manifest unknown: ")
          .hasMessageContaining("; beyond the mirror: Get \"https://registry-1.docker.io/v2/")
          .satisfies(e -> assertThat(((ProaException) e).errorClass()).isEqualTo(ErrorClass.NOT_FOUND));
    }
  }

  @Test
  void aPasswordIsAskedFor() {
    String name = locked.host + "/seed/bb";
    assertThatThrownBy(() -> pull(name, "latest"))
        .hasMessage("Get \"http://" + locked.host + "/v2/seed/bb/manifests/latest\": no basic auth credentials")
        .satisfies(e -> assertThat(((ProaException) e).errorClass()).isEqualTo(ErrorClass.INTERNAL));
    assertThatThrownBy(() -> pull(name, "latest", null, new RegistryCredentials(locked.host, "proa", "wrong", "", "")))
        .hasMessageStartingWith("unauthorized: authentication required (as proa");
    pull(name, "latest", null, new RegistryCredentials(locked.host, "proa", "secret", "", ""));
    assertThat(bed.images().resolve(name).id()).isEqualTo(IMAGE.id());
  }

  @Test
  void aLoginIsChecked() {
    assertThat(bed.images().login(new RegistryCredentials(locked.host, "proa", "secret", "", ""))).isEmpty();
    assertThatThrownBy(() -> bed.images().login(new RegistryCredentials("http://" + locked.host + "/v1/", "proa", "wrong", "", "")))
        .satisfies(e -> assertThat(((ProaException) e).errorClass()).isEqualTo(ErrorClass.UNAUTHENTICATED));
  }

  @Test
  void tlsOnLoopbackIsNotVerified() {
    String name = tls.host + "/seed/bb";
    pull(name, "latest");
    assertThat(bed.images().resolve(name).id()).isEqualTo(IMAGE.id());
  }

  @Test
  void anIndexGivesThePlatform() throws Exception {
    TestImage arm = TestImage.of("linux", "arm64", Tars.layer("etc/arm", "arm"));
    String armDigest = open.push("seed/multi", "arm", arm, OCI, arm.layers(), OCI_LAYER);
    List<byte[]> zstd = IMAGE.layers().stream().map(Tars::zstd).toList();
    String mine = open.push("seed/multi", "amd", IMAGE, OCI, zstd, OCI_LAYER + "+zstd");
    int armSize = arm.manifest(OCI, arm.layers(), OCI_LAYER).length;
    int mineSize = IMAGE.manifest(OCI, zstd, OCI_LAYER + "+zstd").length;
    byte[] index =
        ("{\"schemaVersion\":2,\"mediaType\":\"%s\",\"manifests\":[{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d,\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\",\"variant\":\"v8\"}},"
                + "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d,\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}}]}")
            .formatted(OCI_INDEX, OCI, armDigest, armSize, OCI, mine, mineSize)
            .getBytes(StandardCharsets.UTF_8);
    String indexDigest = open.manifest("seed/multi", "latest", OCI_INDEX, index);
    String name = open.host + "/seed/multi";

    assertThat(pull(name, "latest", "linux/amd64", null)).containsExactly(IMAGE.id());
    assertThat(bed.images().resolve(name).repoDigests()).containsExactly(name + "@" + indexDigest);
    assertThat(pull(name, "latest", "linux/arm64", null)).containsExactly(arm.id());
    assertThat(bed.images().resolve(name).architecture()).isEqualTo("arm64");
    assertThatThrownBy(() -> pull(name, "latest", "linux/s390x", null))
        .hasMessage("no matching manifest for linux/s390x in the manifest list entries");
    assertThatThrownBy(() -> pull(name, "latest", "what", null)).hasMessageContaining("unknown operating system or architecture");

    DistributionRecord asked = bed.images().inspectDistribution(name, null);
    assertThat(asked.digest()).isEqualTo(indexDigest);
    assertThat(asked.mediaType()).isEqualTo(OCI_INDEX);
    assertThat(asked.platforms()).extracting(DistributionRecord.Platform::architecture).containsExactly("arm64", "amd64");
    DistributionRecord single = bed.images().inspectDistribution(name + ":arm", null);
    assertThat(single.platforms()).extracting(DistributionRecord.Platform::architecture).containsExactly("arm64");
  }

  @Test
  void aLayerThatIsNoneOfTheImagesIsRefused() throws Exception {
    TestImage lie = new TestImage(TestImage.of(Tars.layer("etc/x", "x")).config(), List.of(Tars.layer("etc/y", "y")));
    open.push("seed/bad", "latest", lie);
    assertThatThrownBy(() -> pull(open.host + "/seed/bad", "latest")).hasMessageContaining("layers from manifest don't match image configuration");
    assertThat(bed.isEmpty()).isTrue();
  }

  @Test
  void layersOfEveryKindArePulled() throws Exception {
    byte[] first = Tars.randomLayer(200_000, 11);
    byte[] second = Tars.randomLayer(100_000, 12);
    byte[] third = Tars.randomLayer(50_000, 13);
    byte[] empty = new byte[1024];
    TestImage image = TestImage.of(first, second, empty, third, first);
    byte[] members = joined(Tars.gzip(Arrays.copyOf(first, 70_000)), Tars.gzip(Arrays.copyOfRange(first, 70_000, first.length)));
    // zstd:chunked: frames of their own for the files, and what is in the layer in frames that a decoder passes over
    byte[] table = ByteBuffer.allocate(8 + 100).order(ByteOrder.LITTLE_ENDIAN).putInt(0x184D2A50).putInt(100).array();
    byte[] chunked = joined(table, Zstd.compress(Arrays.copyOf(second, 4_000)), Zstd.compress(Arrays.copyOfRange(second, 4_000, second.length)), table, table);
    String type = "application/vnd.oci.image.manifest.v1+json";
    open.push("kinds/all", "1", image, type, List.of(members, chunked, empty, third, members), "application/vnd.oci.image.layer.v1.tar");
    String name = open.host + "/kinds/all";
    assertThat(pull(name, "1")).containsExactly(image.id());
    assertThat(bed.layers()).hasSize(5);
    assertThat(bed.blobs()).hasSize(6); // the layer that is there twice came once
    assertThat(bed.images().history(image.id())).hasSize(5);
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  @Test
  void pullsAtTheSameTimeShareTheirDownloads() throws Exception {
    String name = open.host + "/seed/bb";
    try (ExecutorService pullers = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<List<String>> pull = () -> bed.images().pull(new PullRequest(name, "latest", null, null), bed.sink());
      for (var done : pullers.invokeAll(List.of(pull, pull, pull, pull))) {
        assertThat(done.get()).containsExactly(IMAGE.id());
      }
    }
    assertThat(bed.layers()).hasSize(3);
    assertThat(bed.ingests()).isEmpty();
    assertThat(bed.blobs()).hasSize(5);
  }

  @Test
  void pullsAndRemovalsAtTheSameTimeDoNotHurtEachOther() throws Exception {
    String name = open.host + "/seed/bb";
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<Integer> pull =
          () -> {
            for (int i = 0; i < 8; i++) {
              bed.images().pull(new PullRequest(name, "latest", null, null), bed.sink());
            }
            return 0;
          };
      Callable<Integer> remove =
          () -> {
            for (int i = 0; i < 30; i++) {
              try {
                bed.images().remove(name, true, true, TestBed.NOBODY);
              } catch (ProaException e) {
                assertThat(e.errorClass()).isEqualTo(ErrorClass.NOT_FOUND);
              }
            }
            return 0;
          };
      for (var done : threads.invokeAll(List.of(pull, remove, pull, remove))) {
        done.get();
      }
    }
    pull(name, "latest");
    bed.images().unpack(IMAGE.id()).close();
    assertThat(bed.ingests()).isEmpty();
    bed.images().remove(name, true, true, TestBed.NOBODY);
    bed.images().collect();
    assertThat(bed.isEmpty()).isTrue();
  }

  @Test
  void theEmptyAndTheReservedNameAreRefused() {
    assertThatThrownBy(() -> pull("", null)).hasMessage("invalid reference format");
    assertThatThrownBy(() -> pull("scratch", "latest")).hasMessage("'scratch' is a reserved name");
    assertThatThrownBy(() -> pull("a b", null)).hasMessage("invalid reference format");
  }
}
