package dev.proa.images.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.images.CommitRequest;
import dev.proa.images.ImageConfig;
import dev.proa.images.ImportRequest;
import dev.proa.images.ProgressMessage;
import dev.proa.images.PullRequest;
import dev.proa.images.PushRequest;
import dev.proa.images.RegistryCredentials;
import dev.proa.images.internal.RealRegistry.Kind;
import dev.proa.images.internal.content.Digest;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pushes to Debian's docker-registry, and reads back what is there with other programs where they are installed. */
class RealPushTest {
  private static final TestImage IMAGE = TestImage.of(Tars.layer("etc/a", "a"), Tars.layer("etc/b", "b"), Tars.randomLayer(3 << 20, 5));

  @TempDir Path root;
  private TestBed bed;
  private RealRegistry registry;

  @BeforeEach
  void open() throws Exception {
    assumeTrue(RealRegistry.binary().isPresent(), "docker-registry is not installed (apt-get install docker-registry)");
    registry = new RealRegistry(root.resolve("registry"), Kind.OPEN);
    bed = new TestBed(root.resolve("bed"), List.of(), Duration.ofSeconds(5));
  }

  @AfterEach
  void close() throws Exception {
    if (registry != null) {
      bed.close();
      registry.close();
    }
  }

  private void push(String image, @Nullable String tag) {
    push(image, tag, null);
  }

  private void push(String image, @Nullable String tag, @Nullable RegistryCredentials credentials) {
    bed.messages.clear();
    bed.images().push(new PushRequest(image, tag, null, credentials), bed.sink());
  }

  private String loaded(TestImage image, String name) {
    bed.load(image.legacyArchive(name));
    return name.substring(0, name.lastIndexOf(':'));
  }

  private static String shortId(byte[] layer) {
    return Digest.of(layer).shortHex();
  }

  @Test
  void anImageIsPushedAsDockerSaysIt() {
    String name = loaded(IMAGE, registry.host + "/team/app:1");
    push(name, "1");
    List<String> ids = IMAGE.layers().stream().map(RealPushTest::shortId).toList();
    assertThat(bed.statuses())
        .startsWith(
            "The push refers to repository [" + name + "]", ids.get(2) + ": Preparing", ids.get(1) + ": Preparing", ids.get(0) + ": Preparing")
        .contains(ids.get(0) + ": Pushed", ids.get(1) + ": Pushed", ids.get(2) + ": Pushed");
    String digest = bed.images().resolve(name + ":1").repoDigests().getFirst().substring(name.length() + 1);
    assertThat(bed.statuses().getLast()).matches("1: digest: " + digest + " size: \\d+");
    assertThat(bed.messages.getLast().auxJson()).matches("\\{\"Tag\":\"1\",\"Digest\":\"" + digest + "\",\"Size\":\\d+}");
    assertThat(bed.messages).anySatisfy(message -> assertThat(message.status()).isEqualTo("Pushing"));
  }

  @Test
  void aSecondPushFindsTheLayersThere() {
    String name = loaded(IMAGE, registry.host + "/team/app:1");
    push(name, "1");
    String first = bed.statuses().getLast();
    bed.close();
    bed.open();
    push(name, "1");
    assertThat(bed.statuses()).filteredOn(status -> status.endsWith(": Layer already exists")).hasSize(3);
    assertThat(bed.statuses().getLast()).isEqualTo(first);
  }

  @Test
  void theSameLayersGiveTheSameDigestsOnEveryMachine() throws Exception {
    String name = loaded(IMAGE, registry.host + "/team/app:1");
    push(name, "1");
    try (TestBed other = new TestBed(root.resolve("other"))) {
      other.load(IMAGE.legacyArchive(name + ":2"));
      other.images().push(new PushRequest(name, "2", null, null), other.sink());
      assertThat(other.statuses()).filteredOn(status -> status.endsWith(": Layer already exists")).hasSize(3);
      assertThat(other.images().resolve(name + ":2").repoDigests()).isEqualTo(bed.images().resolve(name + ":1").repoDigests());
    }
  }

  @Test
  void whatWasPulledIsPushedUnderTheSameDigests() throws Exception {
    String source = registry.host + "/seed/oci";
    String oci = "application/vnd.oci.image.manifest.v1+json";
    String digest =
        registry.push("seed/oci", "1", IMAGE, oci, IMAGE.layers().stream().map(Tars::zstd).toList(), "application/vnd.oci.image.layer.v1.tar+zstd");
    bed.images().pull(new PullRequest(source, "1", null, null), bed.sink());
    try (RealRegistry empty = new RealRegistry(root.resolve("empty"), Kind.OPEN)) {
      bed.images().tag(source + ":1", empty.host + "/copy", "2");
      push(empty.host + "/copy", "2");
      assertThat(bed.statuses().getLast()).startsWith("2: digest: " + digest);
    }
  }

  @Test
  void aLayerOfTheSameRegistryIsMounted() {
    String name = loaded(IMAGE, registry.host + "/team/app:1");
    push(name, "1");
    bed.images().tag(name + ":1", registry.host + "/other/app", "1");
    push(registry.host + "/other/app", "1");
    assertThat(bed.statuses()).filteredOn(status -> status.endsWith(": Mounted from team/app")).hasSize(3);
    bed.images().remove(registry.host + "/other/app:1", false, true, TestBed.NOBODY);
    bed.images().pull(new PullRequest(registry.host + "/other/app", "1", null, null), bed.sink());
  }

  @Test
  void allTagsArePushed() {
    String name = loaded(IMAGE, registry.host + "/team/app:1");
    bed.load(TestImage.of(Tars.layer("etc/c", "c")).legacyArchive(name + ":2"));
    push(name, null);
    assertThat(bed.statuses()).filteredOn(status -> status.contains(": digest: sha256:")).hasSize(2);
    bed.images().remove(name + ":1", false, true, TestBed.NOBODY);
    bed.images().remove(name + ":2", false, true, TestBed.NOBODY);
    assertThat(bed.isEmpty()).isTrue();
    assertThat(bed.images().pull(new PullRequest(name, null, null, null), bed.sink())).hasSize(2);
  }

  @Test
  void aLayerThatAnImageHasTwiceIsSentOnce() {
    byte[] layer = Tars.randomLayer(1 << 20, 7);
    String name = loaded(TestImage.of(layer, layer), registry.host + "/team/twice:1");
    push(name, "1");
    assertThat(bed.statuses()).containsOnlyOnce(shortId(layer) + ": Pushed");
  }

  @Test
  void anImageWithoutLayersIsPushed() {
    bed.images().importImage(new ImportRequest(registry.host + "/team/base", "1", List.of(), "", null), new ByteArrayInputStream(Tars.layer("etc/x", "x")), bed.sink());
    String id = bed.images().resolve(registry.host + "/team/base:1").id();
    assertThat(id).isNotEmpty();
    push(registry.host + "/team/base", "1");
    assertThat(bed.statuses().getLast()).startsWith("1: digest: sha256:");
  }

  @Test
  void whatIsNotHereIsSaidInDockersWords() {
    String name = registry.host + "/team/nosuch";
    assertThatThrownBy(() -> push(name, "x")).hasMessage("An image does not exist locally with the tag: " + name);
    loaded(IMAGE, registry.host + "/team/app:1");
    assertThatThrownBy(() -> push(registry.host + "/team/app", "x")).hasMessage("tag does not exist: " + registry.host + "/team/app:x");
    assertThatThrownBy(() -> push(registry.host + "/team/app", Digest.of(IMAGE.config()).value())).hasMessage("cannot push a digest reference");
    assertThatThrownBy(() -> push("bad//name", "x")).hasMessage("invalid reference format");
    assertThatThrownBy(() -> bed.images().push(new PushRequest(registry.host + "/team/app", "1", "linux/s390x", null), bed.sink()))
        .hasMessageContaining("does not match the specified platform (linux/s390x)");
  }

  @Test
  void aPasswordIsAskedFor() throws Exception {
    try (RealRegistry locked = new RealRegistry(root.resolve("locked"), Kind.PASSWORD)) {
      String name = loaded(IMAGE, locked.host + "/team/app:1");
      assertThatThrownBy(() -> push(name, "1")).hasMessage("no basic auth credentials");
      assertThatThrownBy(() -> push(name, "1", new RegistryCredentials(locked.host, "proa", "wrong", "", ""))).hasMessageContaining("unauthorized");
      push(name, "1", new RegistryCredentials(locked.host, "proa", "secret", "", ""));
      assertThat(bed.statuses().getLast()).startsWith("1: digest: sha256:");
      assertThat(bed.messages).extracting(ProgressMessage::toJson).noneMatch(json -> json.contains("secret"));
    }
  }

  @Test
  void tlsOnLoopbackIsPushedTo() throws Exception {
    try (RealRegistry tls = new RealRegistry(root.resolve("tls"), Kind.TLS)) {
      String name = loaded(IMAGE, tls.host + "/team/app:1");
      push(name, "1");
      assertThat(bed.statuses().getLast()).startsWith("1: digest: sha256:");
    }
  }

  @Test
  void aCommittedImageIsPushedAndPulledBack() throws Exception {
    String name = loaded(IMAGE, registry.host + "/team/app:1");
    String id = bed.images().resolve(name + ":1").id();
    String committed =
        bed.images().commit(commit(name, "2", id), new ByteArrayInputStream(Tars.randomLayer(5 << 20, 11)));
    push(name, "2");
    try (TestBed other = new TestBed(root.resolve("other"))) {
      assertThat(other.images().pull(new PullRequest(name, "2", null, null), other.sink())).containsExactly(committed);
    }
    bed.images().save(List.of(name + ":2")).close();
    assertThat(bed.ingests()).isEmpty();
  }

  private static CommitRequest commit(String repository, String tag, String parent) {
    return new CommitRequest(parent, repository, tag, ImageConfig.EMPTY, List.of(), "", "", "sh", "0".repeat(64));
  }

  @Test
  void skopeoReadsWhatWasPushed() throws Exception {
    Path skopeo = Path.of("/usr/bin/skopeo");
    assumeTrue(Files.isExecutable(skopeo), "skopeo is not installed (apt-get install skopeo)");
    String name = loaded(IMAGE, registry.host + "/team/app:1");
    push(name, "1");
    Process copy =
        new ProcessBuilder(
                skopeo.toString(), "--insecure-policy", "copy", "--src-tls-verify=false", "docker://" + name + ":1", "docker-archive:" + root.resolve("out.tar") + ":" + name + ":9")
            .redirectErrorStream(true)
            .start();
    String said = new String(copy.getInputStream().readAllBytes());
    assertThat(copy.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(copy.exitValue()).as(said).isZero();
    bed.load(Files.readAllBytes(root.resolve("out.tar")));
    assertThat(bed.images().resolve(name + ":9").id()).isEqualTo(IMAGE.id());
  }
}
