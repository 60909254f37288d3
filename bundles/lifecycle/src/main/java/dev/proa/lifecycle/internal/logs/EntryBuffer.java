package dev.proa.lifecycle.internal.logs;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Bytes that grow at their end: what a ByteArrayOutputStream is, without its locks and its last copy. For one thread. */
final class EntryBuffer {
  private byte[] bytes;
  private int length;

  EntryBuffer(int expected) {
    bytes = new byte[expected];
  }

  int length() {
    return length;
  }

  byte[] bytes() {
    return bytes;
  }

  void add(byte b) {
    room(1);
    bytes[length++] = b;
  }

  void add(byte[] more) {
    add(more, 0, more.length);
  }

  void add(byte[] more, int offset, int count) {
    room(count);
    System.arraycopy(more, offset, bytes, length, count);
    length += count;
  }

  private void room(int count) {
    if (bytes.length - length < count) {
      bytes = Arrays.copyOf(bytes, Math.max(length + count, 2 * bytes.length));
    }
  }

  void clear() {
    length = 0;
  }

  /** A view of what is in it. */
  ByteBuffer view() {
    return ByteBuffer.wrap(bytes, 0, length);
  }
}
