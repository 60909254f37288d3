package dev.proa.cli.text;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;

/** Sizes and times in docker's words (go-units). */
public final class Units {
  private static final String[] DECIMAL = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  private static final String[] BINARY = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private Units() {}

  /** {@code 4.26MB}: three significant digits, powers of 1000. */
  public static String size(double bytes) {
    return size(bytes, 1000, DECIMAL, 3);
  }

  /** {@code 3.828GiB}: four significant digits, powers of 1024. */
  public static String binarySize(double bytes) {
    return size(bytes, 1024, BINARY, 4);
  }

  private static String size(double bytes, int base, String[] names, int digits) {
    double value = bytes;
    int unit = 0;
    while (value >= base && unit < names.length - 1) {
      value /= base;
      unit++;
    }
    return general(value, digits) + names[unit];
  }

  /** Go's {@code %.Ng} for numbers from 0 to 1024: significant digits without trailing zeros. */
  private static String general(double value, int digits) {
    int whole = value < 1 ? 1 : (int) Math.log10(value) + 1;
    String text = String.format(Locale.ROOT, "%." + Math.max(0, digits - whole) + "f", value);
    if (text.indexOf('.') >= 0) {
      int end = text.length();
      while (text.charAt(end - 1) == '0') {
        end--;
      }
      text = text.substring(0, text.charAt(end - 1) == '.' ? end - 1 : end);
    }
    return text;
  }

  /** {@code About a minute}, {@code 3 hours}. */
  public static String duration(Duration duration) {
    long seconds = duration.toSeconds();
    long hours = Math.round(duration.toMillis() / 3_600_000.0);
    if (seconds < 1) {
      return "Less than a second";
    } else if (seconds == 1) {
      return "1 second";
    } else if (seconds < 60) {
      return seconds + " seconds";
    } else if (duration.toMinutes() == 1) {
      return "About a minute";
    } else if (duration.toMinutes() < 60) {
      return duration.toMinutes() + " minutes";
    } else if (hours == 1) {
      return "About an hour";
    } else if (hours < 48) {
      return hours + " hours";
    } else if (hours < 24 * 7 * 2) {
      return hours / 24 + " days";
    } else if (hours < 24 * 30 * 2) {
      return hours / 24 / 7 + " weeks";
    } else if (hours < 24 * 365 * 2) {
      return hours / 24 / 30 + " months";
    }
    return duration.toHours() / 24 / 365 + " years";
  }

  public static String ago(Instant then) {
    return duration(Duration.between(then, Instant.now())) + " ago";
  }

  public static String ago(long epochSeconds) {
    return ago(Instant.ofEpochSecond(epochSeconds));
  }

  /** As Go prints a time: {@code 2026-11-23 21:00:54 +0000 UTC}. */
  public static String dateTime(long epochSeconds) {
    return DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss Z zzz", Locale.ROOT).withZone(ZoneId.systemDefault()).format(Instant.ofEpochSecond(epochSeconds));
  }

  /** {@code 2026-11-23T21:00:54Z}, in the time zone of this machine. */
  public static String rfc3339(long epochSeconds) {
    return DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ssXXX", Locale.ROOT).withZone(ZoneId.systemDefault()).format(Instant.ofEpochSecond(epochSeconds));
  }

  /** The epoch for what is no time. */
  public static Instant time(String rfc3339) {
    try {
      return rfc3339.isEmpty() ? Instant.EPOCH : DateTimeFormatter.ISO_OFFSET_DATE_TIME.parse(rfc3339, Instant::from);
    } catch (DateTimeParseException e) {
      return Instant.EPOCH;
    }
  }

  /**
   * {@code 64m}, {@code 1.5gb}, {@code 1024} as bytes, powers of 1024.
   *
   * @throws NumberFormatException with docker's text
   */
  public static long bytes(String text) {
    String lower = text.toLowerCase(Locale.ROOT).strip();
    int end = lower.length();
    while (end > 0 && Character.isLetter(lower.charAt(end - 1))) {
      end--;
    }
    String unit = lower.substring(end);
    String number = lower.substring(0, end).strip();
    int power =
        switch (unit) {
          case "", "b" -> 0;
          case "k", "kb", "kib" -> 1;
          case "m", "mb", "mib" -> 2;
          case "g", "gb", "gib" -> 3;
          case "t", "tb", "tib" -> 4;
          case "p", "pb", "pib" -> 5;
          default -> -1;
        };
    try {
      if (power >= 0) {
        double value = Double.parseDouble(number) * Math.pow(1024, power);
        if (value >= 0 && value < Long.MAX_VALUE) {
          return (long) value;
        }
      }
    } catch (NumberFormatException e) {
      throw new NumberFormatException("invalid size: '" + text + "'");
    }
    throw new NumberFormatException("invalid size: '" + text + "'");
  }

  /** {@code 10s}, {@code 1m30s}, {@code 500ms} in nanoseconds, as Go's ParseDuration. */
  public static long durationNs(String text) {
    if (text.equals("0")) {
      return 0;
    }
    double total = 0;
    int at = 0;
    while (at < text.length()) {
      int start = at;
      while (at < text.length() && (Character.isDigit(text.charAt(at)) || text.charAt(at) == '.')) {
        at++;
      }
      int unitStart = at;
      while (at < text.length() && Character.isLetter(text.charAt(at))) {
        at++;
      }
      double factor =
          switch (text.substring(unitStart, at)) {
            case "ns" -> 1;
            case "us", "µs" -> 1e3;
            case "ms" -> 1e6;
            case "s" -> 1e9;
            case "m" -> 60e9;
            case "h" -> 3600e9;
            default -> -1;
          };
      if (factor < 0 || start == unitStart) {
        throw new NumberFormatException("time: invalid duration \"" + text + "\"");
      }
      total += Double.parseDouble(text.substring(start, unitStart)) * factor;
    }
    if (text.isEmpty()) {
      throw new NumberFormatException("time: invalid duration \"\"");
    }
    return (long) total;
  }

  /** The first twelve digits of an id. */
  public static String shortId(String id) {
    String plain = id.startsWith("sha256:") ? id.substring(7) : id;
    return plain.length() > 12 ? plain.substring(0, 12) : plain;
  }

  /** At most so many characters, the last an ellipsis if something was cut. */
  public static String cut(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most - 1) + "…";
  }
}
