package dev.proa.scan.inventory;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.HashSet;
import java.util.Set;

/**
 * The values of a hash of Berkeley DB (db-5.3: src/dbinc/db_page.h): pages of pairs; a value that does not fit lies on a chain of overflow pages. rpm's
 * headers always do.
 */
final class BerkeleyHash {
  private static final int MAGIC = 0x061561;
  private static final int HASH_UNSORTED = 2;
  private static final int OVERFLOW = 7;
  private static final int HASH = 13;
  private static final int HEAD = 26;
  private static final int ITEM_KEY_DATA = 1;
  private static final int ITEM_OFF_PAGE = 3;
  private static final int MAX_VALUE = 64 << 20;

  private final FileChannel file;
  private final ByteOrder order;
  private final int pageSize;
  private final long lastPage;

  BerkeleyHash(FileChannel file) throws IOException {
    this.file = file;
    ByteBuffer head = Bytes.at(file, 0, 72, ByteOrder.LITTLE_ENDIAN);
    order = head.getInt(12) == MAGIC ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    head.order(order);
    pageSize = head.getInt(20);
    lastPage = head.getInt(32) & 0xffffffffL;
    if (head.getInt(12) != MAGIC || pageSize < 512 || pageSize > 65536 || Integer.bitCount(pageSize) != 1 || head.get(24) != 0) {
      throw new IOException("no hash of Berkeley DB, or an encrypted one");
    }
  }

  void read(RpmReader.Headers visitor) throws IOException {
    for (long number = 1; number <= lastPage; number++) {
      ByteBuffer page = page(number);
      int type = page.get(25);
      if (type != HASH && type != HASH_UNSORTED) {
        continue;
      }
      int items = page.getShort(20) & 0xffff;
      if (HEAD + 2 * items > pageSize) {
        throw new IOException("page " + number + " has more items than fit");
      }
      for (int i = 1; i < items; i += 2) {
        int at = page.getShort(HEAD + 2 * i) & 0xffff;
        if (at + 12 <= pageSize && page.get(at) == ITEM_OFF_PAGE) {
          visitor.accept(chain(page.getInt(at + 4) & 0xffffffffL, page.getInt(at + 8)));
        } else if (at >= pageSize || page.get(at) != ITEM_KEY_DATA) {
          throw new IOException("an item of an unknown kind on page " + number);
        }
        // A value on the page itself is rpm's count of packages, not a header.
      }
    }
  }

  private byte[] chain(long first, int length) throws IOException {
    if (length < 0 || length > MAX_VALUE) {
      throw new IOException("a value of " + length + " bytes");
    }
    ByteArrayOutputStream value = new ByteArrayOutputStream(Math.min(length, 1 << 20));
    Set<Long> met = new HashSet<>();
    for (long number = first; number != 0 && value.size() < length; ) {
      ByteBuffer page = page(number);
      int some = page.getShort(22) & 0xffff;
      if (!met.add(number) || page.get(25) != OVERFLOW || HEAD + some > pageSize) {
        throw new IOException("page " + number + " is none of its value's");
      }
      value.write(page.array(), HEAD, Math.min(some, length - value.size()));
      number = page.getInt(16) & 0xffffffffL;
    }
    if (value.size() != length) {
      throw new IOException("a value of " + length + " bytes ends after " + value.size());
    }
    return value.toByteArray();
  }

  private ByteBuffer page(long number) throws IOException {
    return Bytes.at(file, number * pageSize, pageSize, order);
  }
}
