package dev.proa.lifecycle.internal;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Ids as Docker makes them: 64 hexadecimal digits. */
public final class Ids {
  private static final SecureRandom RANDOM = new SecureRandom();

  private Ids() {}

  /** Not all digits in the short form: a host name of digits only would look like a number. */
  public static String random() {
    byte[] bytes = new byte[32];
    while (true) {
      RANDOM.nextBytes(bytes);
      String id = HexFormat.of().formatHex(bytes);
      if (shorten(id).chars().anyMatch(c -> c > '9')) {
        return id;
      }
    }
  }

  public static String shorten(String id) {
    return id.length() > 12 ? id.substring(0, 12) : id;
  }

  public static int below(int bound) {
    return RANDOM.nextInt(bound);
  }
}
