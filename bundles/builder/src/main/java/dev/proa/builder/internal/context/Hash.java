package dev.proa.builder.internal.context;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A digest over fields, each with its length in front, so that no two lists of fields give the same bytes. */
public final class Hash {
  private final MessageDigest sha = sha256();

  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has it
    }
  }

  public Hash add(String field) {
    return add(field.getBytes(StandardCharsets.UTF_8));
  }

  public Hash add(byte[] field) {
    add((long) field.length);
    sha.update(field);
    return this;
  }

  public Hash add(long number) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      sha.update((byte) (number >>> shift));
    }
    return this;
  }

  /** In hexadecimal. */
  public String hex() {
    return HexFormat.of().formatHex(sha.digest());
  }
}
