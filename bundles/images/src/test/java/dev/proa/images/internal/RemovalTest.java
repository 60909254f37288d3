package dev.proa.images.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.images.ImageEvent;
import dev.proa.images.ImageUsers;
import dev.proa.images.ImageUsers.ImageUser;
import dev.proa.images.PruneReport;
import dev.proa.images.RemovedImage;
import dev.proa.images.RemovedImage.Deleted;
import dev.proa.images.RemovedImage.Untagged;
import dev.proa.images.UnpackedImage;
import dev.proa.images.internal.content.Digest;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RemovalTest {
  private static final String CONTAINER = "c0ffee".repeat(10) + "c0ff";

  private final byte[] base = Tars.layer("etc/base", "base");
  private final TestImage image = TestImage.of(base, Tars.layer("etc/a", "a"));
  private final TestImage sibling = TestImage.of(base, Tars.layer("etc/b", "b"));
  private TestBed bed;

  @BeforeEach
  void open(@TempDir Path root) {
    bed = new TestBed(root);
    bed.load(image.legacyArchive("x:1"));
  }

  @AfterEach
  void close() {
    bed.close();
  }

  private List<RemovedImage> remove(String name, boolean force, ImageUsers users) {
    return bed.images().remove(name, force, true, users);
  }

  private static ImageUsers usedBy(boolean running) {
    return id -> List.of(new ImageUser(CONTAINER, running));
  }

  private String shortId() {
    return image.id().substring(7, 19);
  }

  @Test
  void theLastNameTakesTheImageAlong() {
    List<RemovedImage> steps = remove("x:1", false, TestBed.NOBODY);
    List<Digest> chain = Digest.chainIds(image.layers().stream().map(Digest::of).toList());
    assertThat(steps)
        .containsExactly(
            new Untagged("x:1"), new Deleted(image.id()), new Deleted(chain.get(1).value()), new Deleted(chain.get(0).value()));
    assertThat(bed.isEmpty()).isTrue();
  }

  @Test
  void oneOfTwoNamesIsOnlyTakenOff() {
    bed.images().tag("x:1", "y", null);
    assertThat(remove("x:1", false, usedBy(true))).containsExactly(new Untagged("x:1"));
    assertThat(bed.images().resolve("y").repoTags()).containsExactly("y:latest");
  }

  @Test
  void sharedLayersStay() {
    bed.load(sibling.legacyArchive("y:1"));
    assertThat(remove("x:1", false, TestBed.NOBODY)).hasSize(3);
    bed.images().unpack(sibling.id()).close();
    remove("y:1", false, TestBed.NOBODY);
    assertThat(bed.isEmpty()).isTrue();
  }

  @Test
  void anUnknownNameIsRefused() {
    assertThatThrownBy(() -> remove("nosuch", false, TestBed.NOBODY)).hasMessage("No such image: nosuch:latest");
    assertThatThrownBy(() -> remove("x", false, TestBed.NOBODY)).hasMessage("No such image: x:latest");
  }

  @Test
  void aNameThatAContainerUsesNeedsForce() {
    assertThatThrownBy(() -> remove("x:1", false, usedBy(false)))
        .hasMessage(
            "conflict: unable to remove repository reference \"x:1\" (must force) - container c0ffeec0ffee is using its referenced image " + shortId())
        .satisfies(e -> assertThat(((ProaException) e).errorClass()).isEqualTo(ErrorClass.CONFLICT));
    assertThat(remove("x:1", true, usedBy(true))).containsExactly(new Untagged("x:1"));
    assertThat(bed.images().resolve(image.id()).dangling()).isTrue();
  }

  @Test
  void anIdThatARunningContainerUsesCannotBeForced() {
    String message = "conflict: unable to delete " + shortId() + " (cannot be forced) - image is being used by running container c0ffeec0ffee";
    assertThatThrownBy(() -> remove(image.id(), false, usedBy(true))).hasMessage(message);
    assertThatThrownBy(() -> remove(shortId(), true, usedBy(true))).hasMessage(message);
  }

  @Test
  void anIdThatAStoppedContainerUsesMustBeForced() {
    assertThatThrownBy(() -> remove(image.id(), false, usedBy(false)))
        .hasMessage("conflict: unable to delete " + shortId() + " (must be forced) - image is being used by stopped container c0ffeec0ffee");
    assertThat(remove(image.id(), true, usedBy(false))).startsWith(new Untagged("x:1"), new Deleted(image.id()));
  }

  @Test
  void anIdWithNamesInSeveralRepositoriesMustBeForced() {
    bed.images().tag("x:1", "y", "1");
    assertThatThrownBy(() -> remove(image.id(), false, TestBed.NOBODY))
        .hasMessage("conflict: unable to delete " + shortId() + " (must be forced) - image is referenced in multiple repositories");
    assertThat(remove(image.id(), true, TestBed.NOBODY)).startsWith(new Untagged("x:1"), new Untagged("y:1"), new Deleted(image.id()));
    assertThat(bed.isEmpty()).isTrue();
  }

  @Test
  void layersThatAContainerStandsOnStayUntilItGoes() {
    try (UnpackedImage unpacked = bed.images().unpack(image.id())) {
      bed.driver().prepare("container", unpacked.topChainId());
    }
    assertThat(remove("x:1", true, usedBy(false))).containsExactly(new Untagged("x:1"), new Deleted(image.id()));
    assertThat(bed.driver().mounts("container")).isNotEmpty();
    bed.images().collect();
    assertThat(bed.layers()).hasSize(3);
    bed.driver().remove("container");
    bed.images().collect();
    assertThat(bed.isEmpty()).isTrue();
  }

  @Test
  void aLeaseKeepsLayersFromRemoval() {
    try (UnpackedImage unpacked = bed.images().unpack(image.id())) {
      remove("x:1", true, TestBed.NOBODY);
      assertThat(bed.driver().prepare("container", unpacked.topChainId())).isNotEmpty();
    }
    bed.driver().remove("container");
    bed.images().collect();
    assertThat(bed.isEmpty()).isTrue();
  }

  @Test
  void pruneTakesDanglingImagesOnly() {
    bed.load(sibling.legacyArchive());
    PruneReport report = bed.images().prune(Map.of(), TestBed.NOBODY);
    assertThat(report.removed()).startsWith(new Deleted(sibling.id())).hasSize(2);
    assertThat(report.reclaimedBytes()).isPositive();
    assertThat(bed.images().list(Map.of())).hasSize(1);
  }

  @Test
  void pruneOfAllSparesWhatIsUsed() {
    bed.load(sibling.legacyArchive("y:1", "z:1"));
    ImageUsers users = id -> id.equals(image.id()) ? List.of(new ImageUser(CONTAINER, false)) : List.of();
    PruneReport report = bed.images().prune(Map.of("dangling", List.of("false")), users);
    assertThat(report.removed()).contains(new Untagged("y:1"), new Untagged("z:1"), new Deleted(sibling.id()));
    assertThat(bed.images().list(Map.of())).extracting(record -> record.id()).containsExactly(image.id());
  }

  @Test
  void pruneRefusesUnknownFilters() {
    assertThatThrownBy(() -> bed.images().prune(Map.of("nosuch", List.of("1")), TestBed.NOBODY)).hasMessage("invalid filter 'nosuch'");
  }

  @Test
  void eventsTellWhatHappens() {
    List<ImageEvent> events = new ArrayList<>();
    try (var subscription = bed.images().subscribe(events::add)) {
      bed.images().tag("x:1", "y", "2");
      remove("y:2", false, TestBed.NOBODY);
      remove("x:1", false, TestBed.NOBODY);
    }
    bed.load(image.legacyArchive("x:1"));
    assertThat(events).extracting(ImageEvent::action).containsExactly("tag", "untag", "untag", "delete");
    assertThat(events.getFirst().attributes()).containsEntry("name", "y:2");
  }

  @Test
  void taggingRefusesWhatIsNoName() {
    assertThatThrownBy(() -> bed.images().tag("x:1", "Bad", "1")).hasMessageContaining("must be lowercase");
    assertThatThrownBy(() -> bed.images().tag("x:1", "y", "b@d")).hasMessage("invalid tag format");
    assertThatThrownBy(() -> bed.images().tag("nosuch", "y", "1")).hasMessage("No such image: nosuch:latest");
    assertThatThrownBy(() -> bed.images().tag("x:1", "y@sha256:" + "0".repeat(64), null))
        .hasMessage("cannot import digest reference");
  }
}
