package dev.proa.scan.advisory;

import dev.proa.scan.version.VersionScheme;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An advisory in the OSV schema (ossf.github.io/osv-schema, 1.x), with what is needed of it. Fields that are not known are passed over. */
final class OsvDocument {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int MAX_TEXT = 300;
  private static final int MAX_LIST = 64;

  private final JsonNode root;

  private OsvDocument(JsonNode root) {
    this.root = root;
  }

  /** @throws IOException with what is wrong */
  static OsvDocument parse(byte[] json) throws IOException {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JacksonException e) {
      throw new IOException("no JSON: " + e.getOriginalMessage(), e);
    }
    if (root == null || !root.isObject() || root.path("id").asString("").isBlank()) {
      throw new IOException("no advisory: an object with an id is needed");
    }
    return new OsvDocument(root);
  }

  String id() {
    return cut(root.path("id").asString(""));
  }

  boolean withdrawn() {
    return !root.path("withdrawn").asString("").isEmpty();
  }

  /** What it says of one package; one advisory may say several things of the same. */
  record Affected(String ecosystem, String name, Advisory advisory) {}

  /** @param passedOver gets the ecosystems that nobody here looks for */
  List<Affected> affected(Set<String> passedOver) {
    List<Affected> all = new ArrayList<>();
    for (JsonNode each : root.path("affected")) {
      String ecosystem = cut(each.path("package").path("ecosystem").asString(""));
      String name = each.path("package").path("name").asString("").strip();
      VersionScheme scheme = Ecosystem.scheme(ecosystem);
      if (scheme == null || name.isEmpty() || name.length() > 1024) {
        passedOver.add(Ecosystem.family(ecosystem));
        continue;
      }
      Advisory advisory = advisory(each, scheme);
      if (!advisory.ranges().isEmpty() || !advisory.versions().isEmpty()) {
        all.add(new Affected(ecosystem, scheme == VersionScheme.PEP440 ? name.toLowerCase(Locale.ROOT).replaceAll("[-_.]+", "-") : name, advisory));
      }
    }
    return all;
  }

  private Advisory advisory(JsonNode affected, VersionScheme scheme) {
    List<Range> ranges = new ArrayList<>();
    for (JsonNode range : affected.path("ranges")) {
      // Commits are for source trees.
      if (!range.path("type").asString("").equals("GIT")) {
        List<Range.Event> events = events(range);
        if (!events.isEmpty()) {
          ranges.add(new Range(events));
        }
      }
    }
    List<String> versions = new ArrayList<>();
    for (JsonNode version : affected.path("versions")) {
      String text = cut(version.asString(""));
      if (!text.isEmpty() && ranges.stream().noneMatch(range -> range.affects(text, scheme))) {
        versions.add(text);
      }
    }
    Rating rating = rating(affected);
    return new Advisory(id(), aliases(), modified(), cut(root.path("summary").asString("")), rating.score, rating.vector, rating.severity, url(), ranges, versions);
  }

  private static List<Range.Event> events(JsonNode range) {
    List<Range.Event> events = new ArrayList<>();
    for (JsonNode event : range.path("events")) {
      for (Map.Entry<String, JsonNode> each : event.properties()) {
        Range.Kind kind =
            switch (each.getKey()) {
              case "introduced" -> Range.Kind.INTRODUCED;
              case "fixed" -> Range.Kind.FIXED;
              case "last_affected" -> Range.Kind.LAST_AFFECTED;
              case "limit" -> Range.Kind.LIMIT;
              default -> null;
            };
        if (kind != null) {
          events.add(new Range.Event(kind, cut(each.getValue().asString(""))));
        }
      }
    }
    return events;
  }

  /** {@code upstream}, and before it {@code related}, is how distributions name the flaws that they have mended. */
  private List<String> aliases() {
    Set<String> all = new LinkedHashSet<>();
    for (String field : List.of("aliases", "upstream")) {
      for (JsonNode each : root.path(field)) {
        if (all.size() < MAX_LIST && !each.asString("").isBlank()) {
          all.add(cut(each.asString("")));
        }
      }
    }
    return List.copyOf(all);
  }

  private long modified() {
    try {
      return Instant.parse(root.path("modified").asString("")).getEpochSecond();
    } catch (DateTimeException e) {
      // The schema wants it; without it the advisory is as old as can be.
      return 0;
    }
  }

  private String url() {
    String first = "";
    for (JsonNode reference : root.path("references")) {
      String url = reference.path("url").asString("");
      if (url.startsWith("https://") && url.length() <= MAX_TEXT) {
        if (reference.path("type").asString("").equals("ADVISORY")) {
          return cut(url);
        }
        first = first.isEmpty() ? cut(url) : first;
      }
    }
    return first;
  }

  // ---- how bad it is

  private record Rating(double score, String vector, Severity severity) {}

  private enum Scale {
    CVSS_V2,
    CVSS_V3,
    CVSS_V4
  }

  /** What is said of the package counts before what is said of all; a word of whoever wrote it before a score; the newest CVSS before older ones. */
  private Rating rating(JsonNode affected) {
    Map<Scale, String> vectors = new EnumMap<>(Scale.class);
    Severity word = null;
    for (JsonNode list : List.of(affected.path("severity"), root.path("severity"))) {
      for (JsonNode each : list) {
        String score = each.path("score").asString("");
        switch (each.path("type").asString("")) {
          case "CVSS_V2" -> vectors.putIfAbsent(Scale.CVSS_V2, score);
          case "CVSS_V3" -> vectors.putIfAbsent(Scale.CVSS_V3, score);
          case "CVSS_V4" -> vectors.putIfAbsent(Scale.CVSS_V4, score);
          default -> word = word == null ? Severity.ofWord(score) : word;
        }
      }
    }
    for (JsonNode each : words(affected)) {
      word = word == null ? Severity.ofWord(each.asString("")) : word;
    }
    for (Scale scale : List.of(Scale.CVSS_V4, Scale.CVSS_V3, Scale.CVSS_V2)) {
      String vector = vectors.getOrDefault(scale, "");
      double score = vector.isEmpty() ? -1 : Severity.score(vector);
      if (score >= 0) {
        return new Rating(score, cut(vector), word == null ? Severity.ofScore(score) : word);
      }
    }
    return new Rating(-1, "", unknownIfNull(word));
  }

  private List<JsonNode> words(JsonNode affected) {
    return List.of(
        affected.path("ecosystem_specific").path("urgency"),
        affected.path("ecosystem_specific").path("severity"),
        affected.path("database_specific").path("severity"),
        root.path("database_specific").path("severity"));
  }

  private static Severity unknownIfNull(@Nullable Severity word) {
    return word == null ? Severity.UNKNOWN : word;
  }

  private static String cut(String text) {
    StringBuilder clean = new StringBuilder();
    text.codePoints().limit(MAX_TEXT).map(c -> Character.isISOControl(c) || c >= 0xd800 && c <= 0xdfff ? ' ' : c).forEach(clean::appendCodePoint);
    return clean.toString().strip();
  }
}
