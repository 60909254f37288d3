package dev.proa.scan.inventory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of an installed package as rpm keeps it (rpm's docs, "Header format"): counts of index entries and data bytes, entries of tag, type, offset and
 * count, and the data. Every number is somebody else's.
 */
final class RpmHeader {
  private static final int NAME = 1000;
  private static final int VERSION = 1001;
  private static final int RELEASE = 1002;
  private static final int EPOCH = 1003;
  private static final int LICENSE = 1014;
  private static final int ARCH = 1022;
  private static final int SOURCE_RPM = 1044;
  private static final int DIR_INDEXES = 1116;
  private static final int BASE_NAMES = 1117;
  private static final int DIR_NAMES = 1118;
  private static final int INT32 = 4;
  private static final int STRING = 6;
  private static final int STRING_ARRAY = 8;
  private static final int I18N_STRING = 9;
  private static final int MAX_ENTRIES = 65_535;
  private static final int MAX_FILES = 1_000_000;

  private final ByteBuffer data;
  private final Map<Integer, int[]> entries = new HashMap<>();

  private RpmHeader(ByteBuffer data) {
    this.data = data;
  }

  /** Reads one package: what it is, and which of its files tell of packages of languages. */
  static void read(byte[] blob, String path, Collector found) throws IOException {
    if (blob.length < 8) {
      throw new IOException("a header of " + blob.length + " bytes");
    }
    ByteBuffer all = ByteBuffer.wrap(blob).order(ByteOrder.BIG_ENDIAN);
    int count = all.getInt();
    int bytes = all.getInt();
    if (count < 0 || count > MAX_ENTRIES || bytes < 0 || 8L + 16L * count + bytes > blob.length) {
      throw new IOException("a header of " + count + " entries and " + bytes + " bytes in " + blob.length);
    }
    RpmHeader header = new RpmHeader(all.slice(8 + 16 * count, bytes));
    for (int i = 0; i < count; i++) {
      int tag = all.getInt();
      header.entries.putIfAbsent(tag, new int[] {all.getInt(), all.getInt(), all.getInt()});
    }
    header.add(path, found);
  }

  private void add(String path, Collector found) throws IOException {
    String name = string(NAME);
    if (name.equals("gpg-pubkey")) {
      // A key, kept as if it were a package.
      return;
    }
    int[] epoch = entries.get(EPOCH);
    String version = string(VERSION) + (string(RELEASE).isEmpty() ? "" : "-" + string(RELEASE));
    String whole = epoch == null ? version : Integer.toUnsignedString(int32(epoch, 0)) + ":" + version;
    PackageRecord one = new PackageRecord(PackageType.RPM, name, whole, string(ARCH), source(string(SOURCE_RPM)), whole, string(LICENSE));
    if (!one.complete() || string(VERSION).isEmpty()) {
      throw new IOException("a package without a name or a version");
    }
    found.add(path, one);
    files(path, found);
  }

  /** {@code bash-5.1.8-9.el9.src.rpm}: the name is what stands before the last two hyphens. */
  private static String source(String file) {
    int release = file.lastIndexOf('-');
    int version = release < 0 ? -1 : file.lastIndexOf('-', release - 1);
    return version <= 0 ? "" : file.substring(0, version);
  }

  private void files(String path, Collector found) throws IOException {
    List<String> names = strings(BASE_NAMES);
    List<String> folders = strings(DIR_NAMES);
    int[] indexes = entries.get(DIR_INDEXES);
    if (indexes == null || indexes[0] != INT32) {
      return;
    }
    for (int i = 0; i < Math.min(names.size(), indexes[2]); i++) {
      int folder = int32(indexes, i);
      if (folder >= 0 && folder < folders.size()) {
        String file = folders.get(folder) + names.get(i);
        if (file.startsWith("/") && LanguageFiles.tells(file.substring(1))) {
          found.owns(path, file.substring(1));
        }
      }
    }
  }

  private int int32(int[] entry, int index) throws IOException {
    long at = Integer.toUnsignedLong(entry[1]) + 4L * index;
    if (entry[0] != INT32 || index >= entry[2] || at + 4 > data.limit()) {
      throw new IOException("a number outside of its header");
    }
    return data.getInt((int) at);
  }

  private String string(int tag) throws IOException {
    int[] entry = entries.get(tag);
    if (entry == null) {
      return "";
    }
    if (entry[0] != STRING && entry[0] != I18N_STRING && entry[0] != STRING_ARRAY) {
      throw new IOException("tag " + tag + " is no text");
    }
    int start = start(entry);
    return text(start, end(start));
  }

  private List<String> strings(int tag) throws IOException {
    int[] entry = entries.get(tag);
    List<String> all = new ArrayList<>();
    if (entry == null || entry[0] != STRING_ARRAY) {
      return all;
    }
    int at = start(entry);
    for (int i = 0; i < Math.min(Integer.toUnsignedLong(entry[2]), MAX_FILES); i++) {
      int end = end(at);
      all.add(text(at, end));
      at = end + 1;
    }
    return all;
  }

  private int start(int[] entry) throws IOException {
    if (entry[1] < 0 || entry[1] >= data.limit()) {
      throw new IOException("a text outside of its header");
    }
    return entry[1];
  }

  private int end(int from) throws IOException {
    for (int at = from; at < data.limit(); at++) {
      if (data.get(at) == 0) {
        return at;
      }
    }
    throw new IOException("a text without end");
  }

  private String text(int from, int end) {
    byte[] bytes = new byte[end - from];
    data.get(from, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
