package dev.proa.images.internal.content;

import dev.proa.images.Reference;
import dev.proa.spi.ProaException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * A content digest ({@code image-spec/descriptor.md}). SHA-256 alone: it is what every registry uses, and what ids are made of.
 *
 * @param value {@code sha256:} and 64 lower-case hexadecimal digits
 */
public record Digest(String value) implements Comparable<Digest> {
  public Digest {
    if (!value.startsWith("sha256:") || Reference.asId(value).isEmpty()) {
      throw ProaException.invalid(
          value.startsWith("sha384:") || value.startsWith("sha512:")
              ? "unsupported digest algorithm in " + value + ": only sha256 is"
              : "invalid checksum digest format: \"" + abbreviate(value) + "\"");
    }
  }

  private static String abbreviate(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }

  public static Digest ofHex(String hex) {
    return new Digest("sha256:" + hex);
  }

  public static Digest of(byte[] content) {
    MessageDigest hash = sha256();
    hash.update(content);
    return of(hash);
  }

  /** The digest of what was fed to the hash. */
  public static Digest of(MessageDigest finished) {
    return ofHex(HexFormat.of().formatHex(finished.digest()));
  }

  public String hex() {
    return value.substring(7);
  }

  /** The first 12 digits, as Docker shows ids. */
  public String shortHex() {
    return value.substring(7, 19);
  }

  /** Chain ids of a list of diff ids (image-spec config.md, "Layer ChainID"), lowest first. */
  public static List<Digest> chainIds(List<Digest> diffIds) {
    Digest[] chain = new Digest[diffIds.size()];
    for (int i = 0; i < chain.length; i++) {
      chain[i] =
          i == 0
              ? diffIds.get(0)
              : of((chain[i - 1].value + " " + diffIds.get(i).value).getBytes(StandardCharsets.US_ASCII));
    }
    return List.of(chain);
  }

  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public int compareTo(Digest other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
