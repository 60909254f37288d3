package dev.proa.images.internal.content;

import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A blob on its way into the content store: a temporary file in the same file system, hashed while it is written. One thread writes;
 * others may {@linkplain #follow follow} what has come so far, and see its end only once the whole was verified. Closing it without a
 * commit leaves nothing behind.
 */
public final class Ingest implements AutoCloseable {
  /** So much is gathered before the disk is told to begin with it. */
  private static final int WRITEBACK = 8 << 20;

  private final ContentStore store;
  private final Path file;
  private final FileChannel channel;
  private final MessageDigest hash = Digest.sha256();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition grown = lock.newCondition();
  private long written;
  /** Up to where the disk was told to begin; the writer's own. */
  private long begun;
  private boolean verified;
  private @Nullable Throwable failure;
  private boolean committed;
  private @Nullable Digest digest;

  Ingest(ContentStore store, Path folder) {
    this.store = store;
    this.file = folder.resolve(UUID.randomUUID().toString());
    try {
      channel =
          FileChannel.open(
              file,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (IOException e) {
      throw DiskFailure.of("cannot create " + file, e);
    }
  }

  public void write(byte[] bytes, int offset, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    hash.update(bytes, offset, length);
    lock.lock();
    try {
      written += length;
      grown.signalAll();
    } finally {
      lock.unlock();
    }
    if (written() - begun >= WRITEBACK) {
      beginWriteback(written());
    }
  }

  /** What the disk has begun with early, the syncs at the end of a blob and of a layer need not wait for. */
  private void beginWriteback(long end) throws IOException {
    try (Fd blob = Fs.open(file.toString(), Fcntl.O_RDONLY)) {
      Io.startWriteback(blob, begun, end - begun);
    }
    begun = end;
  }

  /** Bytes so far. */
  public long written() {
    lock.lock();
    try {
      return written;
    } finally {
      lock.unlock();
    }
  }

  /** Ends writing and says what it was. It takes no open file from then on, only its bytes on the disk. */
  public Digest seal() throws IOException {
    if (digest == null) {
      digest = Digest.of(hash);
      channel.close();
    }
    return digest;
  }

  /**
   * Ends writing and compares; followers then see the end.
   *
   * @param size -1 if unknown
   * @throws DigestMismatch if it is something else
   */
  public void verify(Digest expected, long size) throws IOException {
    Digest actual = seal();
    if (!actual.equals(expected) || (size >= 0 && size != written())) {
      throw new DigestMismatch(expected, size, actual, written());
    }
    lock.lock();
    try {
      verified = true;
      grown.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Writes it to the disk for good and gives it its name. Idempotent. */
  public Digest commit() throws IOException {
    Digest name = seal();
    if (isCommitted()) {
      return name;
    }
    try (FileChannel whole = FileChannel.open(file, StandardOpenOption.WRITE)) {
      whole.force(true);
    }
    lock.lock();
    try {
      store.publish(file, name);
      committed = true;
      verified = true;
      grown.signalAll();
    } finally {
      lock.unlock();
    }
    return name;
  }

  /** Tells followers that there will be no more. */
  public void fail(Throwable cause) {
    lock.lock();
    try {
      if (failure == null && !verified) {
        failure = cause;
        grown.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Its bytes from the start, for a reader of its own: while it is being written reads wait for bytes to come, and the end is seen once
   * all was verified. May be called again, also after the commit; what was opened outlives this object.
   */
  public InputStream follow() throws IOException {
    lock.lock();
    try {
      if (failure != null) {
        throw failure instanceof IOException io ? io : new IOException(failure.getMessage(), failure);
      }
      return committed ? store.open(seal()) : new Follower(FileChannel.open(file, StandardOpenOption.READ));
    } finally {
      lock.unlock();
    }
  }

  /** Its bytes from the start once it is sealed. */
  public InputStream reopen() throws IOException {
    lock.lock();
    try {
      return committed ? store.open(seal()) : Files.newInputStream(file);
    } finally {
      lock.unlock();
    }
  }

  private boolean isCommitted() {
    lock.lock();
    try {
      return committed;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    fail(new IOException("the transfer was given up"));
    channel.close();
    if (!isCommitted()) {
      Files.deleteIfExists(file);
    }
  }

  private final class Follower extends InputStream {
    private final FileChannel source;
    private long position;
    private boolean closed;

    Follower(FileChannel source) {
      this.source = source;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      long available = await();
      if (available == 0) {
        return -1;
      }
      int count = source.read(ByteBuffer.wrap(bytes, offset, (int) Math.min(length, available)), position);
      if (count < 0) {
        throw new IOException(file + " became shorter while it was read");
      }
      position += count;
      return count;
    }

    /** Waits for bytes; 0 at the verified end. */
    private long await() throws IOException {
      try {
        lock.lockInterruptibly();
        try {
          while (written == position && !verified && failure == null && !closed) {
            grown.await();
          }
          if (closed) {
            throw new IOException("closed");
          }
          // What has come is of no use once the rest cannot come.
          if (failure != null) {
            throw failure instanceof IOException io ? io : new IOException(failure.getMessage(), failure);
          }
          return written - position;
        } finally {
          lock.unlock();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw (IOException) new InterruptedIOException("interrupted").initCause(e);
      }
    }

    /** Also ends a read that waits on another thread. */
    @Override
    public void close() throws IOException {
      lock.lock();
      try {
        closed = true;
        grown.signalAll();
      } finally {
        lock.unlock();
      }
      source.close();
    }
  }
}
