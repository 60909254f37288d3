package dev.proa.lifecycle.internal.logs;

import dev.proa.lifecycle.containers.StreamType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The lines of Docker's json-file logs: <code>{"log":"text\n","stream":"stdout","time":"2006-01-02T15:04:05.999999999Z"}</code>. Written by
 * hand because a line is encoded for every line that a container prints.
 */
final class JsonLines {
  private static final byte[] REPLACEMENT = "\\ufffd".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final DateTimeFormatter SECONDS = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss").withZone(ZoneOffset.UTC);

  private static final byte[] HEAD = ascii("{\"log\":\"");
  private static final byte[] OUT = ascii(",\"stream\":\"stdout\",\"time\":\"");
  private static final byte[] ERR = ascii(",\"stream\":\"stderr\",\"time\":\"");
  private static final byte[] END = ascii("\"}");

  private JsonLines() {}

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** A plain entry; its text is in the buffer. @param time as it is written */
  record Plain(StreamType stream, String time) {}

  /**
   * Reads an entry as {@link #encode} writes it, without attributes.
   *
   * @param text takes the text
   * @param timed whether anybody wants to know the time; else it is empty
   * @return null for anything else: then it is for a JSON parser
   */
  static @Nullable Plain decode(byte[] line, int offset, int length, EntryBuffer text, boolean timed) {
    int end = offset + length;
    if (!at(line, offset, end, HEAD)) {
      return null;
    }
    text.clear();
    int i = offset + HEAD.length;
    int plain = i;
    while (i < end && line[i] != '"') {
      if (line[i] != '\\') {
        i++;
        continue;
      }
      text.add(line, plain, i - plain);
      i = unescape(line, i + 1, end, text);
      if (i < 0) {
        return null;
      }
      plain = i;
    }
    if (i >= end) {
      return null;
    }
    text.add(line, plain, i - plain);
    StreamType stream = at(line, i + 1, end, OUT) ? StreamType.STDOUT : at(line, i + 1, end, ERR) ? StreamType.STDERR : null;
    int time = i + 1 + OUT.length;
    if (stream == null || end - END.length < time || !at(line, end - END.length, end, END)) {
      return null;
    }
    return new Plain(stream, timed ? new String(line, time, end - END.length - time, StandardCharsets.US_ASCII) : "");
  }

  /** @return the index behind the escape; −1 for one that {@link #encode} does not write */
  private static int unescape(byte[] line, int i, int end, EntryBuffer text) {
    if (i >= end) {
      return -1;
    }
    switch (line[i]) {
      case '"', '\\' -> text.add(line[i]);
      case 'n' -> text.add((byte) '\n');
      case 'r' -> text.add((byte) '\r');
      case 't' -> text.add((byte) '\t');
      case 'u' -> {
        if (i + 5 > end) {
          return -1;
        }
        int c = 0;
        for (int k = 1; k <= 4; k++) {
          int digit = Character.digit(line[i + k], 16);
          if (digit < 0) {
            return -1;
          }
          c = c << 4 | digit;
        }
        if (Character.isSurrogate((char) c)) {
          return -1;
        }
        if (c < 0x80) {
          text.add((byte) c);
        } else {
          text.add(String.valueOf((char) c).getBytes(StandardCharsets.UTF_8));
        }
        return i + 5;
      }
      default -> {
        return -1;
      }
    }
    return i + 1;
  }

  private static boolean at(byte[] line, int offset, int end, byte[] wanted) {
    return end - offset >= wanted.length && Arrays.equals(line, offset, offset + wanted.length, wanted, 0, wanted.length);
  }

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
  static void encode(EntryBuffer out, byte[] bytes, int offset, int length, byte[] tail) {
    out.add(HEAD);
    escape(out, bytes, offset, length);
    out.add(tail);
  }

  static byte[] tail(StreamType stream, Instant time, String attributesJson) {
    String attributes = attributesJson.isEmpty() ? "" : ",\"attrs\":" + attributesJson;
    return ("\",\"stream\":\"" + (stream == StreamType.STDOUT ? "stdout" : "stderr") + '"' + attributes + ",\"time\":\"" + timestamp(time) + "\"}\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  /** As Go's encoder: markup and line separators escaped, bytes that are no UTF-8 replaced. */
  private static void escape(EntryBuffer out, byte[] bytes, int offset, int length) {
    int end = offset + length;
    int plain = offset;
    for (int i = offset; i < end; ) {
      int b = bytes[i] & 0xff;
      if (b < 0x80) {
        if (b >= 0x20 && b != '"' && b != '\\' && b != '<' && b != '>' && b != '&') {
          i++;
          continue;
        }
        out.add(bytes, plain, i - plain);
        escapeAscii(out, b);
        plain = ++i;
        continue;
      }
      int size = sequenceLength(bytes, i, end);
      if (size == 0) {
        out.add(bytes, plain, i - plain);
        out.add(REPLACEMENT);
        plain = ++i;
      } else {
        i += size;
      }
    }
    out.add(bytes, plain, end - plain);
  }

  private static void escapeAscii(EntryBuffer out, int b) {
    out.add((byte) '\\');
    switch (b) {
      case '"', '\\' -> out.add((byte) b);
      case '\n' -> out.add((byte) 'n');
      case '\r' -> out.add((byte) 'r');
      case '\t' -> out.add((byte) 't');
      default -> {
        out.add((byte) 'u');
        out.add((byte) '0');
        out.add((byte) '0');
        out.add(HEX[b >> 4]);
        out.add(HEX[b & 15]);
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
