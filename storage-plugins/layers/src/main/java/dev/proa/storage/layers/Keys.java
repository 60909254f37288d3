package dev.proa.storage.layers;

import dev.proa.spi.ProaException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Keys of snapshots as file names: what is no plain character is written {@code %XX}. */
public final class Keys {
  private static final int NAME_MAX = 255;

  private Keys() {}

  public static String encode(String key) {
    if (key.isEmpty()) {
      throw ProaException.invalid("the key of a snapshot is empty");
    }
    StringBuilder name = new StringBuilder();
    for (byte b : key.getBytes(StandardCharsets.UTF_8)) {
      boolean plain =
          (b >= 'a' && b <= 'z')
              || (b >= 'A' && b <= 'Z')
              || (b >= '0' && b <= '9')
              || b == ':'
              || b == '-'
              || b == '_'
              || (b == '.' && !name.isEmpty());
      if (plain) {
        name.append((char) b);
      } else {
        name.append('%').append(Character.forDigit(b >> 4 & 15, 16)).append(Character.forDigit(b & 15, 16));
      }
    }
    if (name.length() > NAME_MAX) {
      throw ProaException.invalid("the key of a snapshot is too long: \"" + key.substring(0, Math.min(40, key.length())) + "…\"");
    }
    return name.toString();
  }

  public static String decode(String name) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '%' && i + 2 < name.length()) {
        bytes.write(Integer.parseInt(name, i + 1, i + 3, 16));
        i += 2;
      } else {
        bytes.write(c);
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
