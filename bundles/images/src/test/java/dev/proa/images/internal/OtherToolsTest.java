package dev.proa.images.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.images.ImageRecord;
import dev.proa.images.PullRequest;
import dev.proa.images.PushRequest;
import dev.proa.images.SavedArchive;
import dev.proa.images.internal.RealRegistry.Kind;
import dev.proa.images.internal.content.Digest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Debian's skopeo and umoci read what we write, and we read what they write. */
@Timeout(120)
class OtherToolsTest {
  private static final TestImage IMAGE = TestImage.of(Tars.layer("etc/a", "a"), Tars.layer("etc/b", "b"), Tars.randomLayer(1 << 20, 5));

  private static RealRegistry registry;
  private TestBed bed;
  private Path root;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    assumeTrue(RealRegistry.binary().isPresent(), "docker-registry is not installed (apt-get install docker-registry)");
    assumeTrue(installed("skopeo"), "skopeo is not installed (apt-get install skopeo)");
    assumeTrue(installed("umoci"), "umoci is not installed (apt-get install umoci)");
    registry = new RealRegistry(folder.resolve("registry"), Kind.OPEN);
  }

  private static boolean installed(String program) {
    return Stream.of("/usr/bin", "/usr/local/bin").anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  @AfterAll
  static void stop() throws Exception {
    if (registry != null) {
      registry.close();
    }
  }

  @BeforeEach
  void open(@TempDir Path folder) {
    root = folder;
    bed = new TestBed(folder.resolve("bed"), List.of(), Duration.ofSeconds(5));
  }

  @AfterEach
  void close() {
    bed.close();
  }

  /** @return what it printed */
  private static String run(Path folder, String... command) throws Exception {
    Path out = folder.resolve("out");
    Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(String.join(" ", command) + " does not end");
    }
    String printed = Files.readString(out);
    assertThat(process.exitValue()).as(String.join(" ", command) + "\n" + printed).isZero();
    return printed;
  }

  private String skopeo(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("skopeo", "--insecure-policy", "--registries.d", Files.createDirectories(root.resolve("registries.d")).toString()));
    command.addAll(List.of(arguments));
    return run(root, command.toArray(String[]::new));
  }

  private String docker(String name) {
    return "docker://" + registry.host + "/" + name;
  }

  private byte[] save(String name) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (SavedArchive archive = bed.images().save(List.of(name))) {
      archive.writeTo(bytes);
    }
    return bytes.toByteArray();
  }

  private void pulls(String name) {
    assertThat(bed.images().pull(new PullRequest(registry.host + "/" + name, null, null, null), bed.sink())).containsExactly(IMAGE.id());
    bed.images().remove(registry.host + "/" + name, true, true, TestBed.NOBODY);
    assertThat(bed.isEmpty()).isTrue();
  }

  // ---- What we write

  @Test
  void whatWePushSkopeoReads() throws Exception {
    String name = registry.host + "/written/app";
    bed.load(IMAGE.legacyArchive(name + ":1"));
    bed.images().push(new PushRequest(name, "1", null, null), bed.sink());
    String digest = bed.images().resolve(name + ":1").repoDigests().getFirst().replaceFirst(".*@", "");
    assertThat(skopeo("inspect", "--tls-verify=false", docker("written/app:1"))).contains("\"Digest\": \"" + digest + "\"").contains("\"Architecture\": \"amd64\"");
    assertThat(skopeo("inspect", "--config", "--raw", "--tls-verify=false", docker("written/app:1"))).isEqualTo(new String(IMAGE.config(), StandardCharsets.UTF_8));
    // It checks every digest on the way.
    skopeo("copy", "--src-tls-verify=false", docker("written/app:1"), "oci:" + root + "/layout:1");
    tree(root.resolve("layout"), "1");
  }

  /** Has umoci unpack an image of a layout. */
  private void tree(Path layout, String tag) throws Exception {
    run(root, "umoci", "unpack", "--image", layout + ":" + tag, root.resolve("bundle").toString());
    assertThat(root.resolve("bundle/rootfs/etc/a")).hasContent("a");
    assertThat(root.resolve("bundle/rootfs/etc/b")).hasContent("b");
  }

  @Test
  void whatWeSaveBothToolsRead() throws Exception {
    bed.load(IMAGE.legacyArchive("app:1"));
    byte[] archive = save("app:1");
    Path file = Files.write(root.resolve("saved.tar"), archive);
    assertThat(skopeo("inspect", "--config", "--raw", "docker-archive:" + file)).isEqualTo(new String(IMAGE.config(), StandardCharsets.UTF_8));
    assertThat(skopeo("inspect", "oci-archive:" + file)).contains("\"Architecture\": \"amd64\"");
    run(root, "sh", "-c", "mkdir saved && tar -xf saved.tar -C saved");
    assertThat(run(root, "umoci", "list", "--layout", root + "/saved")).contains("1");
    tree(root.resolve("saved"), "1");
  }

  // ---- What they write

  @Test
  void whatSkopeoPushesWePullAndPushWithTheSameDigests() throws Exception {
    Path source = Files.write(root.resolve("source.tar"), IMAGE.legacyArchive("app:1"));
    for (List<String> how : List.of(List.of("--format", "v2s2"), List.of("--format", "oci"), List.of("--format", "oci", "--dest-compress-format", "zstd"))) {
      String name = "made/" + String.join("", how).replace("-", "");
      List<String> copy = new ArrayList<>(List.of("copy", "--dest-tls-verify=false"));
      copy.addAll(how);
      copy.addAll(List.of("docker-archive:" + source, docker(name + ":latest")));
      skopeo(copy.toArray(String[]::new));
      String digest = digest(docker(name));
      // A configuration that is written in OCI's form is another image.
      String id = bed.images().pull(new PullRequest(registry.host + "/" + name, "latest", null, null), bed.sink()).getFirst();
      try (RealRegistry empty = new RealRegistry(root.resolve(name.replace('/', '-')), Kind.OPEN)) {
        bed.images().tag(registry.host + "/" + name, empty.host + "/again", "1");
        bed.images().push(new PushRequest(empty.host + "/again", "1", null, null), bed.sink());
        assertThat(digest("docker://" + empty.host + "/again:1")).as(name).isEqualTo(digest);
      }
      bed.images().remove(id, true, true, TestBed.NOBODY);
      assertThat(bed.isEmpty()).isTrue();
    }
  }

  private String digest(String name) throws Exception {
    return skopeo("inspect", "--tls-verify=false", "--format", "{{.Digest}}", name).strip();
  }

  @Test
  void whatSkopeoWritesToFilesWeLoad() throws Exception {
    Path source = Files.write(root.resolve("source.tar"), IMAGE.legacyArchive("app:1"));
    for (String kind : List.of("docker-archive:%s:app:2", "oci-archive:%s:app:2")) {
      Path file = root.resolve("copied.tar");
      Files.deleteIfExists(file);
      skopeo("copy", "docker-archive:" + source, kind.formatted(file));
      bed.load(Files.readAllBytes(file));
      ImageRecord loaded = bed.images().list(Map.of()).getFirst();
      assertThat(loaded.layers()).as(kind).extracting(ImageRecord.Layer::diffId).containsExactlyElementsOf(IMAGE.layers().stream().map(layer -> Digest.of(layer).value()).toList());
      bed.images().unpack(loaded.id()).close();
      bed.images().remove(loaded.id(), true, true, TestBed.NOBODY);
      assertThat(bed.isEmpty()).isTrue();
    }
    skopeo("copy", "docker-archive:" + source, "dir:" + root + "/plain");
    skopeo("copy", "--dest-tls-verify=false", "dir:" + root + "/plain", docker("made/dir:latest"));
    pulls("made/dir:latest");
  }

  @Test
  void whatUmociMakesWeLoadAndPull() throws Exception {
    run(root, "umoci", "init", "--layout", root + "/umoci");
    run(root, "umoci", "new", "--image", root + "/umoci:made");
    run(root, "umoci", "unpack", "--image", root + "/umoci:made", root + "/first");
    Files.createDirectories(root.resolve("first/rootfs/etc"));
    Files.writeString(root.resolve("first/rootfs/etc/from"), "umoci");
    Files.writeString(root.resolve("first/rootfs/etc/gone"), "later");
    run(root, "umoci", "repack", "--image", root + "/umoci:made", root + "/first");
    run(root, "umoci", "unpack", "--image", root + "/umoci:made", root + "/second");
    Files.delete(root.resolve("second/rootfs/etc/gone"));
    run(root, "umoci", "repack", "--image", root + "/umoci:made", root + "/second");
    run(root, "umoci", "config", "--image", root + "/umoci:made", "--config.cmd", "sh");

    run(root, "tar", "-cf", "umoci.tar", "-C", root + "/umoci", ".");
    bed.load(Files.readAllBytes(root.resolve("umoci.tar")));
    String id = bed.images().list(Map.of()).getFirst().id();
    assertThat(bed.images().resolve(id).config().cmd()).containsExactly("sh");
    assertThat(bed.images().resolve(id).layers()).hasSize(2);
    bed.images().unpack(id).close();
    bed.images().remove(id, true, true, TestBed.NOBODY);

    skopeo("copy", "--dest-tls-verify=false", "oci:" + root + "/umoci:made", docker("made/umoci:latest"));
    assertThat(bed.images().pull(new PullRequest(registry.host + "/made/umoci", "latest", null, null), bed.sink())).containsExactly(id);
  }
}
