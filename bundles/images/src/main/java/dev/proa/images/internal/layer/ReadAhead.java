package dev.proa.images.internal.layer;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * A stream that is read a little ahead on a thread of its own: a layer is inflated on one core while it is hashed and written on another. What it
 * holds is bounded, and what goes wrong comes out in its place in the stream, as it was thrown.
 */
final class ReadAhead extends InputStream {
  private static final int BUFFER = 256 << 10;
  private static final int AHEAD = 4;

  private final InputStream in;
  private final BlockingQueue<Chunk> full = new ArrayBlockingQueue<>(AHEAD);
  private final BlockingQueue<byte[]> empty = new ArrayBlockingQueue<>(AHEAD + 1);
  private final Thread reader;
  private @Nullable Chunk current;
  private int position;

  /**
   * @param length −1 at the end
   * @param failure what ended it; an IOException or a RuntimeException
   */
  private record Chunk(byte[] bytes, int length, @Nullable Exception failure) {}

  ReadAhead(InputStream in) {
    this.in = in;
    for (int i = 0; i <= AHEAD; i++) {
      empty.add(new byte[i == 0 ? BUFFER : 0]);
    }
    // Inflating never waits: on a virtual thread it would keep a carrier from all others.
    reader = Thread.ofPlatform().daemon().name("inflate").start(this::readOn);
  }

  private void readOn() {
    try {
      boolean more = true;
      while (more) {
        byte[] buffer = empty.take();
        // Small layers never need the others.
        Chunk chunk = next(buffer.length == 0 ? new byte[BUFFER] : buffer);
        more = chunk.length() >= 0 && chunk.failure() == null;
        full.put(chunk);
      }
    } catch (InterruptedException e) {
      // Closed: nobody reads any more.
      return;
    }
  }

  private Chunk next(byte[] buffer) {
    try {
      int count = in.readNBytes(buffer, 0, buffer.length);
      return new Chunk(buffer, count == 0 ? -1 : count, null);
    } catch (IOException | RuntimeException e) {
      return new Chunk(buffer, 0, e);
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
    Chunk chunk = chunk();
    if (chunk.failure() instanceof IOException failure) {
      throw failure;
    }
    if (chunk.failure() instanceof RuntimeException failure) {
      throw failure;
    }
    if (chunk.length() < 0) {
      return -1;
    }
    int count = Math.min(length, chunk.length() - position);
    System.arraycopy(chunk.bytes(), position, target, offset, count);
    position += count;
    return count;
  }

  /** The chunk to read from; one that ends the stream stays. */
  private Chunk chunk() throws IOException {
    Chunk chunk = current;
    if (chunk != null && (chunk.length() < 0 || chunk.failure() != null || position < chunk.length())) {
      return chunk;
    }
    if (chunk != null && !empty.offer(chunk.bytes())) {
      throw new IllegalStateException("more buffers than were made");
    }
    try {
      current = full.take();
      position = 0;
      return current;
    } catch (InterruptedException e) {
      current = null;
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("canceled").initCause(e);
    }
  }

  @Override
  public void close() throws IOException {
    reader.interrupt();
    boolean interrupted = false;
    while (true) {
      try {
        // Nothing may be read any more when what is below is closed.
        reader.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    in.close();
  }
}
