package dev.proa.builder.internal;

import dev.proa.builder.CacheRecord;
import dev.proa.spi.ProaException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The filters of {@code docker builder prune}: all that are given must match, of one the values are alternatives. */
record CacheFilter(Map<String, List<String>> filters, @Nullable Instant unusedSince) {
  private static final Set<String> KNOWN = Set.of("until", "unused-for", "id", "parent", "type", "description", "inuse", "shared", "private", "label", "label!");
  private static final Pattern DURATION = Pattern.compile("(\\d+)(h|m|s|ms)");

  /** @throws ProaException {@code INVALID_ARGUMENT} */
  static CacheFilter of(Map<String, List<String>> filters) {
    for (String name : filters.keySet()) {
      if (!KNOWN.contains(name)) {
        throw ProaException.invalid("invalid filter '" + name + "'");
      }
    }
    List<String> until = filters.getOrDefault("until", filters.getOrDefault("unused-for", List.of()));
    if (until.size() > 1) {
      throw ProaException.invalid("filters expect only one value");
    }
    return new CacheFilter(filters, until.isEmpty() ? null : time(until.getFirst()));
  }

  private static Instant time(String text) {
    Matcher part = DURATION.matcher(text);
    Duration duration = Duration.ZERO;
    int at = 0;
    while (at < text.length() && part.find(at) && part.start() == at) {
      long number = Long.parseLong(part.group(1));
      duration =
          duration.plus(
              switch (part.group(2)) {
                case "h" -> Duration.ofHours(number);
                case "m" -> Duration.ofMinutes(number);
                case "s" -> Duration.ofSeconds(number);
                default -> Duration.ofMillis(number);
              });
      at = part.end();
    }
    if (at == text.length() && at > 0) {
      return Instant.now().minus(duration);
    }
    try {
      return text.matches("\\d{1,12}") ? Instant.ofEpochSecond(Long.parseLong(text)) : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw ProaException.invalid("invalid filter 'until=" + text + "': neither a duration such as 24h nor a time");
    }
  }

  boolean matches(CacheRecord record) {
    Instant used = record.lastUsed() == null ? record.created() : record.lastUsed();
    return (unusedSince == null || used.isBefore(unusedSince))
        // A record has no labels: docker system prune passes on what it was given for images.
        && any("label", value -> false)
        && any("id", value -> record.id().startsWith(value))
        && any("parent", record.parents()::contains)
        && any("type", record.type()::equals)
        && any("description", record.description()::contains)
        && any("inuse", value -> record.inUse())
        && any("shared", value -> record.shared())
        && any("private", value -> !record.shared());
  }

  private boolean any(String name, java.util.function.Predicate<String> test) {
    List<String> values = filters.get(name);
    return values == null || values.isEmpty() || values.stream().anyMatch(test);
  }
}
