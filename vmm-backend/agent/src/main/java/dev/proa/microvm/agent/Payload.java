package dev.proa.microvm.agent;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes a frame's payload, little-endian. */
final class Payload {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private Payload number(long value, int size) {
    for (int i = 0; i < size; i++) {
      bytes.write((int) (value >>> 8 * i));
    }
    return this;
  }

  Payload u8(int value) {
    return number(value, 1);
  }

  Payload u16(int value) {
    return number(value, 2);
  }

  Payload u32(int value) {
    return number(value, 4);
  }

  Payload u64(long value) {
    return number(value, 8);
  }

  /** A length and UTF-8 without a NUL. */
  Payload text(String text) {
    byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
    if (text.indexOf(0) >= 0 || encoded.length > 0xffff) {
      throw new IllegalArgumentException("no text for the agent: " + encoded.length + " bytes");
    }
    return u16(encoded.length).raw(encoded);
  }

  Payload raw(byte[] more) {
    bytes.writeBytes(more);
    return this;
  }

  byte[] bytes() {
    return bytes.toByteArray();
  }
}
