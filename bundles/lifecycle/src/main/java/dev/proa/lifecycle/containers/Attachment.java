package dev.proa.lifecycle.containers;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A client's end of a process's streams. {@link #pump} belongs to one thread, standard input to another; {@link #close} may come from any. */
public interface Attachment extends AutoCloseable {

  /** Whether the process has a terminal: output is then one raw stream. */
  boolean tty();

  /**
   * Passes output to the sink until it ends: the process has ended and all its output was passed, the client detached by its keys, or
   * {@link #close} was called.
   *
   * @throws IOException the sink's; the attachment is then to be closed
   */
  void pump(OutputSink sink) throws IOException;

  /** Writes to standard input, blocking while the process does not read. Without standard input, or after its end, the data is dropped. */
  void stdin(ByteBuffer data);

  /** The client's half-close: the process reads an end of file if the container's standard input is for one client only. */
  void stdinEof();

  /** Lets go. The process goes on. Idempotent. */
  @Override
  void close();
}
