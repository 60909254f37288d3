package dev.proa.scan.inventory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.HashSet;
import java.util.Set;

/** The blobs of rpm's own database (rpm: lib/backend/ndb/rpmpkg.c): pages of slots, which tell where a package's blob lies and of which length it is. */
final class NdbBlobs {
  private static final int MAGIC = 'R' | 'p' << 8 | 'm' << 16 | 'P' << 24;
  private static final int SLOT_MAGIC = 'S' | 'l' << 8 | 'o' << 16 | 't' << 24;
  private static final int BLOB_MAGIC = 'B' | 'l' << 8 | 'b' << 16 | 'S' << 24;
  private static final int PAGE = 4096;
  private static final int SLOT = 16;
  private static final int BLOCK = 16;
  private static final int BLOB_HEAD = 16;
  private static final int MAX_BLOB = 64 << 20;
  private static final int MAX_PAGES = 2048;

  private final FileChannel file;
  private final int pages;

  NdbBlobs(FileChannel file) throws IOException {
    this.file = file;
    ByteBuffer head = Bytes.at(file, 0, 32, ByteOrder.LITTLE_ENDIAN);
    pages = head.getInt(12);
    if (head.getInt(0) != MAGIC || head.getInt(4) != 0 || pages < 1 || pages > MAX_PAGES) {
      throw new IOException("no database of rpm's, or one of another version");
    }
  }

  void read(RpmReader.Headers visitor) throws IOException {
    ByteBuffer slots = Bytes.at(file, 0, pages * PAGE, ByteOrder.LITTLE_ENDIAN);
    Set<Integer> met = new HashSet<>();
    // The head of the file takes the place of the first two slots.
    for (int at = 2 * SLOT; at < pages * PAGE; at += SLOT) {
      if (slots.getInt(at) != SLOT_MAGIC) {
        throw new IOException("a slot without its sign at " + at);
      }
      int index = slots.getInt(at + 4);
      long offset = slots.getInt(at + 8) & 0xffffffffL;
      if (index == 0 || offset == 0) {
        continue;
      }
      if (!met.add(index)) {
        throw new IOException("package " + index + " is there twice");
      }
      visitor.accept(blob(index, offset * BLOCK));
    }
  }

  private byte[] blob(int index, long offset) throws IOException {
    ByteBuffer head = Bytes.at(file, offset, BLOB_HEAD, ByteOrder.LITTLE_ENDIAN);
    int length = head.getInt(12);
    if (head.getInt(0) != BLOB_MAGIC || head.getInt(4) != index || length < 0 || length > MAX_BLOB) {
      throw new IOException("package " + index + " is not where its slot says");
    }
    return Bytes.at(file, offset + BLOB_HEAD, length, ByteOrder.LITTLE_ENDIAN).array();
  }
}
