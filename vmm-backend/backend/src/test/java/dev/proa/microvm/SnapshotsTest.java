package dev.proa.microvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.linux.Io;
import dev.proa.vmm.control.VmConfiguration.SnapshotFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SnapshotsTest {
  @TempDir Path folder;

  private static void write(SnapshotFiles files) throws IOException {
    Io.ftruncate(files.memory(), 4096);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> found = Files.list(folder)) {
      return found.map(each -> each.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void oneThatWasTakenIsThereAndIsNotTakenAgain() throws IOException {
    Snapshots snapshots = new Snapshots(folder);
    assertThat(snapshots.open("a")).isNull();
    snapshots.take("a", SnapshotsTest::write);
    snapshots.take("a", files -> {
      throw new AssertionError("it is there");
    });
    SnapshotFiles found = snapshots.open("a");
    assertThat(found).isNotNull();
    found.memory().close();
    found.state().close();
  }

  @Test
  void oneThatFailsLeavesNothingAndTheNextIsTaken() throws IOException {
    Snapshots snapshots = new Snapshots(folder);
    snapshots.take("a", files -> {
      throw new IOException("no room");
    });
    assertThat(names()).isEmpty();
    assertThat(snapshots.open("a")).isNull();
    snapshots.take("a", SnapshotsTest::write);
    assertThat(names()).containsExactly("a");
  }

  @Test
  void oneThatIsDiscardedIsGone() throws IOException {
    Snapshots snapshots = new Snapshots(folder);
    snapshots.take("a", SnapshotsTest::write);
    snapshots.discard("a");
    assertThat(snapshots.open("a")).isNull();
    assertThat(names()).isEmpty();
  }

  @Test
  void theOldestMakesRoom() throws IOException {
    Snapshots snapshots = new Snapshots(folder);
    for (int i = 0; i < 6; i++) {
      snapshots.take("s" + i, SnapshotsTest::write);
      Files.setLastModifiedTime(folder.resolve("s" + i), java.nio.file.attribute.FileTime.fromMillis(1_000_000L * (i + 1)));
    }
    assertThat(names()).containsExactly("s2", "s3", "s4", "s5");
  }

  @Test
  void theKeyTellsMachinesApart() throws IOException {
    assertThat(Snapshots.key(List.of("a", "b"))).isEqualTo(Snapshots.key(List.of("a", "b"))).isNotEqualTo(Snapshots.key(List.of("a", "c"))).isNotEqualTo(Snapshots.key(List.of("ab")));
  }
}
