package dev.proa.lifecycle.internal.streams;

import dev.proa.lifecycle.containers.Attachment;
import dev.proa.lifecycle.containers.OutputSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A client attached to a process's streams. */
public final class StreamAttachment implements Attachment {
  private final ProcessStreams streams;
  private final OutputBuffer buffer;
  private final boolean stdin;
  private final @Nullable DetachKeys keys;
  private final Runnable detached;
  private volatile @Nullable Replay replay;
  private volatile @Nullable Runnable end;

  StreamAttachment(ProcessStreams streams, OutputBuffer buffer, boolean stdin, @Nullable DetachKeys keys, Runnable detached) {
    this.streams = streams;
    this.buffer = buffer;
    this.stdin = stdin;
    this.keys = keys;
    this.detached = detached;
  }

  /** What is passed before the live output: the log so far. */
  @FunctionalInterface
  public interface Replay {
    void pump(OutputSink sink) throws IOException;
  }

  public StreamAttachment after(Replay before) {
    replay = before;
    return this;
  }

  /** What is waited for once all output was passed: that the exit code is known when the client asks for it. */
  public StreamAttachment until(Runnable awaitEnd) {
    end = awaitEnd;
    return this;
  }

  @Override
  public boolean tty() {
    return streams.terminal();
  }

  @Override
  public void pump(OutputSink sink) throws IOException {
    Replay before = replay;
    if (before != null) {
      before.pump(sink);
    }
    buffer.pump(sink);
    Runnable last = end;
    if (last != null && !buffer.closed()) {
      last.run();
    }
  }

  @Override
  public void stdin(ByteBuffer data) {
    if (!stdin) {
      data.position(data.limit());
      return;
    }
    if (keys == null) {
      streams.write(data, buffer);
      return;
    }
    byte[] typed = new byte[data.remaining()];
    data.get(typed);
    streams.write(ByteBuffer.wrap(keys.filter(typed)), buffer);
    if (keys.detached()) {
      detached.run();
      close();
    }
  }

  @Override
  public void stdinEof() {
    if (!stdin) {
      return;
    }
    if (streams.stdinOnce() && !streams.terminal()) {
      streams.endInput();
    } else {
      // As Docker: a client whose input is over is done where the input itself must stay open for others.
      streams.detach(buffer);
    }
  }

  @Override
  public void close() {
    streams.detach(buffer);
  }
}
