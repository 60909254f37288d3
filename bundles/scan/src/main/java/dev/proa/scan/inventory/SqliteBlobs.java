package dev.proa.scan.inventory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/**
 * The blobs of one table of a SQLite file (sqlite.org, "Database File Format"), read page by page: somebody else's file is not to be opened by a library that
 * runs what stands in it. What lies in a write-ahead log beside it is not seen; rpm leaves none behind when it ends.
 */
final class SqliteBlobs {
  private static final int MAX_BLOB = 64 << 20;
  private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);

  private final FileChannel file;
  private final int pageSize;
  private final int usable;

  SqliteBlobs(FileChannel file) throws IOException {
    this.file = file;
    ByteBuffer head = Bytes.at(file, 0, 100, ByteOrder.BIG_ENDIAN);
    byte[] magic = new byte[MAGIC.length];
    head.get(0, magic);
    int size = head.getShort(16) & 0xffff;
    pageSize = size == 1 ? 65536 : size;
    usable = pageSize - (head.get(20) & 0xff);
    if (!java.util.Arrays.equals(magic, MAGIC) || pageSize < 512 || Integer.bitCount(pageSize) != 1 || usable < 480) {
      throw new IOException("no SQLite database");
    }
  }

  /** The blob of each row; a row has one. */
  void read(String table, RpmReader.Headers visitor) throws IOException {
    long[] root = new long[1];
    walk(
        1,
        record -> {
          if (record.text(0).equals("table") && record.text(1).equals(table)) {
            root[0] = record.number(3);
          }
        });
    if (root[0] <= 0) {
      throw new IOException("the database has no table " + table);
    }
    walk(
        root[0],
        record -> {
          byte[] blob = record.blob();
          if (blob != null) {
            visitor.accept(blob);
          }
        });
  }

  @FunctionalInterface
  private interface Rows {
    void row(Row record) throws IOException;
  }

  /** Every leaf of a table's tree, in order. A page that is met twice is none of a tree. */
  private void walk(long root, Rows rows) throws IOException {
    Deque<Long> left = new ArrayDeque<>();
    Set<Long> met = new HashSet<>();
    left.push(root);
    while (!left.isEmpty()) {
      long number = left.pop();
      if (!met.add(number)) {
        throw new IOException("page " + number + " lies in the tree twice");
      }
      ByteBuffer page = page(number);
      int start = number == 1 ? 100 : 0;
      int type = page.get(start);
      int cells = page.getShort(start + 3) & 0xffff;
      boolean inner = type == 5;
      if (!inner && type != 13) {
        throw new IOException("page " + number + " is none of a table");
      }
      int pointers = start + (inner ? 12 : 8);
      if (pointers + 2 * cells > pageSize) {
        throw new IOException("page " + number + " has more cells than fit");
      }
      if (inner) {
        left.push(page.getInt(start + 8) & 0xffffffffL);
        for (int i = cells - 1; i >= 0; i--) {
          int cell = page.getShort(pointers + 2 * i) & 0xffff;
          left.push(cell + 4 > pageSize ? -1L : page.getInt(cell) & 0xffffffffL);
        }
      } else {
        for (int i = 0; i < cells; i++) {
          rows.row(row(page, page.getShort(pointers + 2 * i) & 0xffff));
        }
      }
    }
  }

  private ByteBuffer page(long number) throws IOException {
    if (number < 1) {
      throw new IOException("there is no page " + number);
    }
    return Bytes.at(file, (number - 1) * pageSize, pageSize, ByteOrder.BIG_ENDIAN);
  }

  /** A cell: the length of its payload, the row's id, as much of the payload as fits, and the first page of the rest. */
  private Row row(ByteBuffer page, int cell) throws IOException {
    if (cell >= pageSize) {
      throw new IOException("a cell outside of its page");
    }
    ByteBuffer at = page.duplicate().order(ByteOrder.BIG_ENDIAN).position(cell);
    long length = varint(at);
    varint(at);
    if (length < 0 || length > MAX_BLOB) {
      throw new IOException("a row of " + length + " bytes");
    }
    byte[] payload = new byte[(int) length];
    int most = usable - 35;
    int local = (int) length;
    if (length > most) {
      int least = (usable - 12) * 32 / 255 - 23;
      int rest = least + (int) ((length - least) % (usable - 4));
      local = rest <= most ? rest : least;
    }
    take(at, payload, 0, local);
    int done = local;
    long next = done < length ? next(at) : 0;
    while (done < length) {
      ByteBuffer overflow = page(next);
      next = overflow.getInt() & 0xffffffffL;
      int some = Math.min(usable - 4, payload.length - done);
      overflow.get(payload, done, some);
      done += some;
    }
    return new Row(payload);
  }

  private static void take(ByteBuffer from, byte[] to, int offset, int length) throws IOException {
    if (from.remaining() < length) {
      throw new IOException("a row outside of its page");
    }
    from.get(to, offset, length);
  }

  private static long next(ByteBuffer at) throws IOException {
    if (at.remaining() < 4) {
      throw new IOException("a row outside of its page");
    }
    return at.getInt() & 0xffffffffL;
  }

  private static long varint(ByteBuffer at) throws IOException {
    long value = 0;
    for (int i = 0; i < 9; i++) {
      if (!at.hasRemaining()) {
        throw new IOException("a number without end");
      }
      int b = at.get() & 0xff;
      if (i == 8) {
        return value << 8 | b;
      }
      value = value << 7 | b & 0x7f;
      if (b < 0x80) {
        return value;
      }
    }
    return value;
  }

  /** A record: the types of its columns, then their values. */
  private static final class Row {
    private final byte[] payload;

    Row(byte[] payload) {
      this.payload = payload;
    }

    private record Column(long type, int offset, int length) {}

    private Column column(int wanted) throws IOException {
      ByteBuffer head = ByteBuffer.wrap(payload);
      long headBytes = varint(head);
      if (headBytes < 1 || headBytes > payload.length) {
        throw new IOException("a record with a head of " + headBytes + " bytes");
      }
      long offset = headBytes;
      for (int i = 0; head.position() < headBytes; i++) {
        long type = varint(head);
        long length = length(type);
        if (length < 0 || offset + length > payload.length) {
          throw new IOException("a value outside of its record");
        }
        if (i == wanted) {
          return new Column(type, (int) offset, (int) length);
        }
        offset += length;
      }
      return new Column(0, 0, 0);
    }

    private static long length(long type) {
      return type < 0 ? -1 : type < 5 ? type : type == 5 ? 6 : type < 8 ? 8 : type < 12 ? 0 : (type - 12) / 2;
    }

    String text(int index) throws IOException {
      Column column = column(index);
      return new String(payload, column.offset, column.length, StandardCharsets.UTF_8);
    }

    long number(int index) throws IOException {
      Column column = column(index);
      if (column.type == 9) {
        return 1;
      }
      long value = 0;
      for (int i = 0; i < column.length; i++) {
        value = value << 8 | payload[column.offset + i] & 0xff;
      }
      return value;
    }

    byte @org.jspecify.annotations.Nullable [] blob() throws IOException {
      for (int i = 0; i < 8; i++) {
        Column column = column(i);
        if (column.type >= 12 && column.type % 2 == 0) {
          return java.util.Arrays.copyOfRange(payload, column.offset, column.offset + column.length);
        }
      }
      return null;
    }
  }
}
