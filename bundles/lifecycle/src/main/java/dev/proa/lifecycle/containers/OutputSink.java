package dev.proa.lifecycle.containers;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where output goes: a client's connection. */
@FunctionalInterface
public interface OutputSink {
  /**
   * Writes all of it, blocking while the client is slow.
   *
   * @param data only valid during the call
   * @throws IOException if the client is gone
   */
  void write(StreamType stream, ByteBuffer data) throws IOException;

  /** Nothing more is at hand: what was written is to be on its way now. */
  default void flush() throws IOException {}
}
