package dev.proa.linux.tar;

import dev.proa.linux.FileName;
import dev.proa.linux.tar.TarEntry.Type;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar stream member by member: {@link #next()}, then {@link #chunk()} until it is 0. Formats: v7, ustar (POSIX.1-1988), pax
 * (POSIX.1-2001) with {@code SCHILY.xattr.*} and GNU sparse 0.0, 0.1 and 1.0, GNU with long names, base-256 numbers and old sparse members.
 * Memory is bounded whatever the stream says: an extended header has at most {@link #MAX_EXTENSION_BYTES}, as in Go's archive/tar.
 */
public final class TarReader {
  public static final int BLOCK = 512;

  /** The largest pax header or GNU long name. */
  public static final int MAX_EXTENSION_BYTES = 1 << 20;

  /** The most extents of one sparse file. */
  public static final int MAX_EXTENTS = 1 << 18;

  private static final String XATTR_PREFIX = "SCHILY.xattr.";

  private final InputStream in;
  private final byte[] buffer;
  private int position;
  private int limit;
  private long consumed;

  /** Data bytes of the current member that have not been handed out. */
  private long remaining;

  /** Zero bytes after the data of the current member up to the next block. */
  private int padding;

  private int chunkOffset;
  private boolean atEnd;

  /**
   * @param in read to its end by {@link #next()} returning null; not closed
   * @param bufferBytes size of the buffer, at least one block
   */
  public TarReader(InputStream in, int bufferBytes) {
    if (bufferBytes < BLOCK) {
      throw new IllegalArgumentException("a buffer of " + bufferBytes + " bytes holds no block");
    }
    this.in = in;
    this.buffer = new byte[bufferBytes];
  }

  /** The buffer that {@link #chunk()} points into. */
  public byte[] buffer() {
    return buffer;
  }

  /** Where in {@link #buffer()} the chunk starts. */
  public int chunkOffset() {
    return chunkOffset;
  }

  /**
   * The next piece of the current member's data, valid until the next call.
   *
   * @return its length, 0 at the end of the data
   */
  public int chunk() throws IOException {
    if (remaining == 0) {
      return 0;
    }
    if (position == limit && !fill()) {
      throw new TarFormatException("stream ends inside a file's data, " + remaining + " bytes early");
    }
    int length = (int) Math.min(remaining, limit - position);
    chunkOffset = position;
    advance(length);
    remaining -= length;
    return length;
  }

  /**
   * The next member; what was not read of the one before is skipped. After the last one the rest of the stream is read and null returned.
   *
   * @throws TarFormatException for a stream that is no tar archive, or a truncated one
   */
  public @Nullable TarEntry next() throws IOException {
    if (atEnd) {
      return null;
    }
    finishMember();
    Extensions extensions = new Extensions();
    while (true) {
      if (!fillBlock()) {
        if (extensions.any) {
          throw new TarFormatException("stream ends after an extended header");
        }
        atEnd = true;
        return null;
      }
      int header = position;
      if (isZero(header)) {
        endOfArchive();
        return null;
      }
      verifyChecksum(header);
      char flag = (char) (buffer[header + 156] & 0xff);
      switch (flag) {
        case 'x' -> extensions.pax(special(header, "pax header"));
        case 'g' -> special(header, "global pax header"); // Go's readers give it no meaning either: git's comment is all it is used for
        case 'L' -> extensions.gnuName(special(header, "GNU long name"));
        case 'K' -> extensions.gnuLinkName(special(header, "GNU long link"));
        default -> {
          return member(header, flag, extensions);
        }
      }
    }
  }

  private TarEntry member(int h, char flag, Extensions ext) throws IOException {
    boolean gnu = matches(h + 257, "ustar  \0");
    boolean ustar = !gnu && matches(h + 257, "ustar\0");
    String name = ext.sparseName != null ? ext.sparseName : ext.name != null ? ext.name : headerName(h, ustar);
    String linkName = ext.linkName != null ? ext.linkName : text(h + 157, 100);
    long stored = ext.size >= 0 ? ext.size : number(h + 124, 12, "size", name);
    Type type = type(flag, name);
    int mode = (int) number(h + 100, 8, "mode", name) & 07777;
    int uid = id(ext.uid >= 0 ? ext.uid : number(h + 108, 8, "uid", name), "uid", name);
    int gid = id(ext.gid >= 0 ? ext.gid : number(h + 116, 8, "gid", name), "gid", name);
    long seconds = ext.modified ? ext.modifiedSeconds : number(h + 136, 12, "mtime", name);
    boolean device = type == Type.CHARACTER_DEVICE || type == Type.BLOCK_DEVICE;
    int major = device && (ustar || gnu) ? device(h + 329, "device major", name) : 0;
    int minor = device && (ustar || gnu) ? device(h + 337, "device minor", name) : 0;
    if (name.isEmpty()) {
      throw new TarFormatException("a member has no name");
    }
    if (stored < 0) {
      throw new TarFormatException("entry \"" + name + "\" has a negative size");
    }
    long[] extents = null;
    long size = 0;
    byte[] oldSparse = flag == 'S' ? Arrays.copyOfRange(buffer, h, h + BLOCK) : null;
    advance(BLOCK);
    if (type == Type.FILE) {
      size = stored;
      remaining = stored;
      padding = (int) (-stored & (BLOCK - 1));
      if (oldSparse != null) {
        size = numberIn(oldSparse, 483, 12, "real size", name);
        extents = oldSparse(oldSparse, name);
      } else if (ext.sparseMajor == 1 && ext.sparseMinor == 0) {
        size = ext.sparseSize;
        extents = sparseMapInData(name);
      } else if (ext.sparseSize >= 0) {
        size = ext.sparseSize;
        extents = ext.sparseMap != null ? ext.sparseMap : new long[0]; // no map: nothing but a hole
      }
      if (extents != null) {
        checkExtents(extents, size, name);
      }
    }
    return new TarEntry(
        name, type, linkName, mode, uid, gid, size, seconds, ext.modified ? ext.modifiedNanos : 0, major, minor, ext.xattrs(), extents);
  }

  private static Type type(char flag, String name) throws TarFormatException {
    return switch (flag) {
      // v7 archives say "directory" by a slash at the end
      case '\0' -> name.endsWith("/") ? Type.DIRECTORY : Type.FILE;
      case '0', '7', 'S' -> Type.FILE;
      case '1' -> Type.HARD_LINK;
      case '2' -> Type.SYMBOLIC_LINK;
      case '3' -> Type.CHARACTER_DEVICE;
      case '4' -> Type.BLOCK_DEVICE;
      case '5' -> Type.DIRECTORY;
      case '6' -> Type.FIFO;
      default ->
          throw new TarFormatException(
              "entry \"" + name + "\" is of type " + (flag > ' ' && flag < 0x7f ? "'" + flag + "'" : "0x" + Integer.toHexString(flag))
                  + ", which no layer may hold");
    };
  }

  private String headerName(int h, boolean ustar) throws TarFormatException {
    String name = text(h, 100);
    if (!ustar) {
      return name;
    }
    // star writes "tar\0" at the very end, and times behind a shorter prefix
    String prefix = text(h + 345, matches(h + 508, "tar\0") ? 131 : 155);
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  private void checkExtents(long[] extents, long size, String name) throws TarFormatException {
    long data = 0;
    long end = 0;
    boolean good = size >= 0;
    for (int i = 0; good && i < extents.length; i += 2) {
      long offset = extents[i];
      long length = extents[i + 1];
      good = offset >= end && length >= 0 && length <= size - offset;
      end = offset + length;
      data += length;
    }
    if (!good || data != remaining) {
      throw new TarFormatException("entry \"" + name + "\" has a sparse map that does not fit its size");
    }
  }

  /** GNU's old format: four extents in the header, then blocks of 21. */
  private long[] oldSparse(byte[] header, String name) throws IOException {
    LongList extents = new LongList(name);
    oldSparseBlock(header, 386, 4, extents, name);
    boolean more = header[482] != 0;
    byte[] block = new byte[BLOCK];
    while (more) {
      if (!fillBlock()) {
        throw new TarFormatException("stream ends inside the sparse map of \"" + name + "\"");
      }
      System.arraycopy(buffer, position, block, 0, BLOCK);
      advance(BLOCK);
      oldSparseBlock(block, 0, 21, extents, name);
      more = block[504] != 0;
    }
    return extents.toArray();
  }

  private static void oldSparseBlock(byte[] block, int at, int count, LongList extents, String name) throws TarFormatException {
    for (int i = 0; i < count && block[at + i * 24] != 0; i++) {
      extents.add(numberIn(block, at + i * 24, 12, "sparse map", name));
      extents.add(numberIn(block, at + i * 24 + 12, 12, "sparse map", name));
    }
  }

  /** GNU's pax format 1.0: decimal lines at the start of the data, padded to a block: the number of extents, then offsets and lengths. */
  private long[] sparseMapInData(String name) throws IOException {
    LongList extents = new LongList(name);
    long wanted = -1;
    long value = 0;
    int digits = 0;
    while (wanted < 0 || extents.size() < wanted) {
      if (remaining < BLOCK) {
        throw new TarFormatException("entry \"" + name + "\" has a sparse map that does not end");
      }
      if (!fillBlock()) {
        throw new TarFormatException("stream ends inside the sparse map of \"" + name + "\"");
      }
      int start = position;
      advance(BLOCK);
      remaining -= BLOCK;
      for (int i = start; i < start + BLOCK && (wanted < 0 || extents.size() < wanted); i++) {
        byte b = buffer[i];
        if (b >= '0' && b <= '9' && digits < 18) {
          value = value * 10 + b - '0';
          digits++;
        } else if (b == '\n' && digits > 0) {
          if (wanted < 0) {
            wanted = Math.min(value, MAX_EXTENTS + 1L) * 2;
          } else {
            extents.add(value);
          }
          value = 0;
          digits = 0;
        } else {
          throw new TarFormatException("entry \"" + name + "\" has a sparse map that is no list of numbers");
        }
      }
    }
    return extents.toArray();
  }

  private byte[] special(int h, String what) throws IOException {
    long size = number(h + 124, 12, "size", what);
    if (size < 0 || size > MAX_EXTENSION_BYTES) {
      throw new TarFormatException(what + " of " + size + " bytes; at most " + MAX_EXTENSION_BYTES + " are read");
    }
    advance(BLOCK);
    byte[] content = new byte[(int) size];
    int done = 0;
    while (done < content.length) {
      if (position == limit && !fill()) {
        throw new TarFormatException("stream ends inside a " + what);
      }
      int n = Math.min(content.length - done, limit - position);
      System.arraycopy(buffer, position, content, done, n);
      advance(n);
      done += n;
    }
    skip(-size & (BLOCK - 1), what);
    return content;
  }

  private void finishMember() throws IOException {
    skip(remaining, "file's data");
    skip(padding, "file's padding");
    remaining = 0;
    padding = 0;
  }

  private void skip(long bytes, String what) throws IOException {
    for (long left = bytes; left > 0; ) {
      if (position == limit && !fill()) {
        throw new TarFormatException("stream ends inside a " + what + ", " + left + " bytes early");
      }
      int n = (int) Math.min(left, limit - position);
      advance(n);
      left -= n;
    }
  }

  /** Two blocks of zeros end an archive; one at the very end of the stream is taken too. Whatever follows is read and has no meaning. */
  private void endOfArchive() throws IOException {
    advance(BLOCK);
    if (fillBlock() && !isZero(position)) {
      throw new TarFormatException("a block of zeros stands between members");
    }
    position = limit;
    while (fill()) {
      position = limit;
    }
    atEnd = true;
  }

  private void advance(int bytes) {
    position += bytes;
    consumed += bytes;
  }

  /** Makes one whole block available at {@link #position}; false at the end of the stream. */
  private boolean fillBlock() throws IOException {
    if (limit - position >= BLOCK) {
      return true;
    }
    System.arraycopy(buffer, position, buffer, 0, limit - position);
    limit -= position;
    position = 0;
    while (limit < BLOCK) {
      int n = in.read(buffer, limit, buffer.length - limit);
      if (n < 0) {
        if (limit == 0) {
          return false;
        }
        throw new TarFormatException("stream ends inside a header, at byte " + (consumed + limit));
      }
      limit += n;
    }
    return true;
  }

  private boolean fill() throws IOException {
    position = 0;
    limit = 0;
    int n;
    do {
      n = in.read(buffer, 0, buffer.length);
    } while (n == 0);
    if (n < 0) {
      return false;
    }
    limit = n;
    return true;
  }

  private boolean isZero(int at) {
    for (int i = at; i < at + BLOCK; i++) {
      if (buffer[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** The sum of the header's bytes with blanks for the sum itself; old writers summed signed bytes. */
  private void verifyChecksum(int h) throws TarFormatException {
    int unsigned = 8 * ' ';
    int signed = 8 * ' ';
    for (int i = 0; i < BLOCK; i++) {
      if (i < 148 || i >= 156) {
        signed += buffer[h + i];
        unsigned += buffer[h + i] & 0xff;
      }
    }
    long said = number(h + 148, 8, "checksum", "at byte " + consumed);
    if (said != unsigned && said != signed) {
      throw new TarFormatException("no tar header at byte " + consumed + ": its checksum does not match");
    }
  }

  private boolean matches(int at, String text) {
    for (int i = 0; i < text.length(); i++) {
      if (buffer[at + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private String text(int at, int length) {
    int end = at;
    while (end < at + length && buffer[end] != 0) {
      end++;
    }
    return decode(buffer, at, end);
  }

  private static String decode(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] < 0) {
        return FileName.decode(Arrays.copyOfRange(bytes, from, to));
      }
    }
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }

  private long number(int at, int length, String field, String name) throws TarFormatException {
    return numberIn(buffer, at, length, field, name);
  }

  /** Octal digits, blanks and NULs around them; or, with the top bit set, GNU's base-256 two's complement. */
  private static long numberIn(byte[] bytes, int at, int length, String field, String name) throws TarFormatException {
    if ((bytes[at] & 0x80) != 0) {
      boolean negative = (bytes[at] & 0x40) != 0;
      long value = negative ? -1 : 0;
      for (int i = 0; i < length; i++) {
        int b = bytes[at + i] & 0xff;
        if (i == 0) {
          b = negative ? b : b & 0x7f;
        }
        if (value >> 55 != (negative ? -1 : 0)) {
          throw new TarFormatException("entry \"" + name + "\" has a " + field + " that is too large");
        }
        value = value << 8 | b;
      }
      return value;
    }
    int i = at;
    int end = at + length;
    while (i < end && (bytes[i] == ' ' || bytes[i] == 0)) {
      i++;
    }
    long value = 0;
    for (; i < end && bytes[i] != ' ' && bytes[i] != 0; i++) {
      if (bytes[i] < '0' || bytes[i] > '7') {
        throw new TarFormatException("entry \"" + name + "\" has a " + field + " that is no number");
      }
      value = value << 3 | bytes[i] - '0';
    }
    return value;
  }

  private static int id(long id, String field, String name) throws TarFormatException {
    // 2³²−1 is "leave it" for chown(2) and never an owner
    if (id < 0 || id >= 0xffffffffL) {
      throw new TarFormatException("entry \"" + name + "\" has " + field + " " + id + ", which is none");
    }
    return (int) id;
  }

  private int device(int at, String field, String name) throws TarFormatException {
    long number = number(at, 8, field, name);
    if (number < 0 || number > 0xfffff) { // 12 bits of major, 20 of minor: linux/kdev_t.h
      throw new TarFormatException("entry \"" + name + "\" has " + field + " " + number + ", which is none");
    }
    return (int) number;
  }

  /** What the extended headers before a member say about it. */
  private static final class Extensions {
    boolean any;
    @Nullable String name;
    @Nullable String sparseName;
    @Nullable String linkName;
    long size = -1;
    long uid = -1;
    long gid = -1;
    boolean modified;
    long modifiedSeconds;
    int modifiedNanos;
    int sparseMajor = -1;
    int sparseMinor = -1;
    long sparseSize = -1;
    long @Nullable [] sparseMap;
    @Nullable LongList sparsePairs;
    @Nullable Map<String, byte[]> xattrs;

    Map<String, byte[]> xattrs() {
      return xattrs == null ? Map.of() : xattrs;
    }

    void gnuName(byte[] content) {
      any = true;
      name = untilNul(content);
    }

    void gnuLinkName(byte[] content) {
      any = true;
      linkName = untilNul(content);
    }

    private static String untilNul(byte[] content) {
      int end = 0;
      while (end < content.length && content[end] != 0) {
        end++;
      }
      return decode(content, 0, end);
    }

    /** Records of the form {@code LENGTH KEY=VALUE\n}, LENGTH counting the whole record. */
    void pax(byte[] content) throws TarFormatException {
      any = true;
      for (int at = 0; at < content.length; ) {
        int digits = at;
        long length = 0;
        while (digits < content.length && content[digits] >= '0' && content[digits] <= '9' && digits - at < 9) {
          length = length * 10 + content[digits++] - '0';
        }
        if (digits == at || digits == content.length || content[digits] != ' ' || length <= digits - at + 1 || length > content.length - at) {
          throw new TarFormatException("a pax header is broken at byte " + at);
        }
        int end = at + (int) length - 1;
        int equals = digits + 1;
        while (equals < end && content[equals] != '=') {
          equals++;
        }
        if (content[end] != '\n' || equals == end || equals == digits + 1) {
          throw new TarFormatException("a pax header is broken at byte " + at);
        }
        record(decode(content, digits + 1, equals), Arrays.copyOfRange(content, equals + 1, end));
        at = end + 1;
      }
      LongList pairs = sparsePairs;
      if (pairs != null) {
        if (pairs.size() % 2 != 0) {
          throw new TarFormatException("a pax header has a sparse map of an odd length");
        }
        sparseMap = pairs.toArray();
      }
    }

    private void record(String key, byte[] value) throws TarFormatException {
      if (value.length == 0 && !key.startsWith(XATTR_PREFIX)) {
        return; // "delete": the header's own value stands
      }
      switch (key) {
        case "path" -> name = name(key, value);
        case "GNU.sparse.name" -> sparseName = name(key, value); // "path" then holds a name for readers that know no sparse files
        case "linkpath" -> linkName = name(key, value);
        case "size" -> size = decimal(key, value);
        case "uid" -> uid = decimal(key, value);
        case "gid" -> gid = decimal(key, value);
        case "mtime" -> modified(value);
        case "GNU.sparse.major" -> sparseMajor = (int) Math.min(decimal(key, value), 99);
        case "GNU.sparse.minor" -> sparseMinor = (int) Math.min(decimal(key, value), 99);
        case "GNU.sparse.size", "GNU.sparse.realsize" -> sparseSize = decimal(key, value);
        case "GNU.sparse.map" -> {
          LongList list = new LongList("GNU.sparse.map");
          for (String part : new String(value, StandardCharsets.ISO_8859_1).split(",", -1)) {
            list.add(decimal(key, part.getBytes(StandardCharsets.ISO_8859_1)));
          }
          sparsePairs = list;
        }
        case "GNU.sparse.offset", "GNU.sparse.numbytes" -> {
          LongList list = sparsePairs == null ? new LongList("GNU.sparse.offset") : sparsePairs;
          if (list.size() % 2 != (key.endsWith("offset") ? 0 : 1)) {
            throw new TarFormatException("a pax header has a sparse map out of order");
          }
          list.add(decimal(key, value));
          sparsePairs = list;
        }
        default -> {
          if (key.startsWith(XATTR_PREFIX) && key.length() > XATTR_PREFIX.length()) {
            Map<String, byte[]> map = xattrs == null ? new LinkedHashMap<>() : xattrs;
            map.put(key.substring(XATTR_PREFIX.length()), value);
            xattrs = map;
          }
        }
      }
    }

    private static String name(String key, byte[] value) throws TarFormatException {
      for (byte b : value) {
        if (b == 0) {
          throw new TarFormatException("a pax header's " + key + " holds a NUL");
        }
      }
      return decode(value, 0, value.length);
    }

    private static long decimal(String key, byte[] value) throws TarFormatException {
      long number = 0;
      for (byte b : value) {
        if (b < '0' || b > '9' || number > (Long.MAX_VALUE - 9) / 10) {
          throw new TarFormatException("a pax header's " + key + " is no number");
        }
        number = number * 10 + b - '0';
      }
      if (value.length == 0) {
        throw new TarFormatException("a pax header's " + key + " is no number");
      }
      return number;
    }

    /** Decimal seconds with a fraction, perhaps negative; digits beyond nanoseconds are cut towards the past. */
    private void modified(byte[] value) throws TarFormatException {
      String text = new String(value, StandardCharsets.ISO_8859_1);
      boolean negative = text.startsWith("-");
      String[] parts = (negative ? text.substring(1) : text).split("\\.", 2);
      long seconds = decimal("mtime", parts[0].getBytes(StandardCharsets.ISO_8859_1));
      long nanos = 0;
      if (parts.length == 2 && !parts[1].isEmpty()) {
        String fraction = (parts[1] + "000000000").substring(0, 9);
        decimal("mtime", parts[1].substring(0, Math.min(parts[1].length(), 18)).getBytes(StandardCharsets.ISO_8859_1));
        nanos = decimal("mtime", fraction.getBytes(StandardCharsets.ISO_8859_1));
      }
      modified = true;
      modifiedSeconds = negative ? (nanos == 0 ? -seconds : -seconds - 1) : seconds;
      modifiedNanos = (int) (negative && nanos != 0 ? 1_000_000_000L - nanos : nanos);
    }
  }

  /** Longs, bounded. */
  private static final class LongList {
    private final String name;
    private long[] values = new long[16];
    private int size;

    LongList(String name) {
      this.name = name;
    }

    void add(long value) throws TarFormatException {
      if (size == MAX_EXTENTS * 2) {
        throw new TarFormatException("entry \"" + name + "\" has more than " + MAX_EXTENTS + " pieces of data");
      }
      if (size == values.length) {
        values = Arrays.copyOf(values, size * 2);
      }
      values[size++] = value;
    }

    int size() {
      return size;
    }

    long[] toArray() {
      return Arrays.copyOf(values, size);
    }
  }
}
