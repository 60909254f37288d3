package dev.proa.scan.advisory;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import us.springett.cvss.Cvss;

/** How bad it is, by CVSS's scale of words (CVSS 3.1, section 5). */
public enum Severity {
  UNKNOWN,
  NEGLIGIBLE,
  LOW,
  MEDIUM,
  HIGH,
  CRITICAL;

  public static Severity ofScore(double score) {
    if (score <= 0) {
      return NEGLIGIBLE;
    }
    if (score < 4) {
      return LOW;
    }
    return score < 7 ? MEDIUM : score < 9 ? HIGH : CRITICAL;
  }

  /** A word of a distribution or a user; null if it is none. */
  public static @Nullable Severity ofWord(String word) {
    return switch (word.strip().toLowerCase(Locale.ROOT)) {
      case "critical" -> CRITICAL;
      case "high", "important" -> HIGH;
      case "medium", "moderate" -> MEDIUM;
      case "low" -> LOW;
      case "negligible", "unimportant", "none" -> NEGLIGIBLE;
      case "unknown" -> UNKNOWN;
      default -> null;
    };
  }

  /** The base score of a vector of CVSS 2, 3.0, 3.1 or 4.0; -1 if it is none. */
  public static double score(String vector) {
    if (vector.length() > 512) {
      return -1;
    }
    try {
      Cvss cvss = Cvss.fromVector(vector.strip());
      return cvss == null ? -1 : cvss.calculateScore().getBaseScore();
    } catch (RuntimeException e) {
      // Somebody else's text, and no vector: it has no score.
      return -1;
    }
  }

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
