package dev.proa.lifecycle.containers;

import java.io.IOException;

/** A container's log on its way to a client. */
public interface LogStream extends AutoCloseable {

  /** Whether the container has a terminal: the stream is then raw. */
  boolean tty();

  /** Passes the log to the sink until its end (when following: until the container has ended or {@link #close}). */
  void pump(OutputSink sink) throws IOException;

  /** Ends {@link #pump} soon. May come from any thread. Idempotent. */
  @Override
  void close();
}
