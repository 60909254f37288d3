package dev.proa.vmm.control;

import dev.proa.linux.Fd;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One packet while it is written or read: little-endian numbers, texts and arrays with their length before them, descriptors by their place in the
 * list that travels beside.
 */
final class Packet {
  static final int MAX_SIZE = 1 << 17;
  private static final int NONE = -1;

  private final ByteBuffer bytes;
  private final List<Fd> descriptors;

  /** To be written. */
  Packet() {
    bytes = ByteBuffer.allocate(MAX_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    descriptors = new ArrayList<>();
  }

  /** To be read. */
  Packet(byte[] received, List<Fd> descriptors) {
    bytes = ByteBuffer.wrap(received).order(ByteOrder.LITTLE_ENDIAN);
    this.descriptors = descriptors;
  }

  Packet u8(int value) {
    bytes.put((byte) value);
    return this;
  }

  Packet u32(int value) {
    bytes.putInt(value);
    return this;
  }

  Packet u64(long value) {
    bytes.putLong(value);
    return this;
  }

  Packet flag(boolean value) {
    return u8(value ? 1 : 0);
  }

  Packet array(byte[] value) {
    u32(value.length);
    bytes.put(value);
    return this;
  }

  Packet text(String value) {
    return array(value.getBytes(StandardCharsets.UTF_8));
  }

  Packet fd(@Nullable Fd value) {
    if (value == null) {
      return u32(NONE);
    }
    descriptors.add(value);
    return u32(descriptors.size() - 1);
  }

  byte[] written() {
    byte[] written = new byte[bytes.position()];
    bytes.get(0, written);
    return written;
  }

  List<Fd> descriptors() {
    return descriptors;
  }

  int u8() throws ProtocolException {
    need(1);
    return bytes.get() & 0xff;
  }

  int u32() throws ProtocolException {
    need(4);
    return bytes.getInt();
  }

  long u64() throws ProtocolException {
    need(8);
    return bytes.getLong();
  }

  boolean flag() throws ProtocolException {
    int value = u8();
    if (value > 1) {
      throw new ProtocolException("a flag is 0 or 1, not " + value);
    }
    return value == 1;
  }

  /** A count of things that follow, each of at least one byte. */
  int count() throws ProtocolException {
    int count = u32();
    if (count < 0 || count > bytes.remaining()) {
      throw new ProtocolException(Integer.toUnsignedString(count) + " things cannot follow in " + bytes.remaining() + " bytes");
    }
    return count;
  }

  byte[] array() throws ProtocolException {
    byte[] value = new byte[count()];
    bytes.get(value);
    return value;
  }

  String text() throws ProtocolException {
    return new String(array(), StandardCharsets.UTF_8);
  }

  Fd fd() throws ProtocolException {
    Fd fd = fdOrNull();
    if (fd == null) {
      throw new ProtocolException("a descriptor is missing");
    }
    return fd;
  }

  @Nullable Fd fdOrNull() throws ProtocolException {
    int place = u32();
    if (place == NONE) {
      return null;
    }
    if (place < 0 || place >= descriptors.size()) {
      throw new ProtocolException("descriptor " + Integer.toUnsignedString(place) + " of " + descriptors.size());
    }
    return descriptors.get(place);
  }

  void end() throws ProtocolException {
    if (bytes.hasRemaining()) {
      throw new ProtocolException(bytes.remaining() + " bytes too many");
    }
  }

  private void need(int size) throws ProtocolException {
    if (bytes.remaining() < size) {
      throw new ProtocolException("the packet ends early");
    }
  }
}
