package dev.proa.lifecycle.internal.streams;

import dev.proa.spi.ProaException;
import java.io.ByteArrayOutputStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds the keys by which a user detaches from a terminal. Bytes of an unfinished sequence are held back, as Docker does. */
final class DetachKeys {
  private static final byte[] DEFAULT = {16, 17};

  private final byte[] keys;
  private int matched;
  private boolean detached;

  private DetachKeys(byte[] keys) {
    this.keys = keys;
  }

  /** @param text such as {@code ctrl-p,ctrl-q}; null or empty for just that */
  static DetachKeys parse(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return new DetachKeys(DEFAULT);
    }
    ByteArrayOutputStream keys = new ByteArrayOutputStream();
    for (String key : text.split(",", -1)) {
      keys.write(code(key, text));
    }
    return new DetachKeys(keys.toByteArray());
  }

  private static int code(String key, String text) {
    if (key.length() == 1 && key.charAt(0) < 128) {
      return key.charAt(0);
    }
    String lower = key.toLowerCase(Locale.ROOT);
    if (lower.startsWith("ctrl-") && lower.length() == 6) {
      char c = lower.charAt(5);
      if (c >= 'a' && c <= 'z') {
        return c - 'a' + 1;
      }
      int special = "@[\\]^_".indexOf(c);
      if (special >= 0) {
        return special == 0 ? 0 : 26 + special;
      }
    }
    throw ProaException.invalid("Invalid detach keys (" + text + ") provided: unknown key '" + key + "'");
  }

  /** The bytes that are for the process. */
  byte[] filter(byte[] input) {
    ByteArrayOutputStream rest = new ByteArrayOutputStream(input.length + matched);
    for (byte b : input) {
      if (b == keys[matched]) {
        if (++matched == keys.length) {
          detached = true;
          return rest.toByteArray();
        }
        continue;
      }
      rest.write(keys, 0, matched);
      matched = 0;
      if (b == keys[0]) {
        matched = 1;
      } else {
        rest.write(b);
      }
    }
    return rest.toByteArray();
  }

  boolean detached() {
    return detached;
  }
}
