package dev.proa.spi.registry;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What answers a challenge. Its text never shows it.
 *
 * @param header the value of the header {@code Authorization}
 * @param expires when it is not to be sent any more; null if that is not known
 * @param refreshToken what a later login needs instead of a password; empty if there is none
 */
public record Authorization(String header, @Nullable Instant expires, String refreshToken) {
  @Override
  public String toString() {
    int space = header.indexOf(' ');
    return (space < 0 ? "authorization" : header.substring(0, space)) + " until " + expires;
  }
}
