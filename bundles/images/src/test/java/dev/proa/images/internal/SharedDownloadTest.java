package dev.proa.images.internal;

import static dev.proa.images.internal.FaultyRegistry.blobPath;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.images.ProgressMessage;
import dev.proa.images.PullRequest;
import dev.proa.images.internal.content.Digest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pulls at the same time that want the same: each blob is asked for once. */
@Timeout(120)
class SharedDownloadTest {
  private final byte[] first = Tars.layer("etc/first", "first");
  private final byte[] second = Tars.randomLayer(400_000, 3);
  private final byte[] firstBlob = Tars.gzip(first);
  private final byte[] secondBlob = Tars.gzip(second);
  private final TestImage image = TestImage.of(first, second);
  private final CountDownLatch begun = new CountDownLatch(1);
  private FaultyRegistry registry;
  private CountDownLatch release;
  private TestBed bed;

  @BeforeEach
  void open(@TempDir Path root) {
    registry = new FaultyRegistry().image("a/b", "latest", image, List.of(firstBlob, secondBlob));
    release = registry.hold("a/b", secondBlob, begun);
    bed = new TestBed(root, List.of(), Duration.ofMillis(100));
  }

  @AfterEach
  void close() {
    release.countDown();
    bed.close();
    registry.close();
  }

  /** A pull on a thread of its own. */
  private final class Pull {
    final CompletableFuture<List<String>> result = new CompletableFuture<>();
    final CountDownLatch firstIsThere = new CountDownLatch(1);
    final CountDownLatch secondIsComing = new CountDownLatch(1);
    final Thread thread = Thread.ofVirtual().start(this::run);

    private void run() {
      try {
        result.complete(bed.images().pull(new PullRequest(registry.host + "/a/b", "latest", null, null), this::heard));
      } catch (RuntimeException e) {
        result.completeExceptionally(e);
      }
    }

    private void heard(ProgressMessage message) {
      note(message, firstBlob, "Pull complete", firstIsThere);
      note(message, secondBlob, "Downloading", secondIsComing);
    }

    private static void note(ProgressMessage message, byte[] blob, String status, CountDownLatch latch) {
      if (status.equals(message.status()) && Digest.of(blob).shortHex().equals(message.id())) {
        latch.countDown();
      }
    }
  }

  private static void await(CountDownLatch latch) throws InterruptedException {
    assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
  }

  private void wasAskedForOnce(byte[] blob) {
    assertThat(registry.count(blobPath("a/b", blob))).isEqualTo(1);
  }

  @Test
  void aPullThatEndsDoesNotHurtTheOneThatSharesItsDownload() throws Exception {
    Pull one = new Pull();
    await(one.secondIsComing);
    Pull other = new Pull();
    await(other.secondIsComing);
    one.thread.interrupt();
    assertThatThrownBy(() -> one.result.get(30, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class).hasMessageContaining("cancel");
    release.countDown();
    assertThat(other.result.get(30, TimeUnit.SECONDS)).containsExactly(image.id());
    assertThat(bed.images().resolve(registry.host + "/a/b").id()).isEqualTo(image.id());
    wasAskedForOnce(secondBlob);
  }

  /** Whether a blob is here is not only known by the images that are complete. */
  @Test
  void whatAnUnfinishedPullHasBroughtIsNotFetchedAgain() throws Exception {
    Pull one = new Pull();
    await(one.firstIsThere);
    Pull other = new Pull();
    await(other.secondIsComing);
    release.countDown();
    assertThat(one.result.get(30, TimeUnit.SECONDS)).containsExactly(image.id());
    assertThat(other.result.get(30, TimeUnit.SECONDS)).containsExactly(image.id());
    wasAskedForOnce(firstBlob);
    wasAskedForOnce(secondBlob);
  }

  /** What the first one leaves is the second one's: it was held before it was looked for. */
  @Test
  void whatAPullLeavesBehindStaysForTheOneThatFoundItThere() throws Exception {
    Pull one = new Pull();
    await(one.firstIsThere);
    Pull other = new Pull();
    await(other.secondIsComing);
    one.thread.interrupt();
    assertThatThrownBy(() -> one.result.get(30, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class);
    release.countDown();
    assertThat(other.result.get(30, TimeUnit.SECONDS)).containsExactly(image.id());
    wasAskedForOnce(firstBlob);
  }
}
