package dev.proa.lifecycle.internal.files;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * A layer's tar stream without the empty files and folders of certain names: those that a start makes to mount the engine's own things over are no part
 * of what is committed. All else passes as it is, byte for byte.
 */
public final class OmittingTar extends InputStream {
  private static final int BLOCK = 512;

  // POSIX.1-1988 ustar.
  private static final int NAME = 0;
  private static final int NAME_BYTES = 100;
  private static final int SIZE = 124;
  private static final int SIZE_BYTES = 12;
  private static final int TYPE = 156;
  private static final int PREFIX = 345;
  private static final int PREFIX_BYTES = 155;

  /** Extended headers that describe the entry behind them are held back up to here; a longer one is passed with its entry. */
  private static final int MAX_HELD = 64 << 10;

  private final InputStream tar;
  private final Set<String> omitted;
  private byte[] ready = {};
  private int at;
  private long passing;
  private boolean ended;

  /**
   * @param tar closed with this
   * @param omitted absolute paths
   */
  public OmittingTar(InputStream tar, Set<String> omitted) {
    this.tar = tar;
    this.omitted = Set.copyOf(omitted);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (at == ready.length && passing == 0 && !ended) {
      advance();
    }
    if (at < ready.length) {
      int count = Math.min(length, ready.length - at);
      System.arraycopy(ready, at, target, offset, count);
      at += count;
      return count;
    }
    if (ended) {
      return tar.read(target, offset, length);
    }
    int count = tar.read(target, offset, (int) Math.min(length, passing));
    if (count < 0) {
      ended = true;
      return -1;
    }
    passing -= count;
    return count;
  }

  /** Reads one entry's headers and decides about it. */
  private void advance() throws IOException {
    ByteArrayOutputStream held = new ByteArrayOutputStream();
    boolean longName = false;
    while (true) {
      byte[] header = tar.readNBytes(BLOCK);
      held.writeBytes(header);
      if (header.length < BLOCK || isZero(header)) {
        // The end, or no tar: whoever reads it will say so.
        ended = true;
        break;
      }
      long data = (size(header) + BLOCK - 1) / BLOCK * BLOCK;
      char type = (char) header[TYPE];
      if ("xgLK".indexOf(type) >= 0 && data + held.size() <= MAX_HELD) {
        byte[] extension = tar.readNBytes((int) data);
        held.writeBytes(extension);
        longName |= type == 'L' || new String(extension, StandardCharsets.ISO_8859_1).contains(" path=");
        continue;
      }
      if (!longName && data == 0 && (type == '0' || type == 0 || type == '5') && omitted.contains(path(header))) {
        return;
      }
      passing = data;
      break;
    }
    ready = held.toByteArray();
    at = 0;
  }

  private static boolean isZero(byte[] header) {
    for (byte b : header) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  /** Octal digits, or binary with the highest bit set. */
  private static long size(byte[] header) {
    boolean binary = (header[SIZE] & 0x80) != 0;
    long size = binary ? header[SIZE] & 0x7f : 0;
    for (int i = SIZE + (binary ? 1 : 0); i < SIZE + SIZE_BYTES; i++) {
      if (binary) {
        size = size << 8 | header[i] & 0xff;
      } else if (header[i] >= '0' && header[i] <= '7') {
        size = size << 3 | header[i] - '0';
      }
    }
    return size;
  }

  private static String path(byte[] header) {
    String prefix = text(header, PREFIX, PREFIX_BYTES);
    String name = text(header, NAME, NAME_BYTES);
    String path = prefix.isEmpty() ? name : prefix + "/" + name;
    String bare = path.startsWith("./") ? path.substring(2) : path;
    return "/" + (bare.endsWith("/") ? bare.substring(0, bare.length() - 1) : bare);
  }

  private static String text(byte[] header, int offset, int length) {
    int end = offset;
    while (end < offset + length && header[end] != 0) {
      end++;
    }
    return new String(header, offset, end - offset, StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }
}
