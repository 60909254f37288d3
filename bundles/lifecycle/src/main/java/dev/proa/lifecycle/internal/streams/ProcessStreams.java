package dev.proa.lifecycle.internal.streams;

import dev.proa.lifecycle.containers.AttachRequest;
import dev.proa.lifecycle.containers.StreamType;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.abi.Poll;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.TaskStreams;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The standard streams of one process, from before its start (clients may attach then) to the last byte of its output. The process need not
 * be known at first: {@link #connect} brings the descriptors.
 */
public final class ProcessStreams implements AutoCloseable {
  private final Readiness readiness;
  private final boolean terminal;
  private final boolean stdinOnce;
  private final Runnable closeBackendStdin;
  private final Clients clients = new Clients();
  private final CountDownLatch drained = new CountDownLatch(1);

  /** Guards what follows; waited on by those who write before the process is there. */
  private final Object connecting = new Object();

  private @Nullable InputWriter input;
  private Readiness.@Nullable Watch[] outputs = {};
  private CountDownLatch readers = new CountDownLatch(0);
  private boolean stdinEnded;
  private boolean connected;
  private boolean closed;

  /** The descriptors are here, or will never be. */
  private boolean decided;

  /**
   * @param stdinOnce standard input ends with the first client's
   * @param closeBackendStdin closes the backend's own copy of standard input's write end
   */
  public ProcessStreams(Readiness readiness, boolean terminal, boolean stdinOnce, Runnable closeBackendStdin) {
    this.readiness = readiness;
    this.terminal = terminal;
    this.stdinOnce = stdinOnce;
    this.closeBackendStdin = closeBackendStdin;
  }

  public boolean terminal() {
    return terminal;
  }

  boolean stdinOnce() {
    return stdinOnce;
  }

  /** Takes the descriptors over and begins to read. */
  public void connect(TaskStreams streams, OutputLog log) {
    Fd stdin = owned(streams.stdin());
    Fd stdout = owned(streams.stdout());
    Fd stderr = owned(streams.stderr());
    synchronized (connecting) {
      if (connected || closed) {
        closeAll(stdin, stdout, stderr);
        return;
      }
      connected = true;
      try {
        if (stdin != null) {
          if (stdinEnded) {
            stdin.close();
          } else {
            input = new InputWriter(stdin, readiness.watch(stdin, Poll.EPOLLOUT));
          }
        }
      } catch (ErrnoException e) {
        closeAll(stdin, stdout, stderr);
        throw unreadable(e);
      }
      try {
        startReaders(stdout, stderr, log);
      } catch (ErrnoException e) {
        closeAll(stdin);
        throw unreadable(e);
      }
    }
    decide();
    if (stdinEnded && streams.stdin() >= 0) {
      closeBackendStdin.run();
    }
  }

  private ProaException unreadable(ErrnoException e) {
    clients.end();
    drained.countDown();
    decide();
    return ProaException.internal("cannot read the process's streams: " + e.getMessage(), e);
  }

  /** Takes both over, whatever becomes of them. */
  private void startReaders(@Nullable Fd stdout, @Nullable Fd stderr, OutputLog log) throws ErrnoException {
    CountDownLatch running = new CountDownLatch(2);
    readers = running;
    Readiness.Watch out = null;
    try {
      out = startReader(StreamType.STDOUT, stdout, log, running);
      outputs = new Readiness.@Nullable Watch[] {out, startReader(StreamType.STDERR, stderr, log, running)};
    } catch (ErrnoException e) {
      if (out != null) {
        out.end();
      } else if (stderr != null) {
        stderr.close();
      }
      throw e;
    }
  }

  /** A reader, for which there is no thread before there is something to read: most processes are silent on standard error, and many on both. */
  private Readiness.@Nullable Watch startReader(StreamType stream, @Nullable Fd source, OutputLog log, CountDownLatch running) throws ErrnoException {
    if (source == null) {
      ended(running);
      return null;
    }
    try {
      return readiness.watch(
          source,
          Poll.EPOLLIN,
          (watch, events) -> {
            if (watch.over() || !terminal && OutputReader.isSilentEnd(source, events)) {
              watch.close();
              source.close();
              ended(running);
            } else {
              OutputReader reader = new OutputReader(stream, source, watch, log, clients, terminal);
              Thread.startVirtualThread(() -> run(reader, running));
            }
          });
    } catch (ErrnoException e) {
      source.close();
      throw e;
    }
  }

  private void run(OutputReader reader, CountDownLatch running) {
    try {
      reader.run();
    } finally {
      ended(running);
    }
  }

  /** One of two streams is read to its end. */
  private void ended(CountDownLatch running) {
    running.countDown();
    if (running.getCount() == 0) { // both may see that: what follows may be done twice
      clients.end();
      drained.countDown();
    }
  }

  /** Waits until nothing is read any more after {@link #close}. */
  void awaitReaders() throws InterruptedException {
    readers.await();
  }

  private static @Nullable Fd owned(int number) {
    return number < 0 ? null : Fd.owning(number);
  }

  private static void closeAll(@Nullable Fd... fds) {
    for (Fd fd : fds) {
      if (fd != null) {
        fd.close();
      }
    }
  }

  /** {@code INVALID_ARGUMENT} for unknown keys. */
  public static void checkDetachKeys(@Nullable String text) {
    DetachKeys.parse(text);
  }

  /** Attaches a client; it gets what is output from now on. */
  public StreamAttachment attach(AttachRequest request, Runnable detached) {
    DetachKeys keys = request.stdin() && terminal ? DetachKeys.parse(request.detachKeys()) : null;
    OutputBuffer buffer = new OutputBuffer();
    if (request.stream()) {
      clients.add(buffer, request.stdout(), request.stderr());
    } else {
      buffer.end();
    }
    return new StreamAttachment(this, buffer, request.stream() && request.stdin(), keys, detached);
  }

  void detach(OutputBuffer buffer) {
    clients.remove(buffer);
    buffer.close();
    synchronized (connecting) {
      connecting.notifyAll();
    }
  }

  private void decide() {
    synchronized (connecting) {
      decided = true;
      connecting.notifyAll();
    }
  }

  /** A client may write before the start: it waits for it then. */
  void write(ByteBuffer data, OutputBuffer client) {
    InputWriter writer;
    synchronized (connecting) {
      try {
        while (!decided && !client.closed()) {
          connecting.wait();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      writer = input;
    }
    if (writer != null) {
      writer.write(data);
    }
    data.position(data.limit());
  }

  /** The process reads an end of file once it has read what was written. */
  void endInput() {
    InputWriter writer;
    boolean wasConnected;
    synchronized (connecting) {
      if (stdinEnded) {
        return;
      }
      stdinEnded = true;
      writer = input;
      input = null;
      wasConnected = connected;
    }
    if (writer != null) {
      writer.close();
    }
    if (wasConnected) {
      closeBackendStdin.run();
    }
  }

  /**
   * Waits until all output of a process that has ended was read and logged; slow clients do not hold that up any more.
   *
   * @return false if it was not in that time: something else holds the streams open
   */
  public boolean awaitDrained(Duration patience) {
    clients.widen();
    try {
      return drained.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Whether the process's descriptors are here. */
  public boolean connected() {
    synchronized (connecting) {
      return connected;
    }
  }

  /** The process will never be: clients are told the end. */
  public void abandon() {
    synchronized (connecting) {
      if (connected) {
        return;
      }
      closed = true;
    }
    decide();
    clients.end();
    drained.countDown();
  }

  /** Lets go of the descriptors. What was not read stays in the shim's. */
  @Override
  public void close() {
    InputWriter writer;
    synchronized (connecting) {
      closed = true;
      writer = input;
      input = null;
    }
    decide();
    if (writer != null) {
      writer.close();
    }
    for (Readiness.Watch watch : outputs) {
      if (watch != null) {
        watch.end();
      }
    }
    clients.end();
    drained.countDown();
  }
}
