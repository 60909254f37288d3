package dev.proa.builder;

import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Patterns of paths, as {@code .dockerignore} and {@code COPY --exclude} have them: Go's {@code filepath.Match} with {@code **}; one that begins with
 * {@code !} takes back; the last that matches a path or a folder above it decides.
 */
public final class PathPatterns {
  private static final int MAX_PATTERNS = 10_000;

  private final List<Rule> rules = new ArrayList<>();
  private final boolean exceptions;

  private record Rule(Pattern regex, boolean exception) {}

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
      rules.add(new Rule(regex(path), exception));
    }
    exceptions = some;
  }

  public static PathPatterns of(List<String> patterns) {
    return new PathPatterns(patterns);
  }

  /** The lines of a {@code .dockerignore}: comments and blank lines do not count. */
  public static PathPatterns ofIgnoreFile(String text) {
    List<String> patterns = new ArrayList<>();
    String plain = text.startsWith("\uFEFF") ? text.substring(1) : text;
    plain.lines().filter(line -> !line.startsWith("#")).map(String::strip).filter(line -> !line.isEmpty()).forEach(patterns::add);
    return new PathPatterns(patterns);
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
      if (rule.exception() == matched && matchesOrParent(rule.regex(), path)) {
        matched = !rule.exception();
      }
    }
    return matched;
  }

  private static boolean matchesOrParent(Pattern regex, String path) {
    for (int end = path.length(); end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (regex.matcher(path).region(0, end).matches()) {
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

  /**
   * Go's {@code filepath.Match}, with {@code **} for any number of folders.
   *
   * @throws ProaException {@code INVALID_ARGUMENT} for a pattern that is none
   */
  public static Pattern regex(String pattern) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      switch (c) {
        case '*' -> {
          if (i + 1 < pattern.length() && pattern.charAt(i + 1) == '*') {
            i++;
            if (i + 1 < pattern.length() && pattern.charAt(i + 1) == '/') {
              i++;
              regex.append("(?:.*/)?");
            } else {
              regex.append(".*");
            }
          } else {
            regex.append("[^/]*");
          }
        }
        case '?' -> regex.append("[^/]");
        case '\\' -> {
          if (i + 1 == pattern.length()) {
            throw syntax(pattern);
          }
          regex.append(Pattern.quote(String.valueOf(pattern.charAt(++i))));
        }
        case '[' -> {
          int end = pattern.indexOf(']', i + 2);
          if (end < 0) {
            throw syntax(pattern);
          }
          String inside = pattern.substring(i + 1, end);
          boolean not = inside.startsWith("^");
          regex.append(not ? "[^/" : "[").append((not ? inside.substring(1) : inside).replaceAll("([\\[&~^])", "\\\\$1")).append(']');
          i = end;
        }
        default -> regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    try {
      return Pattern.compile(regex.toString(), Pattern.DOTALL);
    } catch (PatternSyntaxException e) {
      throw syntax(pattern);
    }
  }

  private static ProaException syntax(String pattern) {
    return ProaException.invalid("syntax error in pattern: " + pattern);
  }
}
