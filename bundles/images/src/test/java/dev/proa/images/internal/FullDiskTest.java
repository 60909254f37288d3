package dev.proa.images.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.images.ImportRequest;
import dev.proa.images.PullRequest;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk of eight megabytes: what does not fit is said, and leaves nothing; what fits still goes. */
class FullDiskTest {
  private static final byte[] SMALL = Tars.layer("etc/a", "a");

  private Path disk;
  private boolean mounted;
  private TestBed bed;

  @BeforeEach
  void open(@TempDir Path folder) throws Exception {
    disk = Files.createDirectory(folder.resolve("disk"));
    mounted = run("mount", "-t", "tmpfs", "-o", "size=8m", "none", disk.toString());
    assumeTrue(mounted, "mounting a tmpfs is not possible here");
    bed = new TestBed(disk, List.of(), Duration.ofMillis(100));
  }

  @AfterEach
  void close() throws Exception {
    if (mounted) {
      bed.close();
      assertThat(run("umount", disk.toString())).isTrue();
    }
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
  }

  private void full(ThrowingCallable work) {
    assertThatThrownBy(work)
        .hasMessageContaining("no space left on")
        .satisfies(e -> assertThat(((ProaException) e).errorClass()).isEqualTo(ErrorClass.RESOURCE_EXHAUSTED));
    assertThat(bed.isEmpty()).isTrue();
    TestImage small = TestImage.of(SMALL);
    bed.load(small.legacyArchive("small:1"));
    bed.images().remove("small:1", true, true, TestBed.NOBODY);
    assertThat(bed.isEmpty()).isTrue();
  }

  @Test
  void anArchiveThatDoesNotFit() {
    full(() -> bed.load(TestImage.of(Tars.randomLayer(10 << 20, 1)).legacyArchive("x:1")));
  }

  @Test
  void aLayerThatDoesNotFitUnpacked() {
    full(() -> bed.load(TestImage.of(SMALL, Tars.randomLayer(5 << 20, 1)).legacyArchive("x:1")));
  }

  @Test
  void anImportThatDoesNotFit() {
    ImportRequest request = new ImportRequest("x", null, List.of(), "", null);
    full(() -> bed.images().importImage(request, new ByteArrayInputStream(Tars.randomLayer(10 << 20, 1)), bed.sink()));
  }

  @Test
  void aPullThatDoesNotFit() {
    TestImage image = TestImage.of(SMALL, Tars.randomLayer(10 << 20, 1));
    try (FaultyRegistry registry = new FaultyRegistry().image("a/b", "latest", image, image.layers().stream().map(Tars::gzip).toList())) {
      full(() -> bed.images().pull(new PullRequest(registry.host + "/a/b", "latest", null, null), bed.sink()));
    }
  }
}
