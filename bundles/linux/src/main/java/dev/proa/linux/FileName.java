package dev.proa.linux;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * File names as strings. The kernel's names are bytes; those that are UTF-8 read as such, and every byte that is not is one lone surrogate
 * U+DC80..U+DCFF, so that any name goes from bytes to String and back unchanged.
 */
public final class FileName {
  private FileName() {}

  public static byte[] encode(String name) {
    byte[] out = new byte[name.length() * 3];
    int n = 0;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c < 0x80) {
        out[n++] = (byte) c;
      } else if (c < 0x800) {
        out[n++] = (byte) (0xc0 | c >> 6);
        out[n++] = (byte) (0x80 | c & 0x3f);
      } else if (Character.isHighSurrogate(c) && i + 1 < name.length() && Character.isLowSurrogate(name.charAt(i + 1))) {
        int code = Character.toCodePoint(c, name.charAt(++i));
        out[n++] = (byte) (0xf0 | code >> 18);
        out[n++] = (byte) (0x80 | code >> 12 & 0x3f);
        out[n++] = (byte) (0x80 | code >> 6 & 0x3f);
        out[n++] = (byte) (0x80 | code & 0x3f);
      } else if (c >= 0xdc80 && c <= 0xdcff) {
        out[n++] = (byte) c;
      } else {
        out[n++] = (byte) (0xe0 | c >> 12);
        out[n++] = (byte) (0x80 | c >> 6 & 0x3f);
        out[n++] = (byte) (0x80 | c & 0x3f);
      }
    }
    return Arrays.copyOf(out, n);
  }

  public static String decode(byte[] name) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(name);
    try {
      return decoder.decode(in).toString();
    } catch (CharacterCodingException e) {
      return decodeWithForeignBytes(name, decoder);
    }
  }

  private static String decodeWithForeignBytes(byte[] name, CharsetDecoder decoder) {
    CharBuffer out = CharBuffer.allocate(name.length);
    ByteBuffer in = ByteBuffer.wrap(name);
    decoder.reset();
    while (in.hasRemaining()) {
      var result = decoder.decode(in, out, true);
      if (result.isMalformed() || result.isUnmappable()) {
        for (int i = 0; i < result.length(); i++) {
          out.put((char) (0xdc00 | in.get() & 0xff));
        }
        decoder.reset();
      }
    }
    return out.flip().toString();
  }
}
