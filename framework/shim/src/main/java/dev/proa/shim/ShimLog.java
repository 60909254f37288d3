package dev.proa.shim;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** {@code shim.log}, and {@code shim.log.1} before it: at most 1 MiB each. Standard output and error lead here too, for what the JVM says itself. */
final class ShimLog implements AutoCloseable {
  private static final long LIMIT = 1 << 20;

  private final Path file;
  private boolean standardStreams;
  private Fd out;
  private long size;

  /** @param standardStreams whether standard output and error lead here from the start */
  ShimLog(Path file, boolean standardStreams) throws ErrnoException {
    this.file = file;
    this.standardStreams = standardStreams;
    out = open();
  }

  synchronized void takeStandardStreams() throws ErrnoException {
    standardStreams = true;
    redirect(out);
  }

  synchronized void info(String message) {
    write("info " + message);
  }

  synchronized void error(String message, Throwable cause) {
    StringWriter trace = new StringWriter();
    cause.printStackTrace(new PrintWriter(trace));
    write("error " + message + ": " + trace);
  }

  private void write(String message) {
    byte[] line = (Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + message.stripTrailing() + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      if (size + line.length > LIMIT && size > 0) {
        Fs.renameat2(Fd.cwd(), file.toString(), Fd.cwd(), file + ".1", 0);
        out.close();
        out = open();
      }
      Io.writeFully(out, line);
      size += line.length;
    } catch (ErrnoException e) {
      // A full disk must not stop containers from being parented; there is nobody left to tell.
      size = 0;
    }
  }

  private Fd open() throws ErrnoException {
    Fd fd = Fs.openat(Fd.cwd(), file.toString(), Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_APPEND, 0600);
    size = Fs.fstat(fd).size();
    if (standardStreams) {
      redirect(fd);
    }
    return fd;
  }

  private static void redirect(Fd fd) throws ErrnoException {
    Io.dup3(fd, Fd.borrowed(1), 0);
    Io.dup3(fd, Fd.borrowed(2), 0);
  }

  @Override
  public synchronized void close() {
    out.close();
  }
}
