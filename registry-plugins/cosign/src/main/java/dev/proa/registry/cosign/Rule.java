package dev.proa.registry.cosign;

import dev.proa.spi.policy.Requirement;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What holds for the images of some repositories.
 *
 * @param images which
 * @param identities the repositories for which a signature may have been made; empty: the one that the image is pulled from
 */
record Rule(Pattern images, Requirement mode, List<PublicKey> keys, List<Pattern> identities) {
  Rule {
    keys = List.copyOf(keys);
    identities = List.copyOf(identities);
  }

  boolean accepts(SignedName signed, String repository) {
    return identities.isEmpty()
        ? signed.repository().equals(repository)
        : identities.stream().anyMatch(identity -> identity.matcher(signed.repository()).matches());
  }

  /** {@code *} stands for anything within a component of a name, {@code **} for anything. */
  static Pattern glob(String text) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '*') {
        boolean any = i + 1 < text.length() && text.charAt(i + 1) == '*';
        regex.append(any ? ".*" : "[^/]*");
        i += any ? 1 : 0;
      } else {
        regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return Pattern.compile(regex.toString(), Pattern.DOTALL);
  }
}
