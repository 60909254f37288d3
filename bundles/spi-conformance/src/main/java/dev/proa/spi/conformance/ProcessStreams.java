package dev.proa.spi.conformance;

import static org.assertj.core.api.Assertions.fail;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Poll;
import dev.proa.spi.isolation.TaskStreams;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The engine's ends of a process's streams, with patience and an end. */
public final class ProcessStreams implements AutoCloseable {
  private static final long PATIENCE_MILLIS = 30_000;
  private static final int MAX_BYTES = 64 << 20;

  private final @Nullable Fd stdin;
  private final @Nullable Fd stdout;
  private final @Nullable Fd stderr;
  private final boolean terminal;

  public ProcessStreams(TaskStreams streams) {
    stdin = streams.stdin() < 0 ? null : Fd.owning(streams.stdin());
    stdout = streams.stdout() < 0 ? null : Fd.owning(streams.stdout());
    stderr = streams.stderr() < 0 ? null : Fd.owning(streams.stderr());
    terminal = streams.terminal();
  }

  public boolean hasStdin() {
    return stdin != null;
  }

  public boolean hasStderr() {
    return stderr != null;
  }

  public boolean isTerminal() {
    return terminal;
  }

  public void write(String text) throws ErrnoException {
    Io.writeFully(open(stdin), text.getBytes(StandardCharsets.UTF_8));
  }

  public void closeStdin() {
    open(stdin).close();
  }

  /** Everything up to the end of standard output. */
  public String stdoutToEnd() throws ErrnoException {
    return read(open(stdout), null);
  }

  /** Standard output until the text has come. */
  public String stdoutUntil(String text) throws ErrnoException {
    return read(open(stdout), text);
  }

  public String stderrToEnd() throws ErrnoException {
    return read(open(stderr), null);
  }

  private static Fd open(@Nullable Fd fd) {
    return fd != null ? fd : fail("the process has no such stream");
  }

  private static String read(Fd fd, @Nullable String until) throws ErrnoException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] buffer = new byte[65536];
    long deadline = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
    while (until == null || !out.toString(StandardCharsets.UTF_8).contains(until)) {
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0 || out.size() > MAX_BYTES) {
        fail("the stream did not come to %s; it gave \"%s\"", until == null ? "its end" : '"' + until + '"', out);
      }
      if (Io.poll(List.of(new Io.PollFor(fd, Poll.POLLIN)), left)[0] == 0) {
        continue;
      }
      int n;
      try {
        n = Io.read(fd, buffer, 0, buffer.length);
      } catch (ErrnoException e) {
        if (e.errno() == Errno.EAGAIN) {
          continue;
        }
        if (e.errno() == Errno.EIO) { // how a terminal's master says that nobody is at the other end any more
          n = 0;
        } else {
          throw e;
        }
      }
      if (n == 0) {
        if (until != null) {
          fail("the stream ended before \"%s\"; it gave \"%s\"", until, out);
        }
        break;
      }
      out.write(buffer, 0, n);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    for (Fd fd : new Fd[] {stdin, stdout, stderr}) {
      if (fd != null) {
        fd.close();
      }
    }
  }
}
