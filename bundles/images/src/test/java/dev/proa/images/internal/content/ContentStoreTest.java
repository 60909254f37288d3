package dev.proa.images.internal.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ContentStoreTest {
  private final byte[] content = noise(300_000);
  private Path root;
  private ContentStore store;

  private static byte[] noise(int size) {
    byte[] noise = new byte[size];
    new Random(size).nextBytes(noise);
    return noise;
  }

  @BeforeEach
  void open(@TempDir Path folder) {
    root = folder;
    store = new ContentStore(folder);
  }

  @Test
  void aBlobIsSeenOnceItIsCommitted() throws IOException {
    Digest digest = Digest.of(content);
    try (Ingest ingest = store.begin()) {
      ingest.write(content, 0, content.length);
      assertThat(store.has(digest)).isFalse();
      ingest.verify(digest, content.length);
      assertThat(store.has(digest)).isFalse();
      ingest.commit();
    }
    assertThat(store.read(digest, content.length)).isEqualTo(content);
    assertThat(store.list()).containsExactly(digest);
    assertThat(root.resolve("ingest")).isEmptyDirectory();
    assertThat(store.remove(digest)).isEqualTo(content.length);
    assertThat(store.has(digest)).isFalse();
  }

  @Test
  void whatIsNotCommittedLeavesNothing() throws IOException {
    try (Ingest ingest = store.begin()) {
      ingest.write(content, 0, content.length);
      assertThatThrownBy(() -> ingest.verify(Digest.of(new byte[1]), content.length)).isInstanceOf(DigestMismatch.class).hasMessageContaining("expected");
      assertThatThrownBy(() -> ingest.verify(Digest.of(content), 5)).isInstanceOf(DigestMismatch.class).hasMessageContaining("instead of 5");
    }
    assertThat(root.resolve("ingest")).isEmptyDirectory();
    assertThat(store.list()).isEmpty();
  }

  @Test
  void aFollowerReadsWhileTheWriterWritesAndSeesTheEndOnceItIsVerified() throws Exception {
    try (Ingest ingest = store.begin()) {
      CompletableFuture<byte[]> read = new CompletableFuture<>();
      CountDownLatch half = new CountDownLatch(1);
      Thread.ofVirtual()
          .start(
              () -> {
                try (InputStream in = ingest.follow()) {
                  in.readNBytes(content.length / 2);
                  half.countDown();
                  byte[] rest = in.readAllBytes();
                  read.complete(rest);
                } catch (IOException e) {
                  read.completeExceptionally(e);
                }
              });
      ingest.write(content, 0, content.length / 2);
      half.await();
      ingest.write(content, content.length / 2, content.length - content.length / 2);
      assertThat(read).isNotDone();
      ingest.verify(Digest.of(content), content.length);
      assertThat(read.get(10, TimeUnit.SECONDS)).hasSize(content.length - content.length / 2);
      ingest.commit();
      try (InputStream again = ingest.follow()) {
        assertThat(again.readAllBytes()).isEqualTo(content);
      }
    }
  }

  @Test
  void aFollowerFailsWithTheWriter() throws Exception {
    CompletableFuture<Integer> read = new CompletableFuture<>();
    try (Ingest ingest = store.begin()) {
      InputStream in = ingest.follow();
      Thread.ofVirtual()
          .start(
              () -> {
                try (in) {
                  read.complete(in.readAllBytes().length);
                } catch (IOException e) {
                  read.completeExceptionally(e);
                }
              });
      ingest.write(content, 0, 1000);
      ingest.fail(new IOException("the registry went away"));
    }
    assertThatThrownBy(() -> read.get(10, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class).hasMessageContaining("the registry went away");
  }

  @Test
  void aMissingBlobIsSaid() {
    Digest digest = Digest.of(content);
    assertThat(store.size(digest)).isEqualTo(-1);
    assertThatThrownBy(() -> store.open(digest))
        .hasMessageContaining("the content store lacks")
        .satisfies(e -> assertThat(((ProaException) e).errorClass()).isEqualTo(ErrorClass.DATA_LOSS));
  }

  @Test
  void aFullDiskIsSaidInOneSentence(@TempDir Path folder) throws Exception {
    Path small = Files.createDirectory(folder.resolve("small"));
    assumeTrue(mount("-t", "tmpfs", "-o", "size=64k", "none", small.toString()), "mounting a tmpfs is not possible here");
    try {
      ContentStore tiny = new ContentStore(small.resolve("content"));
      assertThatThrownBy(() -> tiny.put(content))
          .hasMessageContaining("no space left on device; free some space")
          .satisfies(e -> assertThat(((ProaException) e).errorClass()).isEqualTo(ErrorClass.RESOURCE_EXHAUSTED));
      assertThat(small.resolve("content/ingest")).isEmptyDirectory();
      assertThat(tiny.list()).isEmpty();
    } finally {
      new ProcessBuilder("umount", small.toString()).start().waitFor();
    }
  }

  private static boolean mount(String... arguments) throws Exception {
    String[] command = new String[arguments.length + 1];
    command[0] = "mount";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
  }

  @Test
  void whatIsHeldIsNotRemovedAndWhatIsBeingRemovedIsWaitedFor() throws Exception {
    Leases leases = new Leases();
    Digest digest = Digest.of(content);
    try (Leases.Lease lease = leases.open()) {
      lease.holdBlob(digest);
      assertThat(leases.removeBlob(digest, () -> true, () -> {})).isFalse();
      assertThat(leases.removeLayer(digest, () -> true, () -> {})).isTrue();
      assertThat(lease.blobs()).containsExactly(digest);
      assertThat(lease.layers()).isEmpty();
    }
    assertThat(leases.removeBlob(digest, () -> false, () -> {})).isFalse();
    CountDownLatch removing = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    CompletableFuture<Boolean> removed =
        CompletableFuture.supplyAsync(
            () ->
                leases.removeBlob(
                    digest,
                    () -> true,
                    () -> {
                      removing.countDown();
                      try {
                        go.await();
                      } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                      }
                    }));
    removing.await();
    CompletableFuture<Boolean> held =
        CompletableFuture.supplyAsync(
            () -> {
              try (Leases.Lease lease = leases.open()) {
                lease.holdBlob(digest);
                return removed.isDone() || go.getCount() == 0;
              }
            });
    assertThat(held).isNotDone();
    go.countDown();
    assertThat(removed.get(10, TimeUnit.SECONDS)).isTrue();
    assertThat(held.get(10, TimeUnit.SECONDS)).isTrue();
  }
}
