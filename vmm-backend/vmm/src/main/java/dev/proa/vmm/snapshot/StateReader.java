package dev.proa.vmm.snapshot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Reads what {@link StateWriter} wrote, and believes none of it. */
final class StateReader {
  private final ByteBuffer in;

  StateReader(byte[] bytes) {
    in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  int u32() throws SnapshotException {
    need(4);
    return in.getInt();
  }

  long u64() throws SnapshotException {
    need(8);
    return in.getLong();
  }

  boolean flag() throws SnapshotException {
    int value = u32();
    if (value != 0 && value != 1) {
      throw new SnapshotException("the snapshot's state is damaged: a flag of " + value);
    }
    return value == 1;
  }

  /** An array of {@code least} to {@code most} bytes. */
  byte[] bytes(int least, int most) throws SnapshotException {
    int length = u32();
    if (length < least || length > most) {
      throw new SnapshotException("the snapshot's state is damaged: " + Integer.toUnsignedString(length) + " bytes where " + least + " to " + most + " belong");
    }
    need(length);
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  byte[] bytes(int size) throws SnapshotException {
    return bytes(size, size);
  }

  /** Reads one element of a list. */
  interface Element<T> {
    T read() throws SnapshotException;
  }

  <T> List<T> list(int least, int most, Element<T> element) throws SnapshotException {
    int count = u32();
    if (count < least || count > most) {
      throw new SnapshotException("the snapshot's state is damaged: " + Integer.toUnsignedString(count) + " elements where " + least + " to " + most + " belong");
    }
    List<T> list = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      list.add(element.read());
    }
    return list;
  }

  void end() throws SnapshotException {
    if (in.hasRemaining()) {
      throw new SnapshotException("the snapshot's state is damaged: " + in.remaining() + " bytes too many");
    }
  }

  private void need(int size) throws SnapshotException {
    if (in.remaining() < size) {
      throw new SnapshotException("the snapshot's state is damaged: it ends early");
    }
  }
}
