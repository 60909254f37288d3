package dev.proa.lifecycle.internal.dns;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** The resource records of a DNS message (RFC 1035, 4.1.3), where they lie. Messages are a stranger's: whatever does not fit ends the walk. */
final class Records {
  static final int HEADER = 12;
  static final int SOA = 6;

  /** Not a record but the message's own options (RFC 6891); its TTL is none. */
  static final int OPT = 41;

  /** The one option that is of no meaning for the answer: a client's cookie (RFC 7873). */
  private static final int COOKIE = 10;

  private static final int FIXED = 10;
  private static final int POINTER = 0xc0;

  private Records() {}

  /** One record: {@code start} is behind its name. */
  record Record(ByteBuffer message, int start, int length) {
    int type() {
      return message.getShort(start) & 0xffff;
    }

    /** Of an OPT how many bytes its sender takes by UDP. */
    int classOrSize() {
      return message.getShort(start + 2) & 0xffff;
    }

    /** Seconds; RFC 2181, 8: with its highest bit it is 0. */
    int ttl() {
      return Math.max(0, message.getInt(start + 4));
    }

    void setTtl(int seconds) {
      message.putInt(start + 4, seconds);
    }

    /** Of an OPT its version and flags, such as DO. */
    int optFlags() {
      return message.getInt(start + 4);
    }

    /** Whether an OPT has options that change what is answered. */
    boolean hasOptions() {
      for (int at = start + FIXED, end = at + length; at + 4 <= end; at += 4 + (message.getShort(at + 2) & 0xffff)) {
        if (message.getShort(at) != COOKIE) {
          return true;
        }
      }
      return false;
    }

    boolean isLast() {
      return start + FIXED + length == message.capacity();
    }

    /** Makes the message's last record one without data. @return the message's length then */
    int empty() {
      message.putShort(start + 8, (short) 0);
      return start + FIXED;
    }

    /** Of an SOA its MINIMUM, the last four bytes. */
    long lastNumber() {
      return length < 4 ? 0 : Math.max(0, message.getInt(start + FIXED + length - 4));
    }
  }

  /** Behind the name at that place, or behind the message if it does not end in it. */
  static int nameEnd(byte[] message, int at) {
    while (at < message.length) {
      int length = message[at] & 0xff;
      if (length == 0) {
        return at + 1;
      }
      if ((length & POINTER) == POINTER) {
        return at + 2;
      }
      at += length + 1;
    }
    return message.length + 1;
  }

  static int answers(byte[] message) {
    return ByteBuffer.wrap(message).getShort(6) & 0xffff;
  }

  /** Visits all records but OPT. @return whether the message was whole */
  static boolean each(byte[] message, Consumer<Record> visitor) {
    return every(
        message,
        record -> {
          if (record.type() != OPT) {
            visitor.accept(record);
          }
        });
  }

  /** Visits all records of a message with one question. @return whether the message was whole */
  static boolean every(byte[] message, Consumer<Record> visitor) {
    if (message.length < HEADER) {
      return false;
    }
    ByteBuffer in = ByteBuffer.wrap(message);
    if (in.getShort(4) != 1) {
      return false;
    }
    int left = (in.getShort(6) & 0xffff) + (in.getShort(8) & 0xffff) + (in.getShort(10) & 0xffff);
    int at = nameEnd(message, HEADER) + 4;
    for (; left > 0; left--) {
      int start = nameEnd(message, at);
      if (start + FIXED > message.length) {
        return false;
      }
      int length = in.getShort(start + 8) & 0xffff;
      if (start + FIXED + length > message.length) {
        return false;
      }
      visitor.accept(new Record(in, start, length));
      at = start + FIXED + length;
    }
    return at <= message.length;
  }
}
