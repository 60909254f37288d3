package dev.proa.linux.tar;

import dev.proa.linux.FileName;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Encodes members as ustar headers, with a pax header in front where ustar cannot say it: long names, names that are no ASCII, large numbers,
 * fractions of seconds, extended attributes and sparse maps (GNU 1.0). The same member always gives the same bytes.
 */
public final class TarWriter {
  private static final int BLOCK = TarReader.BLOCK;

  /** The two blocks of zeros that end an archive. */
  public static final int END_BYTES = 2 * BLOCK;

  private TarWriter() {}

  /** Everything that stands before the member's data, a sparse map included. */
  public static byte[] header(TarEntry entry) {
    byte[] name = FileName.encode(entry.name());
    byte[] link = FileName.encode(entry.linkName());
    byte[] map = entry.extents() == null ? new byte[0] : sparseMap(entry.extents());
    long stored = entry.extents() == null ? entry.size() : map.length + dataBytes(entry.extents());
    Map<String, byte[]> pax = new LinkedHashMap<>();
    int split = split(name);
    if (entry.extents() != null) {
      pax.put("GNU.sparse.major", ascii("1"));
      pax.put("GNU.sparse.minor", ascii("0"));
      pax.put("GNU.sparse.name", name);
      pax.put("GNU.sparse.realsize", ascii(Long.toString(entry.size())));
    } else if (split < 0) {
      pax.put("path", name);
    }
    if (link.length > 100 || !isAscii(link)) {
      pax.put("linkpath", link);
    }
    if (entry.modifiedNanos() != 0 || entry.modifiedSeconds() < 0 || entry.modifiedSeconds() > 077777777777L) {
      pax.put("mtime", ascii(seconds(entry.modifiedSeconds(), entry.modifiedNanos())));
    }
    if (stored > 077777777777L) {
      pax.put("size", ascii(Long.toString(stored)));
    }
    number(pax, "uid", entry.uid());
    number(pax, "gid", entry.gid());
    entry.xattrs().forEach((key, value) -> pax.put("SCHILY.xattr." + key, value));

    ByteArrayOutputStream out = new ByteArrayOutputStream(BLOCK * 3);
    if (!pax.isEmpty()) {
      byte[] records = records(pax);
      byte[] shortName = ascii("PaxHeaders/" + baseName(entry.name()));
      out.writeBytes(block(shortName, 0, 'x', new byte[0], 0644, 0, 0, records.length, 0, 0, 0));
      out.writeBytes(records);
      out.writeBytes(new byte[-records.length & (BLOCK - 1)]);
    }
    byte[] plainName = pax.containsKey("path") || entry.extents() != null ? shortened(name) : name;
    out.writeBytes(
        block(
            plainName,
            plainName == name ? split : 0,
            entry.type().flag(),
            pax.containsKey("linkpath") ? Arrays.copyOf(link, Math.min(link.length, 100)) : link,
            entry.mode(),
            pax.containsKey("uid") ? 0 : entry.uid(),
            pax.containsKey("gid") ? 0 : entry.gid(),
            pax.containsKey("size") ? 0 : stored,
            entry.modifiedSeconds() < 0 || entry.modifiedSeconds() > 077777777777L ? 0 : entry.modifiedSeconds(),
            entry.deviceMajor(),
            entry.deviceMinor()));
    out.writeBytes(map);
    return out.toByteArray();
  }

  /** How many bytes of data follow the header. */
  public static long dataBytes(TarEntry entry) {
    return entry.extents() == null ? entry.size() : dataBytes(entry.extents());
  }

  /** How many zeros follow the data. */
  public static int padding(TarEntry entry) {
    return (int) (-dataBytes(entry) & (BLOCK - 1)); // a sparse map is whole blocks itself
  }

  private static long dataBytes(long[] extents) {
    long bytes = 0;
    for (int i = 1; i < extents.length; i += 2) {
      bytes += extents[i];
    }
    return bytes;
  }

  private static byte[] sparseMap(long[] extents) {
    StringBuilder map = new StringBuilder().append(extents.length / 2).append('\n');
    for (long number : extents) {
      map.append(number).append('\n');
    }
    byte[] bytes = ascii(map.toString());
    return Arrays.copyOf(bytes, bytes.length + (-bytes.length & (BLOCK - 1)));
  }

  private static void number(Map<String, byte[]> pax, String key, int id) {
    if (id < 0 || id > 07777777) {
      pax.put(key, ascii(Long.toString(Integer.toUnsignedLong(id))));
    }
  }

  private static String seconds(long seconds, int nanos) {
    if (nanos == 0) {
      return Long.toString(seconds);
    }
    boolean negative = seconds < 0;
    long whole = negative ? -(seconds + 1) : seconds;
    int fraction = negative ? 1_000_000_000 - nanos : nanos;
    String digits = String.format("%09d", fraction);
    int end = digits.length();
    while (digits.charAt(end - 1) == '0') {
      end--;
    }
    return (negative ? "-" : "") + whole + "." + digits.substring(0, end);
  }

  private static byte[] records(Map<String, byte[]> pax) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    pax.forEach(
        (key, value) -> {
          byte[] name = FileName.encode(key);
          int body = name.length + value.length + 3; // blank, equals sign, newline
          int length = body + Integer.toString(body).length();
          if (Integer.toString(length).length() + body != length) {
            length = body + Integer.toString(length).length();
          }
          out.writeBytes(ascii(length + " "));
          out.writeBytes(name);
          out.write('=');
          out.writeBytes(value);
          out.write('\n');
        });
    return out.toByteArray();
  }

  /** Where to cut a name into prefix and name: 0 not at all, the slash's index, −1 if ustar cannot hold it. */
  private static int split(byte[] name) {
    if (!isAscii(name)) {
      return -1;
    }
    if (name.length <= 100) {
      return 0;
    }
    for (int i = Math.min(155, name.length - 2); i > 0 && name.length - i - 1 <= 100; i--) {
      if (name[i] == '/') {
        return i;
      }
    }
    return -1;
  }

  private static boolean isAscii(byte[] name) {
    for (byte b : name) {
      if (b < 0) {
        return false;
      }
    }
    return true;
  }

  private static byte[] shortened(byte[] name) {
    byte[] plain = new byte[Math.min(name.length, 100)];
    for (int i = 0; i < plain.length; i++) {
      plain[i] = name[i] < 0 ? (byte) '_' : name[i];
    }
    return plain;
  }

  private static String baseName(String name) {
    String trimmed = name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
    StringBuilder base = new StringBuilder();
    for (int i = trimmed.lastIndexOf('/') + 1; i < trimmed.length() && base.length() < 64; i++) {
      char c = trimmed.charAt(i);
      base.append(c > ' ' && c < 0x7f ? c : '_');
    }
    return base.toString();
  }

  private static byte[] block(
      byte[] name, int split, char flag, byte[] link, int mode, int uid, int gid, long size, long mtime, int major, int minor) {
    byte[] block = new byte[BLOCK];
    if (split > 0) {
      System.arraycopy(name, 0, block, 345, split);
      System.arraycopy(name, split + 1, block, 0, name.length - split - 1);
    } else {
      System.arraycopy(name, 0, block, 0, name.length);
    }
    octal(block, 100, 8, mode);
    octal(block, 108, 8, uid);
    octal(block, 116, 8, gid);
    octal(block, 124, 12, size);
    octal(block, 136, 12, mtime);
    block[156] = (byte) flag;
    System.arraycopy(link, 0, block, 157, link.length);
    System.arraycopy(ascii("ustar\00000"), 0, block, 257, 8);
    octal(block, 329, 8, major);
    octal(block, 337, 8, minor);
    Arrays.fill(block, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    octal(block, 148, 7, sum);
    return block;
  }

  private static void octal(byte[] block, int at, int length, long value) {
    long rest = value;
    for (int i = at + length - 2; i >= at; i--) {
      block[i] = (byte) ('0' + (rest & 7));
      rest >>>= 3;
    }
    block[at + length - 1] = 0;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
