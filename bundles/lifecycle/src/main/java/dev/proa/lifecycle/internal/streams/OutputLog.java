package dev.proa.lifecycle.internal.streams;

import dev.proa.lifecycle.containers.StreamType;
import java.time.Instant;

/** Where a process's output is kept. */
public interface OutputLog {
  /**
   * Keeps as much of the bytes as can be kept already: whole lines, and lines that are too long for one entry in pieces.
   *
   * @param end nothing follows: all of it is to be kept
   * @return how many bytes, from the first, are kept; the others will be given again together with what follows them
   */
  int append(StreamType stream, byte[] bytes, int length, boolean end, Instant time);

  /** Keeps nothing. */
  OutputLog NONE = (stream, bytes, length, end, time) -> length;
}
