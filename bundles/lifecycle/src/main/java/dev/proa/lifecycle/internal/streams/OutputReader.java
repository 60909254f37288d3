package dev.proa.lifecycle.internal.streams;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.proa.lifecycle.containers.StreamType;
import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import dev.proa.linux.Pipe;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Poll;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one output stream of a process: bytes go to the log first, then to the attached clients, and only then are they taken out of the
 * pipe, by tee(2). So a daemon that is killed loses nothing: what was not logged is still in the pipe, which the shim holds open. A line that
 * has not ended yet is shown to clients but stays in the pipe until it ends, is too long, or the stream ends.
 *
 * <p>A terminal cannot be teed: there the bytes in flight are in memory.
 */
final class OutputReader {
  private static final Logger LOG = LoggerFactory.getLogger(OutputReader.class);
  static final int CHUNK = 65536;

  /** So much in the pipe that a writer may have been waiting for room. */
  private static final int CROWDED = 24576;

  private static final int SCRATCH = 32768;

  private static final long FIRST_PAUSE_NS = 50_000;
  private static final long CROWDED_PAUSE_NS = 20_000_000;
  private static final long LONGEST_PAUSE_NS = 1_000_000_000;

  /** Linux {@code asm-generic/ioctls.h}: how many bytes can be read. */
  private static final long FIONREAD = 0x541B;

  private final StreamType stream;
  private final Fd source;
  private final Readiness.Watch watch;
  private final OutputLog log;
  private final Clients clients;
  private final boolean terminal;
  private final byte[] bytes = new byte[CHUNK];

  /** How many bytes at the pipe's head were already shown to clients. */
  private int shown;

  /** The last new bytes filled much of the pipe. */
  private boolean crowded;

  private long pauseNs = FIRST_PAUSE_NS;

  /** No writer is left: what the pipe holds now is all that will ever be. */
  private boolean hungUp;

  OutputReader(StreamType stream, Fd source, Readiness.Watch watch, OutputLog log, Clients clients, boolean terminal) {
    this.stream = stream;
    this.source = source;
    this.watch = watch;
    this.log = log;
    this.clients = clients;
    this.terminal = terminal;
  }

  /** Whether a pipe is at its end and holds nothing. */
  static boolean isSilentEnd(Fd source, int events) {
    if ((events & Poll.EPOLLHUP) == 0) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment available = arena.allocate(JAVA_INT);
      Io.ioctl(source, FIONREAD, available);
      return available.get(JAVA_INT, 0) == 0;
    } catch (ErrnoException e) {
      return false; // its reader will meet that too
    }
  }

  /** Reads until the stream's end or the watch's. The descriptor is closed in the end. */
  void run() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(CHUNK);
      if (terminal) {
        fromTerminal(buffer);
      } else if (log == OutputLog.NONE) {
        unlogged(buffer);
      } else {
        fromPipe(buffer, arena.allocate(JAVA_INT));
      }
    } catch (IOException e) {
      LOG.error("{} is read no more: {}", stream, e.getMessage());
    } finally {
      watch.close();
      source.close();
    }
  }

  private void fromPipe(MemorySegment buffer, MemorySegment available) throws IOException {
    try (Pipe scratch = Io.pipe2(Fcntl.O_CLOEXEC | Fcntl.O_NONBLOCK)) {
      // With fewer slots than a process's pipe has: a pipe that is full, be it of single bytes, always holds more than was teed.
      Io.fcntl(scratch.writeEnd(), Fcntl.F_SETPIPE_SZ, SCRATCH);
      boolean more = false;
      while (true) {
        // Before the look into the pipe: a writer that leaves afterwards is seen in the next round.
        boolean complete = hungUp;
        int n = peek(scratch, buffer);
        if (n > shown) {
          crowded = n >= CROWDED;
          pauseNs = FIRST_PAUSE_NS;
          accept(buffer, n, false);
          more = false;
        } else if (n > 0 && (complete || more)) {
          // An unfinished line, and nobody will finish it; or it lies in so many small pieces that no more can be teed.
          accept(buffer, n, true);
          more = false;
        } else if (n > 0 && moreThan(n, available)) {
          // Either it cannot be teed, or it has come since: the next look tells.
          more = true;
        } else if (n == 0 && complete || !awaitEvent(n > 0)) {
          return;
        }
      }
    }
  }

  /** The pipe's first bytes, which stay in it; 0 if it is empty. */
  private int peek(Pipe scratch, MemorySegment buffer) throws ErrnoException {
    long n;
    try {
      n = Io.tee(source, scratch.writeEnd(), CHUNK, Fcntl.SPLICE_F_NONBLOCK);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EAGAIN || e.errno() == Errno.EINTR) {
        return 0;
      }
      throw e;
    }
    if (n == 0) {
      // Empty and without writers.
      hungUp = true;
    }
    for (long read = 0; read < n; ) {
      read += Io.read(scratch.readEnd(), buffer.asSlice(read, n - read));
    }
    return (int) n;
  }

  /**
   * Waits for more.
   *
   * @param unfinished whether bytes were left in the pipe: a writer in the midst of one large write(2) wakes readers only if it found the pipe
   *     empty when it went on (fs/pipe.c, pipe_write), so then this looks again by itself, soon if the pipe was well filled, else seldom
   * @return false once this reader is to end
   */
  private boolean awaitEvent(boolean unfinished) {
    if (hungUp) {
      return !watch.over();
    }
    int events = unfinished ? watch.await(pauseNs) : watch.await();
    pauseNs = Math.min(pauseNs * 2, crowded ? CROWDED_PAUSE_NS : LONGEST_PAUSE_NS);
    hungUp |= (events & (Poll.EPOLLHUP | Poll.EPOLLERR)) != 0;
    return !watch.over();
  }

  private boolean moreThan(int n, MemorySegment available) throws ErrnoException {
    Io.ioctl(source, FIONREAD, available);
    return available.get(JAVA_INT, 0) > n;
  }

  private void accept(MemorySegment buffer, int n, boolean end) throws ErrnoException {
    MemorySegment.copy(buffer, JAVA_BYTE, 0, bytes, 0, n);
    int kept = log.append(stream, bytes, n, end, Instant.now());
    if (n > shown) {
      clients.write(stream, bytes, shown, n - shown);
    }
    for (long taken = 0; taken < kept; ) {
      taken += Io.read(source, buffer.asSlice(0, kept - taken));
    }
    shown = n - kept;
  }

  private void unlogged(MemorySegment buffer) throws IOException {
    for (int n = read(buffer); n > 0; n = read(buffer)) {
      MemorySegment.copy(buffer, JAVA_BYTE, 0, bytes, 0, n);
      clients.write(stream, bytes, 0, n);
    }
  }

  private void fromTerminal(MemorySegment buffer) throws IOException {
    int held = 0;
    while (true) {
      int n = read(buffer.asSlice(0, CHUNK - held));
      if (n <= 0) {
        if (held > 0) {
          log.append(stream, bytes, held, true, Instant.now());
        }
        return;
      }
      MemorySegment.copy(buffer, JAVA_BYTE, 0, bytes, held, n);
      int kept = log.append(stream, bytes, held + n, false, Instant.now());
      clients.write(stream, bytes, held, n);
      held = held + n - kept;
      System.arraycopy(bytes, kept, bytes, 0, held);
    }
  }

  /** Reads once there is something; 0 at the end (of a terminal: EIO once nobody has the other side open). */
  private int read(MemorySegment buffer) throws IOException {
    while (true) {
      try {
        return (int) Io.read(source, buffer);
      } catch (ErrnoException e) {
        if (e.errno() == Errno.EIO) {
          return 0;
        }
        if (e.errno() != Errno.EAGAIN) {
          throw e;
        }
        if (watch.await() == 0 && watch.over()) {
          return 0;
        }
      }
    }
  }
}
