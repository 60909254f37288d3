package dev.proa.spawn;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * What a running plan says on its status pipe: 16 bytes, little-endian words kind, step, value, detail. One write each, which a pipe never tears.
 *
 * @param value FAILED: the errno; PID: the pid in the shim's pid namespace; otherwise 0
 * @param detail FAILED of an EXEC step: the index of the candidate that gave the errno
 */
public record StatusRecord(Kind kind, int step, int value, int detail) {
  public static final int SIZE = 16;

  /** Where {@link #value} lies. */
  public static final int VALUE = 8;

  /** What a record says. The numbers are part of the encoding. */
  public enum Kind {
    /** The program is about to be executed. */
    READY(1),
    /** A step failed; the process exits with 125. */
    FAILED(2),
    /** A clone step made the process that counts. */
    PID(3),
    /** The plan waits at a gate. */
    WAITING(4);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    public int code() {
      return code;
    }
  }

  public byte[] encode() {
    return ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN).putInt(kind.code()).putInt(step).putInt(value).putInt(detail).array();
  }

  /** Empty when the bytes are no record: whoever could write to the pipe is not trusted. */
  public static Optional<StatusRecord> decode(byte[] bytes, int offset) {
    ByteBuffer words = ByteBuffer.wrap(bytes, offset, SIZE).order(ByteOrder.LITTLE_ENDIAN);
    int code = words.getInt();
    for (Kind kind : Kind.values()) {
      if (kind.code() == code) {
        return Optional.of(new StatusRecord(kind, words.getInt(), words.getInt(), words.getInt()));
      }
    }
    return Optional.empty();
  }
}
