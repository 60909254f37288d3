package dev.proa.vmm.legacy;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a guest prints: the last of it is kept for messages, all of it goes to a descriptor by a thread of its own. A reader that is slow or gone costs
 * output, never a vCPU's time.
 */
public final class SerialOutput implements AutoCloseable {
  private static final int TAIL = 8192;
  private static final int PENDING = 1 << 16;
  private static final long LAST_WORDS_MILLIS = 500;

  private final byte[] tail = new byte[TAIL];
  private final byte[] pending = new byte[PENDING];
  private final @Nullable Thread writer;
  private int tailLength;
  private int tailNext;
  private int pendingStart;
  private int pendingLength;
  private long bytes;
  private long dropped;
  private boolean closed;
  private boolean writing;

  /** Takes ownership of the descriptor. */
  public SerialOutput(@Nullable Fd destination) {
    writer = destination == null ? null : Thread.ofPlatform().daemon().name("serial").start(() -> copy(destination));
  }

  synchronized void put(byte b) {
    bytes++;
    tail[tailNext] = b;
    tailNext = (tailNext + 1) % TAIL;
    tailLength = Math.min(TAIL, tailLength + 1);
    if (writer == null) {
      return;
    }
    if (closed || pendingLength == PENDING) {
      dropped++;
      return;
    }
    pending[(pendingStart + pendingLength) % PENDING] = b;
    if (pendingLength++ == 0) {
      notifyAll();
    }
  }

  public synchronized long bytes() {
    return bytes;
  }

  public synchronized long dropped() {
    return dropped;
  }

  /** The last of what was written, at most 8 KiB. */
  public synchronized byte[] tail() {
    byte[] copy = new byte[tailLength];
    int start = Math.floorMod(tailNext - tailLength, TAIL);
    for (int i = 0; i < tailLength; i++) {
      copy[i] = tail[(start + i) % TAIL];
    }
    return copy;
  }

  private void copy(Fd destination) {
    try (destination) {
      while (true) {
        byte[] some = take();
        if (some.length == 0) {
          return;
        }
        Io.writeFully(destination, some);
      }
    } catch (ErrnoException e) {
      // The reader is gone: the tail still tells.
      synchronized (this) {
        closed = true;
        dropped += pendingLength;
        pendingLength = 0;
      }
    } finally {
      synchronized (this) {
        writing = false;
        notifyAll();
      }
    }
  }

  /** What waits, at least a byte; nothing when it is closed and all was written. */
  private synchronized byte[] take() {
    writing = false;
    notifyAll();
    try {
      while (pendingLength == 0 && !closed) {
        wait();
      }
    } catch (InterruptedException e) {
      return new byte[0];
    }
    int n = Math.min(pendingLength, PENDING - pendingStart);
    byte[] some = Arrays.copyOfRange(pending, pendingStart, pendingStart + n);
    pendingStart = (pendingStart + n) % PENDING;
    pendingLength -= n;
    writing = n > 0;
    return some;
  }

  /** Waits a little for the reader to take the rest. */
  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
    long deadline = System.nanoTime() + LAST_WORDS_MILLIS * 1_000_000;
    try {
      while (writer != null && (pendingLength > 0 || writing)) {
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          return;
        }
        wait(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
