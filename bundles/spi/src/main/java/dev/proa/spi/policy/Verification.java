package dev.proa.spi.policy;

/**
 * What came of looking at an image.
 *
 * @param verified whether there is a proof
 * @param detail for users, lower case without a full stop: by what it was verified ({@code key release.pem}), or why it was not
 */
public record Verification(boolean verified, String detail) {
  public static Verification verified(String by) {
    return new Verification(true, by);
  }

  public static Verification refused(String why) {
    return new Verification(false, why);
  }
}
