package dev.proa.api.http;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Bytes from the event loop to a blocking reader, in order and bounded: past {@code highWater} the connection stops reading from its
 * socket until half of it is gone.
 */
final class InboundBytes extends InputStream {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<ByteBuf> queue = new ArrayDeque<>();
  private final int highWater;
  private final Runnable drained;
  private int queued;
  private boolean full;
  private boolean complete;
  private boolean closed;
  private long received;
  private @Nullable IOException failure;
  private volatile @Nullable Duration patience;
  private @Nullable Runnable beforeFirstRead;

  /** @param drained called by the reader, outside the lock, when there is room again */
  InboundBytes(int highWater, Runnable drained) {
    this.highWater = highWater;
    this.drained = drained;
  }

  /** How long a read waits for the client's next bytes; null for ever. */
  void patience(@Nullable Duration newPatience) {
    patience = newPatience;
  }

  /** To be run by the first read that finds the body incomplete: sends {@code 100 Continue}. */
  void beforeFirstRead(Runnable action) {
    beforeFirstRead = action;
  }

  /** Takes over the buffer. On the event loop. */
  void offer(ByteBuf bytes) {
    lock.lock();
    try {
      received += bytes.readableBytes();
      if (closed || complete || failure != null || !bytes.isReadable()) {
        bytes.release();
        return;
      }
      queue.add(bytes);
      queued += bytes.readableBytes();
      full = queued >= highWater;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The last byte was offered. */
  void complete() {
    lock.lock();
    try {
      complete = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** What follows will never come; what was offered can still be read. Without effect once complete. */
  void fail(IOException cause) {
    lock.lock();
    try {
      if (!complete && failure == null) {
        failure = cause;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  boolean isComplete() {
    lock.lock();
    try {
      return complete;
    } finally {
      lock.unlock();
    }
  }

  boolean failed() {
    lock.lock();
    try {
      return failure != null;
    } finally {
      lock.unlock();
    }
  }

  /** Whether the socket should not be read for now. */
  boolean isFull() {
    lock.lock();
    try {
      return full && !closed;
    } finally {
      lock.unlock();
    }
  }

  long received() {
    lock.lock();
    try {
      return received;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    boolean room;
    int count;
    lock.lock();
    try {
      if (queue.isEmpty() && !complete && failure == null && beforeFirstRead != null) {
        beforeFirstRead.run();
      }
      beforeFirstRead = null;
      awaitBytes();
      if (queue.isEmpty()) {
        if (complete) {
          return -1;
        }
        throw failure != null ? new IOException(failure.getMessage(), failure) : new IOException("the stream is closed");
      }
      ByteBuf head = queue.getFirst();
      count = Math.min(length, head.readableBytes());
      head.readBytes(target, offset, count);
      if (!head.isReadable()) {
        queue.removeFirst().release();
      }
      queued -= count;
      room = full && queued <= highWater / 2;
      full &= !room;
    } finally {
      lock.unlock();
    }
    if (room) {
      drained.run();
    }
    return count;
  }

  private void awaitBytes() throws IOException {
    Duration limit = patience;
    long left = limit == null ? Long.MAX_VALUE : limit.toNanos();
    while (queue.isEmpty() && !complete && failure == null && !closed) {
      try {
        if (limit == null) {
          changed.await();
        } else if (left <= 0) {
          throw new BodyTimeoutException(limit);
        } else {
          left = changed.awaitNanos(left);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while waiting for the client's bytes");
      }
    }
  }

  /** Reads to the end and drops it, or until {@code limit} bytes were dropped; how many there were. */
  long skipToEnd(long limit) throws IOException {
    byte[] buffer = new byte[4096];
    long skipped = 0;
    for (int n = read(buffer); n >= 0; n = read(buffer)) {
      skipped += n;
      if (skipped >= limit) {
        break;
      }
    }
    return skipped;
  }

  @Override
  public int available() {
    lock.lock();
    try {
      return queued;
    } finally {
      lock.unlock();
    }
  }

  /** What has come and what will come is dropped. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      queue.forEach(ByteBuf::release);
      queue.clear();
      queued = 0;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    drained.run();
  }

  /** The client has sent nothing of its body for too long. */
  static final class BodyTimeoutException extends IOException {
    private static final long serialVersionUID = 1L;

    BodyTimeoutException(Duration limit) {
      super("the request body is incomplete and nothing came for " + TimeUnit.NANOSECONDS.toSeconds(limit.toNanos()) + " seconds");
    }
  }
}
