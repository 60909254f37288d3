package dev.proa.spi.conformance;

import dev.proa.linux.FileName;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes a layer's tar stream member by member, hostile ones too: nothing is checked, every field can be set. Modes, owners and times are
 * those set last by {@link #mode}, {@link #owner} and {@link #time}.
 */
public final class LayerTar {
  private static final int BLOCK = 512;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Map<String, byte[]> pax = new LinkedHashMap<>();
  private int mode = -1;
  private int uid;
  private int gid;
  private long seconds = 1_700_000_000;
  private int nanos;

  /** For the next members; −1 is 0755 for directories and 0644 for the rest. */
  public LayerTar mode(int value) {
    mode = value;
    return this;
  }

  public LayerTar owner(int user, int group) {
    uid = user;
    gid = group;
    return this;
  }

  public LayerTar time(long epochSeconds, int fraction) {
    seconds = epochSeconds;
    nanos = fraction;
    return this;
  }

  /** For the next member only. */
  public LayerTar xattr(String name, byte... value) {
    return pax("SCHILY.xattr." + name, value);
  }

  /** A pax record for the next member only. */
  public LayerTar pax(String key, byte... value) {
    pax.put(key, value);
    return this;
  }

  public LayerTar directory(String name) {
    return member(name, '5', "", 0, 0, new byte[0]);
  }

  public LayerTar file(String name, String content) {
    return file(name, content.getBytes(StandardCharsets.UTF_8));
  }

  public LayerTar file(String name, byte[] content) {
    return member(name, '0', "", 0, 0, content);
  }

  public LayerTar hardLink(String name, String target) {
    return member(name, '1', target, 0, 0, new byte[0]);
  }

  public LayerTar symbolicLink(String name, String target) {
    return member(name, '2', target, 0, 0, new byte[0]);
  }

  public LayerTar characterDevice(String name, int major, int minor) {
    return member(name, '3', "", major, minor, new byte[0]);
  }

  public LayerTar blockDevice(String name, int major, int minor) {
    return member(name, '4', "", major, minor, new byte[0]);
  }

  public LayerTar fifo(String name) {
    return member(name, '6', "", 0, 0, new byte[0]);
  }

  /** Hides {@code path} of the layers below. */
  public LayerTar whiteout(String path) {
    int slash = path.lastIndexOf('/') + 1;
    return file(path.substring(0, slash) + ".wh." + path.substring(slash), "");
  }

  /** Hides everything that the layers below have in the directory. */
  public LayerTar opaque(String directory) {
    return file(directory + "/.wh..wh..opq", "");
  }

  /** A member with any type flag. */
  public LayerTar member(String name, char type, String link, int major, int minor, byte[] content) {
    byte[] nameBytes = FileName.encode(name);
    byte[] linkBytes = FileName.encode(link);
    if (nameBytes.length > 100 && !pax.containsKey("path")) {
      pax.put("path", nameBytes);
    }
    if (linkBytes.length > 100 && !pax.containsKey("linkpath")) {
      pax.put("linkpath", linkBytes);
    }
    if (nanos != 0 && !pax.containsKey("mtime")) {
      pax.put("mtime", (seconds + "." + String.format("%09d", nanos)).getBytes(StandardCharsets.US_ASCII));
    }
    if (uid > 07777777) {
      pax.putIfAbsent("uid", Integer.toString(uid).getBytes(StandardCharsets.US_ASCII));
    }
    if (gid > 07777777) {
      pax.putIfAbsent("gid", Integer.toString(gid).getBytes(StandardCharsets.US_ASCII));
    }
    if (!pax.isEmpty()) {
      byte[] records = records();
      pax.clear();
      out.writeBytes(header("pax".getBytes(StandardCharsets.US_ASCII), 'x', new byte[0], 0644, records.length, 0, 0));
      padded(records);
    }
    int bits = mode >= 0 ? mode : type == '5' ? 0755 : type == '2' ? 0777 : 0644;
    out.writeBytes(header(cut(nameBytes), type, cut(linkBytes), bits, content.length, major, minor));
    padded(content);
    return this;
  }

  /** Bytes as they are. */
  public LayerTar raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  /** The archive with its end. */
  public byte[] bytes() {
    byte[] members = out.toByteArray();
    return Arrays.copyOf(members, members.length + 2 * BLOCK);
  }

  /** The archive without an end. */
  public byte[] members() {
    return out.toByteArray();
  }

  public InputStream stream() {
    return new ByteArrayInputStream(bytes());
  }

  private static byte[] cut(byte[] name) {
    return name.length <= 100 ? name : Arrays.copyOf(name, 100);
  }

  private void padded(byte[] content) {
    out.writeBytes(content);
    out.writeBytes(new byte[-content.length & (BLOCK - 1)]);
  }

  private byte[] records() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    pax.forEach(
        (key, value) -> {
          byte[] name = FileName.encode(key);
          int length = name.length + value.length + 3;
          for (int digits = 1; ; digits++) {
            if (Integer.toString(length + digits).length() == digits) {
              length += digits;
              break;
            }
          }
          all.writeBytes((length + " ").getBytes(StandardCharsets.US_ASCII));
          all.writeBytes(name);
          all.write('=');
          all.writeBytes(value);
          all.write('\n');
        });
    return all.toByteArray();
  }

  private byte[] header(byte[] name, char type, byte[] link, int bits, long size, int major, int minor) {
    byte[] block = new byte[BLOCK];
    System.arraycopy(name, 0, block, 0, name.length);
    octal(block, 100, 7, bits);
    octal(block, 108, 7, uid & 07777777);
    octal(block, 116, 7, gid & 07777777);
    octal(block, 124, 11, size);
    octal(block, 136, 11, Math.max(0, seconds));
    block[156] = (byte) type;
    System.arraycopy(link, 0, block, 157, link.length);
    System.arraycopy("ustar\u000000".getBytes(StandardCharsets.US_ASCII), 0, block, 257, 8);
    octal(block, 329, 7, major);
    octal(block, 337, 7, minor);
    checksum(block);
    return block;
  }

  private static void octal(byte[] block, int at, int digits, long value) {
    byte[] text = String.format("%0" + digits + "o", value).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, block, at, digits);
  }

  /** Sets the header's checksum right. */
  public static void checksum(byte[] block) {
    Arrays.fill(block, 148, 156, (byte) ' ');
    int sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      sum += block[i] & 0xff;
    }
    octal(block, 148, 6, sum);
    block[154] = 0;
  }
}
