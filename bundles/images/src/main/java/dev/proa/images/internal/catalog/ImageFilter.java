package dev.proa.images.internal.catalog;

import dev.proa.images.Reference;
import dev.proa.images.internal.GoDuration;
import dev.proa.images.internal.catalog.CatalogState.Entry;
import dev.proa.spi.ProaException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** The {@code filters} of listing and pruning, read and checked once. */
public final class ImageFilter {
  /** What a list takes. */
  public static final Set<String> LIST = Set.of("dangling", "label", "label!", "before", "since", "reference", "until");

  /** What a prune takes. */
  public static final Set<String> PRUNE = Set.of("dangling", "label", "label!", "until");

  private final @Nullable Boolean dangling;
  private final List<String> labels;
  private final List<String> notLabels;
  private final List<PathMatcher> references;
  private final Optional<Instant> before;
  private final Optional<Instant> since;

  private ImageFilter(Map<String, List<String>> filters, Catalog catalog) {
    dangling = dangling(filters.getOrDefault("dangling", List.of()));
    labels = filters.getOrDefault("label", List.of());
    notLabels = filters.getOrDefault("label!", List.of());
    references = filters.getOrDefault("reference", List.of()).stream().map(ImageFilter::glob).toList();
    Optional<Instant> beforeImage = filters.getOrDefault("before", List.of()).stream().map(name -> created(catalog, name)).min(Instant::compareTo);
    Optional<Instant> until = filters.getOrDefault("until", List.of()).stream().map(ImageFilter::time).min(Instant::compareTo);
    before = beforeImage.isPresent() && until.isPresent() && until.get().isBefore(beforeImage.get()) ? until : beforeImage.or(() -> until);
    since = filters.getOrDefault("since", List.of()).stream().map(name -> created(catalog, name)).max(Instant::compareTo);
  }

  /** @throws ProaException {@code INVALID_ARGUMENT} for a filter that is not known or a value that is none; {@code NOT_FOUND} for an image */
  public static ImageFilter of(Map<String, List<String>> filters, Set<String> known, Catalog catalog) {
    for (String name : filters.keySet()) {
      if (!known.contains(name)) {
        throw ProaException.invalid("invalid filter '" + name + "'");
      }
    }
    return new ImageFilter(filters, catalog);
  }

  private static @Nullable Boolean dangling(List<String> values) {
    Boolean wanted = null;
    for (String value : values) {
      boolean yes = value.equalsIgnoreCase("true") || value.equals("1");
      if (!yes && !value.equalsIgnoreCase("false") && !value.equals("0") || wanted != null && wanted != yes) {
        throw ProaException.invalid("invalid filter 'dangling=[" + String.join(" ", values) + "]'");
      }
      wanted = yes;
    }
    return wanted;
  }

  private static Instant created(Catalog catalog, String name) {
    Instant created = catalog.resolve(name).document().created();
    return created == null ? Instant.EPOCH : created;
  }

  /** Docker matches with Go's {@code path.Match}: "*" and "?" stay within a component. */
  private static PathMatcher glob(String pattern) {
    String quoted = pattern.replace("{", "\\{").replace("}", "\\}").replace("**", "*").replace("[^", "[!");
    try {
      return FileSystems.getDefault().getPathMatcher("glob:" + quoted);
    } catch (PatternSyntaxException e) {
      throw ProaException.invalid("syntax error in pattern: " + pattern);
    }
  }

  /** A time as {@code until} takes it: RFC 3339, parts of it, seconds since the epoch, or how long ago. */
  static Instant time(String text) {
    Optional<Duration> ago = GoDuration.parse(text);
    if (ago.isPresent() && !text.equals("0")) {
      return Instant.now().minus(ago.get());
    }
    try {
      if (text.matches("\\d{1,12}(\\.\\d{1,9})?")) {
        return Instant.ofEpochSecond(Long.parseLong(text.replaceFirst("\\..*", "")));
      }
      if (text.matches(".*T.*(Z|[+-]\\d\\d:\\d\\d)")) {
        return OffsetDateTime.parse(text).toInstant();
      }
      ZoneId zone = ZoneId.systemDefault();
      return text.indexOf('T') < 0
          ? LocalDate.parse(text.endsWith("Z") ? text.substring(0, text.length() - 1) : text).atStartOfDay(zone).toInstant()
          : LocalDateTime.parse(text.matches(".*T\\d\\d") ? text + ":00" : text).atZone(zone).toInstant();
    } catch (DateTimeException e) {
      throw ProaException.invalid("invalid filter 'until=" + text + "': it is neither a time nor a duration");
    }
  }

  public Optional<Boolean> dangling() {
    return Optional.ofNullable(dangling);
  }

  /** Whether an image passes by what it is, its names apart. */
  public boolean matches(Entry image) {
    Instant created = image.document().created() == null ? Instant.EPOCH : image.document().created();
    if (before.isPresent() && !created.isBefore(before.get()) || since.isPresent() && !created.isAfter(since.get())) {
      return false;
    }
    Map<String, String> own = image.document().config().labels() == null ? Map.of() : image.document().config().labels();
    return labels.stream().allMatch(label -> has(own, label)) && notLabels.stream().noneMatch(label -> has(own, label));
  }

  private static boolean has(Map<String, String> labels, String wanted) {
    int equals = wanted.indexOf('=');
    return equals < 0 ? labels.containsKey(wanted) : wanted.substring(equals + 1).equals(labels.get(wanted.substring(0, equals)));
  }

  /** The names by which an image is listed; empty if they filter it out. */
  public Optional<List<Reference>> names(List<Reference> names) {
    boolean tagged = names.stream().anyMatch(name -> name.tag() != null);
    if (dangling != null && dangling == tagged) {
      return Optional.empty();
    }
    if (references.isEmpty()) {
      return Optional.of(names);
    }
    List<Reference> matching =
        names.stream().filter(name -> references.stream().anyMatch(glob -> matches(glob, name.familiar()) || matches(glob, name.familiarName()))).toList();
    return matching.isEmpty() ? Optional.empty() : Optional.of(matching);
  }

  private static boolean matches(PathMatcher glob, String name) {
    return glob.matches(Path.of(name));
  }
}
