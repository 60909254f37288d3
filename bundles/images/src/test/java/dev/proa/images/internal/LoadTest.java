package dev.proa.images.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.images.ImageRecord;
import dev.proa.images.UnpackedImage;
import dev.proa.images.internal.content.Digest;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoadTest {
  private final byte[] lower = Tars.layer("etc/a", "lower");
  private final byte[] upper = Tars.layer("etc/b", "upper");
  private final TestImage image = TestImage.of(lower, upper);
  private TestBed bed;

  @BeforeEach
  void open(@TempDir Path root) {
    bed = new TestBed(root);
  }

  @AfterEach
  void close() {
    bed.close();
  }

  @Test
  void aDockerArchiveIsLoadedAndNamed() {
    assertThat(bed.load(image.legacyArchive("proa/test:1", "proa/test:2"))).containsExactly("Loaded image: proa/test:1", "Loaded image: proa/test:2");
    ImageRecord record = bed.images().resolve("proa/test:1");
    assertThat(record.id()).isEqualTo(image.id());
    assertThat(record.repoTags()).containsExactly("proa/test:1", "proa/test:2");
    assertThat(record.repoDigests()).isEmpty();
    assertThat(record.architecture()).isEqualTo("amd64");
    assertThat(record.config().cmd()).containsExactly("sh");
    assertThat(record.layers()).extracting(ImageRecord.Layer::diffId).containsExactly(Digest.of(lower).value(), Digest.of(upper).value());
    assertThat(record.sizeBytes()).isPositive();
    assertThat(bed.layers()).containsExactlyInAnyOrderElementsOf(record.layers().stream().map(ImageRecord.Layer::chainId).toList());
    assertThat(bed.ingests()).isEmpty();
  }

  @Test
  void anImageWithoutNameIsFoundByItsId() {
    assertThat(bed.load(image.legacyArchive())).containsExactly("Loaded image ID: " + image.id());
    String hex = image.id().substring(7);
    for (String id : List.of(image.id(), hex, hex.substring(0, 12), "sha256:" + hex.substring(0, 5))) {
      assertThat(bed.images().resolve(id).id()).isEqualTo(image.id());
    }
    assertThat(bed.images().list(Map.of("dangling", List.of("true")))).hasSize(1);
  }

  @Test
  void compressedArchivesAreLoaded() {
    bed.load(Tars.gzip(image.legacyArchive("a:1")));
    bed.load(Tars.zstd(image.legacyArchive("a:2")));
    assertThat(bed.images().resolve("a:1").id()).isEqualTo(bed.images().resolve("a:2").id());
  }

  @Test
  void compressedLayersAreKeptAsTheyCame() {
    byte[] gz = Tars.gzip(lower);
    byte[] zst = Tars.zstd(upper);
    String layers = "\"a.tgz\",\"b.tzst\"";
    byte[] archive =
        new Tars()
            .file("manifest.json", TestImage.manifestJson("c", layers, "x:1"))
            .file("c", image.config())
            .file("a.tgz", gz)
            .file("b.tzst", zst)
            .bytes();
    bed.load(archive);
    assertThat(bed.blobs()).contains(Digest.of(gz).hex(), Digest.of(zst).hex()).doesNotContain(Digest.of(lower).hex());
    assertThat(bed.images().resolve("x:1").id()).isEqualTo(image.id());
  }

  @Test
  void layersMayBeLinksToLayersOfOtherFolders() {
    TestImage twice = TestImage.of(lower, lower);
    byte[] archive =
        new Tars()
            .file("one/layer.tar", lower)
            .symlink("two/layer.tar", "../one/layer.tar")
            .file("c.json", twice.config())
            .file("manifest.json", TestImage.manifestJson("c.json", "\"one/layer.tar\",\"two/layer.tar\"", "x:1"))
            .bytes();
    bed.load(archive);
    assertThat(bed.images().resolve("x:1").layers()).hasSize(2);
    assertThat(bed.blobs()).containsExactlyInAnyOrder(Digest.of(lower).hex(), Digest.of(twice.config()).hex());
  }

  @Test
  void anOciLayoutIsLoadedForThisPlatform() {
    TestImage foreign = TestImage.of("linux", "s390x", upper);
    String oci = "application/vnd.oci.image.manifest.v1+json";
    String gzip = "application/vnd.oci.image.layer.v1.tar+gzip";
    byte[] lowerBlob = Tars.gzip(lower);
    byte[] upperBlob = Tars.gzip(upper);
    byte[] mine = image.manifest(oci, List.of(lowerBlob, upperBlob), gzip);
    byte[] theirs = foreign.manifest(oci, List.of(upperBlob), gzip);
    byte[] index =
        ("{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[" + entry(theirs, "s390x") + "," + entry(mine, "amd64") + "]}")
            .getBytes(StandardCharsets.UTF_8);
    String top =
        "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"digest\":\"%s\",\"size\":%d,\"annotations\":{\"io.containerd.image.name\":\"docker.io/library/multi:3\",\"org.opencontainers.image.ref.name\":\"3\"}}]}"
            .formatted(Digest.of(index), index.length);
    Tars tar = new Tars().file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}").file("index.json", top);
    for (byte[] blob : List.of(index, mine, theirs, lowerBlob, upperBlob, image.config(), foreign.config())) {
      tar.file("blobs/sha256/" + Digest.of(blob).hex(), blob);
    }
    assertThat(bed.load(tar.bytes())).containsExactly("Loaded image: multi:3");
    assertThat(bed.images().resolve("multi:3").id()).isEqualTo(image.id());
  }

  private static String entry(byte[] manifest, String architecture) {
    return "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"%s\",\"size\":%d,\"platform\":{\"os\":\"linux\",\"architecture\":\"%s\"}}"
        .formatted(Digest.of(manifest), manifest.length, architecture);
  }

  @Test
  void anImageThatTakesANameSaysSo() {
    TestImage other = TestImage.of(lower);
    bed.load(image.legacyArchive("x:1"));
    assertThat(bed.load(other.legacyArchive("x:1")))
        .containsExactly("The image x:1 already exists, renaming the old one with ID " + image.id() + " to empty string", "Loaded image: x:1");
    assertThat(bed.images().resolve(image.id()).repoTags()).isEmpty();
  }

  @Test
  void loadingAgainKeepsNothingTwice() {
    bed.load(image.legacyArchive("x:1"));
    List<String> blobs = bed.blobs();
    bed.load(Tars.gzip(image.legacyArchive("x:1")));
    assertThat(bed.blobs()).isEqualTo(blobs);
  }

  @Test
  void everythingIsThereAfterARestart() {
    bed.load(image.legacyArchive("x:1"));
    ImageRecord before = bed.images().resolve("x:1");
    bed.close();
    bed.open();
    assertThat(bed.images().resolve("x:1")).isEqualTo(before);
  }

  @Test
  void layersAreMadeAgainWhenTheDriverLacksThem() {
    bed.load(image.legacyArchive("x:1"));
    bed.layers().reversed().forEach(layer -> bed.driver().remove(layer));
    try (UnpackedImage unpacked = bed.images().unpack(image.id())) {
      assertThat(bed.driver().view("look", unpacked.topChainId())).isNotEmpty();
      bed.driver().remove("look");
    }
    assertThat(bed.layers()).hasSize(2);
  }

  @Test
  void missingContentIsSaidAndMendedByLoadingAgain() throws IOException {
    bed.load(image.legacyArchive("x:1"));
    bed.layers().reversed().forEach(layer -> bed.driver().remove(layer));
    Path blobs = bed.root.resolve("content/blobs/sha256");
    Files.delete(blobs.resolve(Digest.of(upper).hex()));
    assertThatThrownBy(() -> bed.images().unpack(image.id()))
        .hasMessageContaining("the content store lacks")
        .hasMessageContaining("pull or load the image again");
    bed.load(image.legacyArchive("x:1"));
    bed.images().unpack(image.id()).close();

    Files.delete(blobs.resolve(image.id().substring(7)));
    bed.close();
    bed.open();
    assertThat(bed.images().list(Map.of())).isEmpty();
    assertThatThrownBy(() -> bed.images().resolve("x:1")).hasMessageContaining("cannot be used").hasMessageContaining("the content store lacks");
    bed.load(image.legacyArchive("x:1"));
    assertThat(bed.images().resolve("x:1").id()).isEqualTo(image.id());
  }

  // ---- Hostile and broken archives: refused, and nothing kept

  private void refused(byte[] archive, String message) {
    assertThatThrownBy(() -> bed.load(archive)).isInstanceOf(ProaException.class).hasMessageContaining(message);
    assertThat(bed.isEmpty()).isTrue();
  }

  private byte[] archive(String configName, String layerNames, Tars tar) {
    return tar.file("manifest.json", TestImage.manifestJson(configName, layerNames, "x:1")).bytes();
  }

  @Test
  void garbageIsNoArchive() {
    byte[] garbage = new byte[20000];
    new Random(1).nextBytes(garbage);
    refused(garbage, "invalid archive");
    refused(new byte[0], "invalid archive");
    refused("hello".getBytes(StandardCharsets.US_ASCII), "invalid archive");
  }

  @Test
  void anArchiveWithoutManifestIsRefused() {
    refused(new Tars().folder("e").bytes(), "manifest.json: no such file or directory");
    refused(new byte[10240], "manifest.json: no such file or directory");
  }

  @Test
  void aConfigThatIsALinkOutsideIsRefused() {
    refused(archive("c.json", "", new Tars().symlink("c.json", "/etc/passwd")), "no such file or directory");
    refused(archive("c.json", "", new Tars().symlink("c.json", "../../../../../../etc/passwd")), "no such file or directory");
    refused(archive("/etc/passwd", "", new Tars()), "no such file or directory");
    refused(archive("../../etc/passwd", "", new Tars()), "no such file or directory");
  }

  @Test
  void linksInARingAreRefused() {
    refused(archive("a", "", new Tars().symlink("a", "b").symlink("b", "a")), "too many levels of symbolic links");
  }

  @Test
  void entriesThatLeaveTheArchiveAreRefused() {
    refused(archive("c.json", "", new Tars().file("../../evil", "x").file("c.json", image.config())), "leaves the archive");
  }

  @Test
  void missingPiecesAreNamed() {
    refused(archive("c.json", "\"gone/layer.tar\"", new Tars().file("c.json", image.config())), "open \"gone/layer.tar\": no such file or directory");
    refused(archive("gone.json", "", new Tars()), "open \"gone.json\": no such file or directory");
  }

  @Test
  void aLayerThatIsSomethingElseIsRefused() {
    Tars tar = new Tars().file("a", lower).file("b", lower).file("c.json", image.config());
    refused(archive("c.json", "\"a\",\"b\"", tar), "expected diff id " + Digest.of(upper));
  }

  @Test
  void aBlobThatHasNotItsNamesDigestIsRefused() {
    String name = "blobs/sha256/" + Digest.of(upper).hex();
    TestImage one = TestImage.of(upper);
    refused(archive("c", "\"" + name + "\"", new Tars().file(name, lower).file("c", one.config())), "has the digest " + Digest.of(lower));
  }

  @Test
  void aNumberOfLayersThatDiffersIsRefused() {
    refused(archive("c", "\"a\"", new Tars().file("a", lower).file("c", image.config())), "layers length mismatch: expected 2, got 1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "{", "[]", "null", "{}", "{\"rootfs\":{}}", "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"x\"]}}", "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":5}}",
        "{\"rootfs\":{\"type\":\"layers\"},\"created\":\"yesterday\"}", "{\"rootfs\":{\"type\":\"layers\"},\"config\":{\"Env\":[1]}}",
        "{\"rootfs\":{\"type\":\"layers\"}} trailing"
      })
  void brokenConfigurationsAreRefused(String config) {
    refused(archive("c", "", new Tars().file("c", config)), "invalid image JSON");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "[1]", "[{}]", "[{\"Config\":1}]", "[{\"Config\":\"c\",\"Layers\":\"x\"}]", "[[[["})
  void brokenManifestsAreRefused(String manifest) {
    refused(new Tars().file("manifest.json", manifest).bytes(), "invalid archive");
  }

  @Test
  void deeplyNestedJsonIsRefused() {
    refused(new Tars().file("manifest.json", "[".repeat(100_000)).bytes(), "invalid archive");
  }

  @Test
  void namesThatAreNoneAreRefused() {
    refused(image.legacyArchive("UPPER CASE"), "invalid reference format");
    refused(image.legacyArchive("noTag"), "must be lowercase");
    refused(image.legacyArchive("notag"), "invalid tag \"notag\"");
  }

  @Test
  void anotherOperatingSystemIsRefused() {
    refused(TestImage.of("windows", "amd64", lower).legacyArchive("x:1"), "cannot load windows image on linux");
  }

  @Test
  void whateverIsCutOffIsRefused() {
    byte[] plain = image.legacyArchive("x:1");
    byte[] gz = Tars.gzip(plain);
    byte[] zst = Tars.zstd(plain);
    for (byte[] whole : List.of(plain, gz, zst)) {
      int payload = whole == plain ? plain.length - 1024 * 9 : whole.length;
      for (int length = 1; length < payload; length += Math.max(payload / 40, 1)) {
        byte[] cut = Arrays.copyOf(whole, length);
        assertThatThrownBy(() -> bed.load(cut)).as("cut at %d", length).isInstanceOf(ProaException.class);
        assertThat(bed.isEmpty()).isTrue();
      }
    }
  }

  @Test
  void aLayerCutOffIsRefused() {
    byte[] gz = Tars.gzip(lower);
    TestImage one = TestImage.of(lower);
    refused(archive("c", "\"l\"", new Tars().file("l", Arrays.copyOf(gz, gz.length - 9)).file("c", one.config())), "layer 0 of the archive");
  }

  @Test
  void aHostileLayerIsRefusedByTheDriver() {
    byte[] evil = new Tars().file("../../../escape", "x").bytes();
    TestImage bad = TestImage.of(lower, evil);
    assertThatThrownBy(() -> bed.load(bad.legacyArchive("x:1"))).isInstanceOf(ProaException.class);
    assertThat(bed.isEmpty()).isTrue();
  }

  @Test
  void bitFlipsNeverGetThrough() {
    byte[] whole = Tars.gzip(image.legacyArchive("x:1"));
    Random random = new Random(7);
    for (int i = 0; i < 60; i++) {
      byte[] flipped = whole.clone();
      flipped[10 + random.nextInt(flipped.length - 10)] ^= (byte) (1 << random.nextInt(8));
      assertThatThrownBy(() -> bed.load(flipped)).isInstanceOf(ProaException.class);
      assertThat(bed.isEmpty()).isTrue();
    }
  }

  @Test
  void anArchiveWhoseSecondImageIsBadLeavesNothing() {
    byte[] archive =
        new Tars()
            .file("a", lower)
            .file("c", TestImage.of(lower).config())
            .file("manifest.json", "[{\"Config\":\"c\",\"RepoTags\":[\"x:1\"],\"Layers\":[\"a\"]},{\"Config\":\"gone\",\"Layers\":[]}]")
            .bytes();
    refused(archive, "open \"gone\"");
  }

  @Test
  void aClientThatGoesAwayLeavesNothing() {
    InputStream broken =
        new InputStream() {
          private final InputStream start = new ByteArrayInputStream(Arrays.copyOf(image.legacyArchive("x:1"), 4000));

          @Override
          public int read() throws IOException {
            int next = start.read();
            if (next < 0) {
              throw new IOException("connection reset");
            }
            return next;
          }
        };
    assertThatThrownBy(() -> bed.images().load(broken, List.of(), true, bed.sink())).hasMessageContaining("connection reset");
    assertThat(bed.isEmpty()).isTrue();
  }

  @Test
  void aSinkThatFailsEndsTheLoad() {
    byte[] archive = image.legacyArchive("x:1");
    IllegalStateException gone = new IllegalStateException("the client is gone");
    assertThatThrownBy(
            () ->
                bed.images()
                    .load(
                        new ByteArrayInputStream(archive),
                        List.of(),
                        false,
                        message -> {
                          throw gone;
                        }))
        .isSameAs(gone);
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void anUnfinishedIngestIsSweptAtTheNextStart() throws IOException {
    bed.close();
    Files.write(bed.root.resolve("content/ingest/left"), new byte[100]);
    Files.write(bed.root.resolve("content/blobs/sha256/" + "0".repeat(64)), new byte[100]);
    bed.open();
    assertThat(bed.isEmpty()).isTrue();
  }

  @Test
  void errorsHaveAClass() {
    assertThatThrownBy(() -> bed.images().resolve("nosuch"))
        .hasMessage("No such image: nosuch:latest")
        .satisfies(e -> assertThat(((ProaException) e).errorClass()).isEqualTo(ErrorClass.NOT_FOUND));
    assertThatThrownBy(() -> bed.images().resolve("No Such"))
        .satisfies(e -> assertThat(((ProaException) e).errorClass()).isEqualTo(ErrorClass.INVALID_ARGUMENT));
  }
}
