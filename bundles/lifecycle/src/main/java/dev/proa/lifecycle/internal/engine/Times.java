package dev.proa.lifecycle.internal.engine;

import dev.proa.spi.ProaException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The {@code until} filter: Go durations before now, seconds since 1970, RFC 3339 in its shorter forms too. */
final class Times {
  private static final Pattern PART = Pattern.compile("(\\d+(?:\\.\\d+)?)(ns|us|µs|ms|s|m|h)");
  private static final Pattern SECONDS = Pattern.compile("\\d{1,15}(\\.\\d+)?");

  private Times() {}

  /** Seconds since 1970 before which a thing must have been made; no filter means any time. */
  static long until(List<String> values) {
    if (values.isEmpty()) {
      return Long.MAX_VALUE;
    }
    if (values.size() > 1) {
      throw ProaException.invalid("more than one until filter specified");
    }
    String text = values.getFirst();
    if (SECONDS.matcher(text).matches()) {
      return (long) Double.parseDouble(text);
    }
    Duration before = duration(text);
    return (before.isNegative() ? point(text) : Instant.now().minus(before)).getEpochSecond();
  }

  /** Negative if it is none. */
  private static Duration duration(String text) {
    Matcher parts = PART.matcher(text);
    double nanos = 0;
    int end = 0;
    while (parts.find() && parts.start() == end) {
      double unit =
          switch (parts.group(2)) {
            case "ns" -> 1;
            case "us", "µs" -> 1e3;
            case "ms" -> 1e6;
            case "s" -> 1e9;
            case "m" -> 6e10;
            default -> 3.6e12;
          };
      nanos += Double.parseDouble(parts.group(1)) * unit;
      end = parts.end();
    }
    return end > 0 && end == text.length() ? Duration.ofNanos((long) nanos) : Duration.ofNanos(-1);
  }

  private static Instant point(String text) {
    try {
      if (text.length() == 10) {
        return LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
      }
      return text.matches(".*(Z|[+-]\\d\\d:\\d\\d)") ? OffsetDateTime.parse(text).toInstant() : LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
    } catch (DateTimeException e) {
      throw ProaException.invalid("invalid until filter: " + text);
    }
  }
}
