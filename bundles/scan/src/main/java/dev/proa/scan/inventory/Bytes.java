package dev.proa.scan.inventory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/** Parts of a file by their place. */
final class Bytes {
  private Bytes() {}

  /** @throws IOException if the file has no such place */
  static ByteBuffer at(FileChannel file, long offset, int length, ByteOrder order) throws IOException {
    if (offset < 0 || length < 0 || offset + length > file.size()) {
      throw new IOException("the database is cut off: " + length + " bytes at " + offset + " of " + file.size());
    }
    ByteBuffer bytes = ByteBuffer.allocate(length).order(order);
    while (bytes.hasRemaining()) {
      if (file.read(bytes, offset + bytes.position()) < 0) {
        throw new IOException("the database is cut off");
      }
    }
    return bytes.flip();
  }
}
