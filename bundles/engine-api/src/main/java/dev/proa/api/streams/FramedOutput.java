package dev.proa.api.streams;

import dev.proa.lifecycle.containers.OutputSink;
import dev.proa.lifecycle.containers.StreamType;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/**
 * Output of a process on its way to a client: as it is for a terminal, else with a header of eight bytes before each piece, {@code
 * [stream, 0, 0, 0, length as 32 bits big-endian]} (Engine API, ContainerAttach).
 */
public final class FramedOutput implements OutputSink {
  private static final int HEADER_BYTES = 8;

  /** Pieces stay small enough that a client can start with them before all has come. */
  private static final int MAX_PIECE_BYTES = 64 << 10;

  private final OutputStream out;
  private final boolean raw;

  /** One piece with its header; grows to the largest that was sent. */
  private byte[] frame = new byte[512];

  public FramedOutput(OutputStream out, boolean raw) {
    this.out = out;
    this.raw = raw;
  }

  @Override
  public void write(StreamType stream, ByteBuffer data) throws IOException {
    while (data.hasRemaining()) {
      int length = Math.min(data.remaining(), MAX_PIECE_BYTES);
      int header = raw ? 0 : HEADER_BYTES;
      if (frame.length < header + length) {
        frame = new byte[Math.min(HEADER_BYTES + MAX_PIECE_BYTES, 2 * (header + length))];
      }
      if (!raw) {
        frame[0] = (byte) stream.number();
        ByteBuffer.wrap(frame).putInt(4, length);
      }
      data.get(frame, header, length);
      out.write(frame, 0, header + length);
    }
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }
}
