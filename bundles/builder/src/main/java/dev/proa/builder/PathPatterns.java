package dev.proa.builder;

import dev.proa.images.dockerfile.Glob;
import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.List;

/**
 * Patterns of paths, as {@code .dockerignore} and {@code COPY --exclude} have them: Go's {@code filepath.Match} with {@code **}; one that begins with
 * {@code !} takes back; the last that matches a path or a folder above it decides.
 */
public final class PathPatterns {
  private static final int MAX_PATTERNS = 10_000;

  private final List<Rule> rules = new ArrayList<>();
  private final boolean exceptions;

  private record Rule(Glob glob, boolean exception) {}

  private PathPatterns(List<String> patterns) {
    if (patterns.size() > MAX_PATTERNS) {
      throw ProaException.invalid("more than " + MAX_PATTERNS + " patterns in .dockerignore");
    }
    boolean some = false;
    for (String pattern : patterns) {
      boolean exception = pattern.startsWith("!");
      String path = clean(exception ? pattern.substring(1).strip() : pattern);
      if (path.isEmpty()) {
        if (exception) {
          throw ProaException.invalid("illegal exclusion pattern: \"!\"");
        }
        continue;
      }
      some |= exception;
      rules.add(new Rule(Glob.of(path, Glob.Syntax.PATH), exception));
    }
    exceptions = some;
  }

  public static PathPatterns of(List<String> patterns) {
    return new PathPatterns(patterns);
  }

  /** The lines of a {@code .dockerignore}: comments and blank lines do not count. */
  public static PathPatterns ofIgnoreFile(String text) {
    return new PathPatterns(lines(text));
  }

  /** The patterns of a {@code .dockerignore}. */
  public static List<String> lines(String text) {
    List<String> patterns = new ArrayList<>();
    String plain = text.startsWith("\uFEFF") ? text.substring(1) : text;
    plain.lines().filter(line -> !line.startsWith("#")).map(String::strip).filter(line -> !line.isEmpty()).forEach(patterns::add);
    return patterns;
  }

  public boolean isEmpty() {
    return rules.isEmpty();
  }

  /** Whether something in a folder that matches may still be wanted. */
  public boolean hasExceptions() {
    return exceptions;
  }

  /** @param path relative, with single slashes */
  public boolean matches(String path) {
    boolean matched = false;
    for (Rule rule : rules) {
      if (rule.exception() == matched && matchesOrParent(rule.glob(), path)) {
        matched = !rule.exception();
      }
    }
    return matched;
  }

  private static boolean matchesOrParent(Glob glob, String path) {
    for (int end = path.length(); end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (glob.matches(path, end)) {
        return true;
      }
    }
    return false;
  }

  /** A path with {@code .}, {@code ..} and doubled slashes resolved, and no slash at its ends; what leads above the root stays at the root. */
  public static String clean(String path) {
    List<String> parts = new ArrayList<>();
    for (String part : path.split("/")) {
      switch (part) {
        case "", "." -> {}
        case ".." -> {
          if (!parts.isEmpty()) {
            parts.removeLast();
          }
        }
        default -> parts.add(part);
      }
    }
    return String.join("/", parts);
  }

  /** Whether a source is to be looked for among the names there are. */
  public static boolean isPattern(String path) {
    return path.indexOf('*') >= 0 || path.indexOf('?') >= 0 || path.indexOf('[') >= 0;
  }
}
