package dev.proa.images.internal.layer;

import dev.proa.images.Decompression;
import dev.proa.images.Reference;
import dev.proa.images.internal.content.DigestMismatch;
import dev.proa.images.internal.content.Digest;
import dev.proa.images.internal.content.DiskFailure;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.storage.StorageDriver;
import dev.proa.spi.storage.StorageDriver.Kind;
import dev.proa.spi.storage.StorageDriver.SnapshotInfo;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The layers in the storage driver: made of blobs, verified on the way, and taken away when nobody needs them. */
public final class Layers {
  private static final Logger LOG = LoggerFactory.getLogger(Layers.class);

  private final Snapshots snapshots;
  private final Map<Digest, Turn> turns = new HashMap<>();

  public Layers(Snapshots snapshots) {
    this.snapshots = snapshots;
  }

  /** Opens the blob of a layer, as it came; closed by whoever opened it. */
  @FunctionalInterface
  public interface BlobSource {
    InputStream open() throws IOException;
  }

  /**
   * A layer that is there.
   *
   * @param tarBytes of its uncompressed stream; -1 if it was there before
   * @param unpackedBytes as the driver counts
   */
  public record Unpacked(long tarBytes, long unpackedBytes) {}

  /** What a blob turned out to be. */
  public record Measured(Digest diffId, long tarBytes) {}

  public boolean has(Digest chainId) {
    try {
      return snapshots.use(driver -> exists(driver, chainId));
    } catch (IOException e) {
      throw DiskFailure.of("cannot look for layer " + chainId, e);
    }
  }

  private static boolean exists(StorageDriver driver, Digest chainId) {
    try {
      return driver.stat(chainId.value()).kind() == Kind.LAYER;
    } catch (ProaException e) {
      if (e.is(ErrorClass.NOT_FOUND)) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Has the driver make a layer unless it has it. Only one caller at a time makes a layer; others wait for it.
   *
   * <p>The driver works on a thread of its own that is never interrupted: an interrupt of the caller, or an abort, ends the stream that the
   * driver reads, and the driver cleans up undisturbed.
   *
   * @param what the layer in words
   * @throws ProaException {@code INVALID_ARGUMENT} for a hostile or broken layer, {@code DATA_LOSS} for one that is something else
   */
  public Unpacked apply(String what, Digest chainId, @Nullable Digest parent, Digest diffId, BlobSource blob, Abort abort) {
    return apply(what, chainId, parent, in -> new VerifiedTar(new ReadAhead(Decompression.of(in)), diffId), blob, abort);
  }

  /** The same for a blob that is not compressed, and whose digest is known to be the diff id. */
  public Unpacked applyKnown(String what, Digest chainId, @Nullable Digest parent, Digest diffId, BlobSource blob, Abort abort) {
    return apply(what, chainId, parent, in -> VerifiedTar.trusted(in, diffId), blob, abort);
  }

  /** Makes the tar stream of a blob's. */
  @FunctionalInterface
  private interface TarOf {
    VerifiedTar blob(InputStream in) throws IOException;
  }

  private Unpacked apply(String what, Digest chainId, @Nullable Digest parent, TarOf tarOf, BlobSource blob, Abort abort) {
    Turn turn = enter(chainId);
    try {
      CompletableFuture<Outcome> outcome = new CompletableFuture<>();
      Thread.ofVirtual()
          .name("layer " + chainId.shortHex())
          .start(
              () -> {
                try {
                  outcome.complete(snapshots.use(driver -> make(driver, chainId, parent, tarOf, blob, abort)));
                } catch (IOException | RuntimeException | Error e) {
                  outcome.completeExceptionally(e);
                }
              });
      return await(what, outcome, abort);
    } finally {
      leave(chainId, turn);
    }
  }

  /** What came of it; a failure of ours leaves the driver's lease as a value, which keeps its class. */
  private record Outcome(@Nullable Unpacked unpacked, @Nullable IOException failure) {}

  private static Outcome make(
      StorageDriver driver, Digest chainId, @Nullable Digest parent, TarOf tarOf, BlobSource blob, Abort abort) throws IOException {
    long tarBytes = -1;
    if (!exists(driver, chainId)) {
      try (InputStream in = abort.guard(blob.open());
          VerifiedTar tar = tarOf.blob(in)) {
        IOException failure = unpack(driver, chainId, parent, tar);
        if (failure != null) {
          return new Outcome(null, failure);
        }
        tarBytes = tar.bytes();
      }
    }
    return new Outcome(new Unpacked(tarBytes, driver.usage(chainId.value()).sizeBytes()), null);
  }

  /** @return what broke the stream, if something did */
  private static @Nullable IOException unpack(StorageDriver driver, Digest chainId, @Nullable Digest parent, VerifiedTar tar) throws IOException {
    try {
      driver.apply(chainId.value(), parent == null ? null : parent.value(), tar);
    } catch (IOException | RuntimeException e) {
      // The driver may say in its own words that the stream broke; what broke it says more.
      if (tar.failure() == null) {
        throw e;
      }
      return tar.failure();
    }
    try {
      tar.drain();
      return null;
    } catch (IOException e) {
      // The driver stopped before the end, and the rest is not what it should be.
      driver.remove(chainId.value());
      return e;
    }
  }

  private static Unpacked await(String what, CompletableFuture<Outcome> future, Abort abort) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          Outcome outcome = future.get();
          if (outcome.unpacked() == null || outcome.failure() != null) {
            throw abort.reason().orElseGet(() -> failure(what, Objects.requireNonNull(outcome.failure())));
          }
          return outcome.unpacked();
        } catch (InterruptedException e) {
          interrupted = true;
          abort.because(ProaException.unavailable(what + ": canceled", e));
        } catch (ExecutionException e) {
          throw abort.reason().orElseGet(() -> thrown(what, Objects.requireNonNull(e.getCause())));
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static ProaException thrown(String what, Throwable cause) {
    return switch (cause) {
      case ProaException failure -> failure.is(ErrorClass.INVALID_ARGUMENT) ? prefixed(failure) : failure;
      case IOException io -> failure(what, io);
      default -> ProaException.internal("cannot unpack " + what + ": " + cause, cause);
    };
  }

  /** Docker's clients look for these words. */
  private static ProaException prefixed(ProaException failure) {
    return new ProaException(failure.errorClass(), "failed to register layer: " + failure.getMessage(), failure);
  }

  /** Reads a blob to its end to see what its uncompressed content is. */
  public static Measured measure(String what, BlobSource blob) {
    try (InputStream in = blob.open();
        VerifiedTar tar = new VerifiedTar(Decompression.of(in), null)) {
      return new Measured(tar.drain(), tar.bytes());
    } catch (IOException e) {
      throw failure(what, e);
    }
  }

  /** Translates what went wrong while a layer's stream was read. */
  public static ProaException failure(String what, IOException e) {
    return switch (e) {
      case DigestMismatch mismatch ->
          new ProaException(
              ErrorClass.DATA_LOSS, "filesystem layer verification failed for digest " + mismatch.expected() + ": " + mismatch.getMessage(), e);
      case DiffIdMismatch mismatch -> new ProaException(ErrorClass.DATA_LOSS, what + ": " + mismatch.getMessage(), e);
      case EOFException _ -> new ProaException(ErrorClass.INVALID_ARGUMENT, what + ": unexpected EOF: the layer is cut off", e);
      case InterruptedIOException _ -> ProaException.unavailable(what + ": canceled", e);
      default ->
          e.getCause() instanceof ProaException cause
              ? cause
              : isDisk(e)
                  ? DiskFailure.of(what, e)
                  : new ProaException(ErrorClass.INVALID_ARGUMENT, "failed to register layer: " + what + ": " + e.getMessage(), e);
    };
  }

  private static boolean isDisk(IOException e) {
    String text = String.valueOf(e.getMessage());
    return e instanceof java.nio.file.FileSystemException || text.contains("No space left on device") || text.contains("Input/output error");
  }

  /**
   * Removes the given layers and those that are only their parents, topmost first, as long as the driver lets them go.
   *
   * @param removal decides about one and runs the removal if it may go
   * @return what was removed, with its size, in order
   */
  public Map<Digest, Long> remove(List<Digest> topmostFirst, Removal removal) {
    Map<Digest, Long> removed = new LinkedHashMap<>();
    for (Digest chainId : topmostFirst) {
      try {
        boolean gone =
            removal.unlessNeeded(
                chainId,
                () -> removeNow(chainId).ifPresent(size -> removed.put(chainId, size)));
        if (!gone || !removed.containsKey(chainId)) {
          // What lies below it is needed as well.
          break;
        }
      } catch (ProaException e) {
        LOG.warn("layer {} was not removed: {}", chainId, e.getMessage());
        break;
      }
    }
    return removed;
  }

  /** Runs a removal unless the layer is needed. */
  @FunctionalInterface
  public interface Removal {
    boolean unlessNeeded(Digest chainId, Runnable removal);
  }

  /** Its size; empty if it stays because containers stand on it, 0 if it was not there. */
  private Optional<Long> removeNow(Digest chainId) {
    try {
      return snapshots.use(
          driver -> {
            if (!exists(driver, chainId)) {
              return Optional.of(0L);
            }
            long size = driver.usage(chainId.value()).sizeBytes();
            try {
              driver.remove(chainId.value());
            } catch (ProaException e) {
              if (e.is(ErrorClass.FAILED_PRECONDITION)) {
                return Optional.empty();
              }
              throw e;
            }
            return Optional.of(size);
          });
    } catch (IOException e) {
      throw DiskFailure.of("cannot remove layer " + chainId, e);
    }
  }

  /**
   * Removes all layers that nobody needs: children before parents, until nothing more goes.
   *
   * @return whether all of them went
   */
  public boolean sweep(Predicate<Digest> needed, Removal removal) {
    List<SnapshotInfo> all;
    try {
      all =
          snapshots.use(
              driver -> {
                List<SnapshotInfo> found = new ArrayList<>();
                driver.walk(found::add);
                return found;
              });
    } catch (IOException e) {
      throw DiskFailure.of("cannot list the storage driver's layers", e);
    }
    Map<String, Integer> children = new HashMap<>();
    Map<String, SnapshotInfo> byKey = new HashMap<>();
    for (SnapshotInfo info : all) {
      byKey.put(info.key(), info);
      if (info.parent() != null) {
        children.merge(info.parent(), 1, Integer::sum);
      }
    }
    long left = all.stream().filter(info -> chainId(info).filter(id -> !needed.test(id)).isPresent()).count();
    Deque<SnapshotInfo> leaves = new ArrayDeque<>(all.stream().filter(info -> !children.containsKey(info.key())).toList());
    while (!leaves.isEmpty()) {
      SnapshotInfo leaf = leaves.poll();
      Optional<Digest> chainId = chainId(leaf);
      if (chainId.isEmpty() || needed.test(chainId.get()) || remove(List.of(chainId.get()), removal).isEmpty()) {
        continue;
      }
      left--;
      SnapshotInfo parent = leaf.parent() == null ? null : byKey.get(leaf.parent());
      if (parent != null && children.merge(parent.key(), -1, Integer::sum) == 0) {
        leaves.add(parent);
      }
    }
    return left <= 0;
  }

  /** The chain id of a layer that is ours. */
  private static Optional<Digest> chainId(SnapshotInfo info) {
    return info.kind() == Kind.LAYER ? Reference.asId(info.key()).map(Digest::new) : Optional.empty();
  }

  /** One layer being made. */
  private static final class Turn {
    final ReentrantLock lock = new ReentrantLock();
    int waiting;
  }

  private Turn enter(Digest chainId) {
    Turn turn;
    synchronized (turns) {
      turn = turns.computeIfAbsent(chainId, id -> new Turn());
      turn.waiting++;
    }
    try {
      turn.lock.lockInterruptibly();
      return turn;
    } catch (InterruptedException e) {
      release(chainId, turn);
      Thread.currentThread().interrupt();
      throw ProaException.unavailable("waiting for layer " + chainId + " was canceled", e);
    }
  }

  private void leave(Digest chainId, Turn turn) {
    turn.lock.unlock();
    release(chainId, turn);
  }

  private void release(Digest chainId, Turn turn) {
    synchronized (turns) {
      if (--turn.waiting == 0) {
        turns.remove(chainId);
      }
    }
  }
}
