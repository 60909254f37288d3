package dev.proa.lifecycle.internal.streams;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The engine's end of a process's standard input, shared by all who are attached. */
final class InputWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(InputWriter.class);
  private static final int CHUNK = 65536;

  private final Fd target;
  private final Readiness.Watch watch;
  private final ReentrantLock lock = new ReentrantLock();

  InputWriter(Fd target, Readiness.Watch watch) {
    this.target = target;
    this.watch = watch;
  }

  /** Blocks while the process does not read. False once nobody can read it any more. */
  boolean write(ByteBuffer data) {
    lock.lock();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment chunk = arena.allocate(Math.max(1, Math.min(CHUNK, data.remaining())));
      while (data.hasRemaining()) {
        int length = (int) Math.min(chunk.byteSize(), data.remaining());
        MemorySegment.copy(MemorySegment.ofBuffer(data), 0, chunk, 0, length);
        for (long written = 0; written < length; ) {
          if (!target.isOpen() || watch.over()) {
            return false;
          }
          try {
            written += Io.write(target, chunk.asSlice(written, length - written));
          } catch (ErrnoException e) {
            if (e.errno() == Errno.EAGAIN) {
              watch.await();
            } else {
              // EPIPE and EIO: the process has closed its end or is gone.
              LOG.debug("standard input ends: {}", e.getMessage());
              return false;
            }
          }
        }
        data.position(data.position() + length);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Closes the descriptor; a writer that waits gives up first. */
  @Override
  public void close() {
    watch.end();
    lock.lock();
    try {
      watch.close();
      target.close();
    } finally {
      lock.unlock();
    }
  }
}
