package dev.proa.images.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.images.ImageConfig;
import dev.proa.images.ImageRecord;
import dev.proa.images.ImportRequest;
import dev.proa.images.ProgressSink;
import dev.proa.images.SavedArchive;
import dev.proa.images.internal.content.Digest;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SaveImportTest {
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

  private byte[] save(String... names) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (SavedArchive archive = bed.images().save(List.of(names))) {
      archive.writeTo(out);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static Map<String, byte[]> members(byte[] tar) throws IOException {
    Map<String, byte[]> members = new TreeMap<>();
    try (TarArchiveInputStream in = new TarArchiveInputStream(new ByteArrayInputStream(tar))) {
      for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        members.put(entry.getName(), in.readAllBytes());
      }
    }
    return members;
  }

  @Test
  void anImageSavedAndLoadedIsTheSame() {
    bed.load(image.legacyArchive("x:1"));
    byte[] saved = save("x:1");
    bed.images().remove("x:1", false, true, TestBed.NOBODY);
    assertThat(bed.isEmpty()).isTrue();
    assertThat(bed.load(saved)).containsExactly("Loaded image: x:1");
    assertThat(bed.images().resolve("x:1").id()).isEqualTo(image.id());
    assertThat(save("x:1")).isEqualTo(saved);
  }

  @Test
  void compressedLayersAreSavedUncompressed() throws IOException {
    String layers = "\"a\",\"b\"";
    bed.load(
        new Tars()
            .file("manifest.json", TestImage.manifestJson("c", layers, "x:1"))
            .file("c", image.config())
            .file("a", Tars.gzip(lower))
            .file("b", Tars.zstd(upper))
            .bytes());
    Map<String, byte[]> members = members(save("x:1"));
    assertThat(members.get("blobs/sha256/" + Digest.of(lower).hex())).isEqualTo(lower);
    assertThat(members.get("blobs/sha256/" + Digest.of(upper).hex())).isEqualTo(upper);
    assertThat(members.get("blobs/sha256/" + image.id().substring(7))).isEqualTo(image.config());
  }

  @Test
  void theArchiveIsADockerArchiveAndAnOciLayout() throws IOException {
    bed.load(image.legacyArchive("x:1", "localhost:5000/y:2"));
    Map<String, byte[]> members = members(save("x:1", "localhost:5000/y:2"));
    JsonMapper json = JsonMapper.shared();
    JsonNode manifest = json.readTree(members.get("manifest.json"));
    assertThat(manifest.get(0).get("RepoTags").toString()).isEqualTo("[\"x:1\",\"localhost:5000/y:2\"]");
    JsonNode index = json.readTree(members.get("index.json"));
    assertThat(index.get("manifests").size()).isEqualTo(2);
    assertThat(index.get("manifests").get(0).get("annotations").get("io.containerd.image.name").stringValue()).isEqualTo("docker.io/library/x:1");
    String digest = index.get("manifests").get(0).get("digest").stringValue();
    byte[] manifestBytes = members.get("blobs/sha256/" + digest.substring(7));
    assertThat(Digest.of(manifestBytes).value()).isEqualTo(digest);
    assertThat(new String(members.get("oci-layout"), StandardCharsets.UTF_8)).contains("1.0.0");

    members.remove("manifest.json");
    Tars oci = new Tars();
    members.entrySet().stream().filter(m -> !m.getKey().endsWith("/")).forEach(m -> oci.file(m.getKey(), m.getValue()));
    bed.images().remove(image.id(), true, true, TestBed.NOBODY);
    bed.load(oci.bytes());
    assertThat(bed.images().resolve(image.id()).repoTags()).containsExactly("x:1", "localhost:5000/y:2");
  }

  @Test
  void aRepositoryMeansAllItsTagsAndAnIdNone() throws IOException {
    bed.load(image.legacyArchive("x:1", "x:2"));
    assertThat(new String(members(save("x")).get("manifest.json"), StandardCharsets.UTF_8)).contains("[\"x:1\",\"x:2\"]");
    assertThat(new String(members(save("x:2")).get("manifest.json"), StandardCharsets.UTF_8)).contains("[\"x:2\"]");
    assertThat(new String(members(save(image.id())).get("manifest.json"), StandardCharsets.UTF_8)).contains("\"RepoTags\":[]");
  }

  @Test
  void severalImagesGoIntoOneArchive() throws IOException {
    bed.load(image.legacyArchive("x:1"));
    bed.load(TestImage.of(lower).legacyArchive("y:1"));
    JsonNode manifest = JsonMapper.shared().readTree(members(save("x:1", "y:1")).get("manifest.json"));
    assertThat(manifest.size()).isEqualTo(2);
  }

  @Test
  void unknownImagesAreRefusedBeforeAByteIsWritten() {
    bed.load(image.legacyArchive("x:1"));
    assertThatThrownBy(() -> bed.images().save(List.of("x:1", "nosuch"))).hasMessage("No such image: nosuch:latest");
  }

  @Test
  void noNameAtAllIsAnArchiveWithoutImages() throws IOException {
    bed.load(image.legacyArchive("x:1"));
    assertThat(new String(members(save()).get("manifest.json"), StandardCharsets.UTF_8)).isEqualTo("[]");
  }

  @Test
  void anImageRemovedWhileItIsSavedIsStillWritten() throws IOException {
    bed.load(image.legacyArchive("x:1"));
    byte[] expected = save("x:1");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (SavedArchive archive = bed.images().save(List.of("x:1"))) {
      bed.images().remove("x:1", true, true, TestBed.NOBODY);
      archive.writeTo(out);
    }
    assertThat(out.toByteArray()).isEqualTo(expected);
    bed.images().collect();
    assertThat(bed.isEmpty()).isTrue();
  }

  @Test
  void aDamagedBlobIsNotSaved() throws IOException {
    bed.load(image.legacyArchive("x:1"));
    Path blob = bed.root.resolve("content/blobs/sha256/" + Digest.of(lower).hex());
    byte[] damaged = lower.clone();
    damaged[600] ^= 1;
    Files.write(blob, damaged);
    assertThatThrownBy(() -> save("x:1")).hasMessageContaining("is damaged");
  }

  // ---- Import

  private String importImage(byte[] tar, String... changes) {
    return bed.images()
        .importImage(new ImportRequest("imported", null, List.of(changes), "", null), new ByteArrayInputStream(tar), bed.sink());
  }

  @Test
  void aTarBecomesAnImage() {
    String id = importImage(lower);
    ImageRecord record = bed.images().resolve("imported");
    assertThat(record.id()).isEqualTo(id);
    assertThat(record.layers()).extracting(ImageRecord.Layer::diffId).containsExactly(Digest.of(lower).value());
    assertThat(record.comment()).isEqualTo("Imported from -");
    assertThat(record.os()).isEqualTo("linux");
    assertThat(bed.images().history("imported")).hasSize(1);
    assertThat(bed.messages.getLast().status()).isEqualTo(id);
  }

  @Test
  void aCompressedTarBecomesTheSameLayer() {
    importImage(lower);
    importImage(Tars.gzip(lower));
    assertThat(bed.images().resolve("imported").layers()).extracting(ImageRecord.Layer::diffId).containsExactly(Digest.of(lower).value());
    importImage(Tars.zstd(lower));
    assertThat(bed.layers()).hasSize(1);
  }

  @Test
  void changesAreMadeInOrder() {
    importImage(
        lower,
        "CMD [\"a\", \"b\"]",
        "ENTRYPOINT exec me",
        "ENV A=1 B=\"two words\" C=$A",
        "env D some more",
        "EXPOSE 80 53/udp 8000-8002",
        "LABEL x=y \"quoted name\"='single $A'",
        "ONBUILD RUN true",
        "USER app:app",
        "VOLUME /data /more",
        "VOLUME [\"/json\"]",
        "WORKDIR /a",
        "WORKDIR b",
        "STOPSIGNAL SIGINT",
        "HEALTHCHECK --interval=5s --retries=3 CMD curl x");
    ImageConfig config = bed.images().resolve("imported").config();
    assertThat(config.cmd()).containsExactly("a", "b");
    assertThat(config.entrypoint()).containsExactly("/bin/sh", "-c", "exec me");
    assertThat(config.env()).containsExactly("A=1", "B=two words", "C=", "D=some more");
    assertThat(config.exposedPorts()).containsExactlyInAnyOrder("80/tcp", "53/udp", "8000/tcp", "8001/tcp", "8002/tcp");
    assertThat(config.labels()).containsEntry("x", "y").containsEntry("quoted name", "single $A");
    assertThat(config.onBuild()).containsExactly("RUN true");
    assertThat(config.user()).isEqualTo("app:app");
    assertThat(config.volumes()).containsExactlyInAnyOrder("/data", "/more", "/json");
    assertThat(config.workingDir()).isEqualTo("/a/b");
    assertThat(config.stopSignal()).isEqualTo("SIGINT");
    ImageConfig.Healthcheck check = java.util.Objects.requireNonNull(config.healthcheck());
    assertThat(check.test()).containsExactly("CMD-SHELL", "curl x");
    assertThat(check.interval()).isEqualTo(Duration.ofSeconds(5));
    assertThat(check.retries()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "NOSUCH x|NOSUCH is not a valid change command",
        "RUN x|RUN is not a valid change command",
        "EXPOSE 99999|invalid containerPort: 99999",
        "EXPOSE x|invalid containerPort: x",
        "ONBUILD ONBUILD RUN x|Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed",
        "ONBUILD FROM x|FROM isn't allowed as an ONBUILD trigger",
        "ENV a|ENV must have two arguments",
        "CMD|CMD requires at least one argument",
        "STOPSIGNAL a/b|invalid signal: a/b",
        "HEALTHCHECK CMD|Missing command after HEALTHCHECK CMD",
        "HEALTHCHECK what|Unknown type \"what\" in HEALTHCHECK (try CMD)",
        "HEALTHCHECK --interval=x CMD y|time: invalid duration \"x\"",
      })
  void badChangesAreRefusedBeforeTheStreamIsRead(String change, String message) {
    assertThatThrownBy(() -> importImage(lower, change))
        .hasMessage(message)
        .satisfies(e -> assertThat(((ProaException) e).errorClass()).isEqualTo(ErrorClass.INVALID_ARGUMENT));
    assertThat(bed.isEmpty()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 700, 1500})
  void whatIsCutOffIsRefused(int length) {
    byte[] gz = Tars.gzip(Tars.randomLayer(4000, 1));
    assertThatThrownBy(() -> importImage(Arrays.copyOf(gz, length))).isInstanceOf(ProaException.class);
    assertThat(bed.isEmpty()).isTrue();
  }

  @Test
  void namesAndPlatformsAreChecked() {
    ImportRequest digest = new ImportRequest("x@sha256:" + "0".repeat(64), null, List.of(), "", null);
    assertThatThrownBy(() -> bed.images().importImage(digest, new ByteArrayInputStream(lower), ProgressSink.NONE)).hasMessage("cannot import digest reference");
    ImportRequest platform = new ImportRequest("x", null, List.of(), "", "windows/amd64");
    assertThatThrownBy(() -> bed.images().importImage(platform, new ByteArrayInputStream(lower), ProgressSink.NONE)).hasMessageContaining("windows");
    ImportRequest nameless = new ImportRequest(null, null, List.of(), "said", "linux/arm64");
    String id = bed.images().importImage(nameless, new ByteArrayInputStream(lower), ProgressSink.NONE);
    assertThat(bed.images().resolve(id).repoTags()).isEmpty();
    assertThat(bed.images().resolve(id).architecture()).isEqualTo("arm64");
    assertThat(bed.images().resolve(id).comment()).isEqualTo("said");
  }
}
