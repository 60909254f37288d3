package dev.proa.lifecycle.internal.logs;

import dev.proa.lifecycle.containers.StreamType;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * The lines of Docker's json-file logs: <code>{"log":"text\n","stream":"stdout","time":"2006-01-02T15:04:05.999999999Z"}</code>. Written by
 * hand because a line is encoded for every line that a container prints.
 */
final class JsonLines {
  private static final byte[] REPLACEMENT = "\\ufffd".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final DateTimeFormatter SECONDS = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss").withZone(ZoneOffset.UTC);

  private JsonLines() {}

  /** RFC 3339 with nanoseconds, trailing zeros left out. */
  static String timestamp(Instant time) {
    StringBuilder text = new StringBuilder(30).append(SECONDS.format(time));
    if (time.getNano() != 0) {
      String nanos = String.format("%09d", time.getNano());
      int end = nanos.length();
      while (nanos.charAt(end - 1) == '0') {
        end--;
      }
      text.append('.').append(nanos, 0, end);
    }
    return text.append('Z').toString();
  }

  /** @param tail everything behind the text: {@code ","stream":…} and the line end */
  static void encode(ByteArrayOutputStream out, byte[] bytes, int offset, int length, byte[] tail) {
    out.writeBytes(HEAD);
    escape(out, bytes, offset, length);
    out.writeBytes(tail);
  }

  private static final byte[] HEAD = "{\"log\":\"".getBytes(StandardCharsets.US_ASCII);

  static byte[] tail(StreamType stream, Instant time, String attributesJson) {
    String attributes = attributesJson.isEmpty() ? "" : ",\"attrs\":" + attributesJson;
    return ("\",\"stream\":\"" + (stream == StreamType.STDOUT ? "stdout" : "stderr") + '"' + attributes + ",\"time\":\"" + timestamp(time) + "\"}\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  /** As Go's encoder: markup and line separators escaped, bytes that are no UTF-8 replaced. */
  private static void escape(ByteArrayOutputStream out, byte[] bytes, int offset, int length) {
    int end = offset + length;
    int plain = offset;
    for (int i = offset; i < end; ) {
      int b = bytes[i] & 0xff;
      if (b < 0x80) {
        if (b >= 0x20 && b != '"' && b != '\\' && b != '<' && b != '>' && b != '&') {
          i++;
          continue;
        }
        out.write(bytes, plain, i - plain);
        escapeAscii(out, b);
        plain = ++i;
        continue;
      }
      int size = sequenceLength(bytes, i, end);
      if (size == 0) {
        out.write(bytes, plain, i - plain);
        out.writeBytes(REPLACEMENT);
        plain = ++i;
      } else {
        i += size;
      }
    }
    out.write(bytes, plain, end - plain);
  }

  private static void escapeAscii(ByteArrayOutputStream out, int b) {
    out.write('\\');
    switch (b) {
      case '"', '\\' -> out.write(b);
      case '\n' -> out.write('n');
      case '\r' -> out.write('r');
      case '\t' -> out.write('t');
      default -> {
        out.write('u');
        out.write('0');
        out.write('0');
        out.write(HEX[b >> 4]);
        out.write(HEX[b & 15]);
      }
    }
  }

  /** Bytes of the UTF-8 sequence that begins here (RFC 3629), 0 if it is none. */
  private static int sequenceLength(byte[] bytes, int i, int end) {
    int first = bytes[i] & 0xff;
    int size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || i + size > end) {
      return 0;
    }
    for (int k = 1; k < size; k++) {
      if ((bytes[i + k] & 0xc0) != 0x80) {
        return 0;
      }
    }
    int second = bytes[i + 1] & 0xff;
    boolean overlong = first == 0xe0 && second < 0xa0 || first == 0xf0 && second < 0x90;
    boolean outside = first == 0xed && second > 0x9f || first == 0xf4 && second > 0x8f;
    return overlong || outside ? 0 : size;
  }

  /** How many of the last bytes are the beginning of a UTF-8 sequence that is not complete. */
  static int unfinished(byte[] bytes, int offset, int end) {
    for (int back = 1; back <= 3 && end - back >= offset; back++) {
      int b = bytes[end - back] & 0xff;
      if ((b & 0xc0) == 0x80) {
        continue;
      }
      int size = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : b >= 0xc0 ? 2 : 1;
      return size > back ? back : 0;
    }
    return 0;
  }
}
