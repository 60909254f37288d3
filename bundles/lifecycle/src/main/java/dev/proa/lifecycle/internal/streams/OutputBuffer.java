package dev.proa.lifecycle.internal.streams;

import dev.proa.lifecycle.containers.OutputSink;
import dev.proa.lifecycle.containers.StreamType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What a process has output and one client has not taken yet: at most 1 MiB. When it is full, the process waits, so that nothing is lost
 * ({@code docker run … | slow}); but not for ever: a client that takes nothing at all for ten minutes is let go. Once the process has ended, nobody waits for a
 * client any more: what the pipes can still hold finds room too.
 */
public final class OutputBuffer {
  static final int CAPACITY = 1 << 20;

  /** Two pipes as large as a process may make them (fs.pipe-max-size), and what their readers have in their hands. */
  private static final int LAST_WORDS = (2 << 20) + 2 * OutputReader.CHUNK;

  static final Duration PATIENCE = Duration.ofMinutes(10);

  private record Chunk(StreamType stream, byte[] bytes) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();
  private int size;
  private int capacity = CAPACITY;
  private boolean ended;
  private boolean closed;

  /**
   * Adds a copy of the bytes, waiting for room.
   *
   * @return false once the client is gone or was let go
   */
  public boolean offer(StreamType stream, byte[] bytes, int offset, int length) {
    lock.lock();
    try {
      long patience = PATIENCE.toNanos();
      // A chunk goes in whole once there is any room: chunks are 64 KiB at most.
      while (size >= capacity && !closed) {
        int before = size;
        patience = changed.awaitNanos(patience);
        if (size != before) {
          patience = PATIENCE.toNanos();
        } else if (patience <= 0) {
          close();
        }
      }
      if (closed || ended) {
        return !closed;
      }
      byte[] copy = new byte[length];
      System.arraycopy(bytes, offset, copy, 0, length);
      chunks.add(new Chunk(stream, copy));
      size += length;
      changed.signalAll();
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      close();
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** The process has ended: what it left in its pipes has to be read soon, however slow the client is. */
  void widen() {
    lock.lock();
    try {
      capacity = CAPACITY + LAST_WORDS;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** No more output comes; what is here is still passed on. */
  public void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The client is gone. */
  public void close() {
    lock.lock();
    try {
      closed = true;
      chunks.clear();
      size = 0;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean closed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Passes everything on until the end. */
  public void pump(OutputSink sink) throws IOException {
    for (Chunk chunk = take(); chunk != null; chunk = take()) {
      sink.write(chunk.stream(), ByteBuffer.wrap(chunk.bytes()));
      sink.flush();
    }
  }

  private @Nullable Chunk take() {
    lock.lock();
    try {
      while (chunks.isEmpty() && !ended && !closed) {
        changed.await();
      }
      Chunk chunk = chunks.poll();
      if (chunk != null) {
        size -= chunk.bytes().length;
        changed.signalAll();
      }
      return chunk;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    } finally {
      lock.unlock();
    }
  }
}
