package dev.proa.vmm.snapshot;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.function.Consumer;

/** Little-endian numbers, and arrays and lists with their length before them. */
final class StateWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  StateWriter u32(int value) {
    for (int i = 0; i < 32; i += 8) {
      out.write(value >> i);
    }
    return this;
  }

  StateWriter u64(long value) {
    return u32((int) value).u32((int) (value >> 32));
  }

  StateWriter flag(boolean value) {
    return u32(value ? 1 : 0);
  }

  StateWriter bytes(byte[] bytes) {
    u32(bytes.length);
    out.writeBytes(bytes);
    return this;
  }

  <T> StateWriter list(List<T> list, Consumer<T> element) {
    u32(list.size());
    list.forEach(element);
    return this;
  }

  byte[] written() {
    return out.toByteArray();
  }
}
