package dev.proa.images.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.images.BlobUsage;
import dev.proa.images.HistoryItem;
import dev.proa.images.ImageRecord;
import dev.proa.images.internal.content.Digest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListTest {
  private TestBed bed;

  @BeforeEach
  void open(@TempDir Path root) {
    bed = new TestBed(root);
    bed.load(made("2020-01-01T00:00:00Z", "old").legacyArchive("proa/old:1", "localhost:5000/deep/old:1"));
    bed.load(made("2021-01-01T00:00:00.5+02:00", "mid").legacyArchive("mid:1", "mid:2"));
    bed.load(made("2022-01-01T00:00:00Z", "new").legacyArchive());
  }

  private static TestImage made(String created, String label) {
    return TestImage.of("linux", "amd64", "\"Labels\":{\"name\":\"" + label + "\",\"all\":\"\"}", created, Tars.layer("etc/" + label, label));
  }

  @AfterEach
  void close() {
    bed.close();
  }

  private List<String> list(Map<String, List<String>> filters) {
    return bed.images().list(filters).stream().map(record -> record.config().labels().get("name")).toList();
  }

  private List<String> list(String filter, String... values) {
    return list(Map.of(filter, List.of(values)));
  }

  @Test
  void theNewestComesFirst() {
    assertThat(list(Map.of())).containsExactly("new", "mid", "old");
  }

  @Test
  void filtersSelect() {
    assertThat(list("dangling", "true")).containsExactly("new");
    assertThat(list("dangling", "false")).containsExactly("mid", "old");
    assertThat(list("label", "name=mid")).containsExactly("mid");
    assertThat(list("label", "name", "all")).hasSize(3);
    assertThat(list("label", "name=mid", "name=old")).isEmpty();
    assertThat(list("label!", "name=mid")).containsExactly("new", "old");
    assertThat(list("before", "mid:1")).containsExactly("old");
    assertThat(list("since", "mid:2")).containsExactly("new");
    assertThat(list("until", "2020-06-01")).containsExactly("old");
    assertThat(list("until", "2021-06-01T00:00:00Z")).containsExactly("mid", "old");
    assertThat(list("until", "1000h")).hasSize(3);
    assertThat(list("until", "1577836801")).containsExactly("old");
  }

  @Test
  void referencesAreMatchedByPattern() {
    assertThat(list("reference", "mid")).containsExactly("mid");
    assertThat(list("reference", "mid:2")).containsExactly("mid");
    assertThat(list("reference", "m?d:*")).containsExactly("mid");
    assertThat(list("reference", "*")).containsExactly("mid");
    assertThat(list("reference", "proa/o*")).containsExactly("old");
    assertThat(list("reference", "*/*/old")).containsExactly("old");
    assertThat(list("reference", "nosuch*")).isEmpty();
    assertThat(list("reference", "mid", "proa/*")).containsExactly("mid", "old");
    ImageRecord shown = bed.images().list(Map.of("reference", List.of("mid:2"))).getFirst();
    assertThat(shown.repoTags()).containsExactly("mid:2");
  }

  @Test
  void whatIsNoFilterIsRefused() {
    assertThatThrownBy(() -> list("nosuch", "1")).hasMessage("invalid filter 'nosuch'");
    assertThatThrownBy(() -> list("dangling", "perhaps")).hasMessage("invalid filter 'dangling=[perhaps]'");
    assertThatThrownBy(() -> list("since", "mid:nosuch")).hasMessage("No such image: mid:nosuch");
    assertThatThrownBy(() -> list("until", "whenever")).hasMessageContaining("invalid filter 'until=whenever'");
    assertThatThrownBy(() -> list("reference", "[a")).hasMessageContaining("syntax error in pattern");
  }

  @Test
  void historyNamesTheImageOnItsNewestLine() {
    List<HistoryItem> history = bed.images().history("mid:1");
    assertThat(history).hasSize(1);
    assertThat(history.getFirst().tags()).containsExactly("mid:1", "mid:2");
    assertThat(history.getFirst().id()).isEqualTo(bed.images().resolve("mid:1").id());
    assertThat(history.getFirst().sizeBytes()).isPositive();
    assertThat(history.getFirst().created()).isEqualTo(1609452000L);
  }

  @Test
  void usageCountsEachLayerOnce() {
    byte[] shared = Tars.layer("etc/s", "shared");
    bed.load(TestImage.of(shared).legacyArchive("s:1"));
    long before = bed.images().usage().layersBytes();
    TestImage upper = TestImage.of(shared, Tars.layer("etc/u", "u"));
    bed.load(upper.legacyArchive("s:2"));
    ImageRecord record = bed.images().resolve("s:2");
    assertThat(bed.images().usage().layersBytes()).isEqualTo(before + record.layers().getLast().sizeBytes());
    assertThat(bed.images().usage().sharedBytes()).containsEntry(record.id(), record.layers().getFirst().sizeBytes());
    assertThat(bed.images().usage().contentBytes()).isPositive();
  }

  @Test
  void everyByteOfTheContentStoreHasItsOwner() throws Exception {
    byte[] shared = Tars.layer("etc/s", "shared");
    bed.load(TestImage.of(shared).legacyArchive("s:1"));
    TestImage upper = TestImage.of(shared, Tars.layer("etc/u", "u"));
    bed.load(upper.legacyArchive("s:2"));
    byte[] orphan = "nobody's".getBytes(StandardCharsets.UTF_8);
    Files.write(bed.root.resolve("content/blobs/sha256").resolve(Digest.of(orphan).hex()), orphan);
    List<BlobUsage> content = bed.images().content();
    assertThat(content.stream().mapToLong(BlobUsage::sizeBytes).sum()).isEqualTo(bed.images().usage().contentBytes());
    assertThat(content).filteredOn(blob -> blob.digest().equals(Digest.of(shared).value())).singleElement().satisfies(blob -> assertThat(blob.owners()).hasSize(2));
    assertThat(content).filteredOn(blob -> blob.kind().equals("orphan")).singleElement().isEqualTo(new BlobUsage(Digest.of(orphan).value(), orphan.length, "orphan", List.of()));
    assertThat(content).filteredOn(blob -> !blob.kind().equals("orphan")).allSatisfy(blob -> assertThat(blob.owners()).isNotEmpty());
    bed.images().collect();
    assertThat(bed.images().content()).noneMatch(blob -> blob.kind().equals("orphan"));
  }

  @Test
  void ambiguousPrefixesMeanNothing() {
    assertThatThrownBy(() -> bed.images().resolve("sha256:")).hasMessageContaining("invalid reference format");
    assertThatThrownBy(() -> bed.images().resolve("f00")).hasMessage("No such image: f00:latest");
  }
}
