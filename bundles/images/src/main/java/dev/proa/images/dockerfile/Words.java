package dev.proa.images.dockerfile;

import dev.proa.images.internal.GoDuration;
import dev.proa.spi.ProaException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The lexical side of an instruction: words, quotes, variables, as the Dockerfile reference has them ("Environment replacement").
 *
 * @param variables the value of a variable; null if it is not set
 * @param escape the escape character, a backslash or a backquote
 */
public record Words(Function<String, @Nullable String> variables, char escape) {
  private static final int MAX_DEPTH = 32;
  private static final int MAX_EXPANDED = 1 << 20;
  private static final int MAX_PATTERN_VALUE = 4096;
  private static final int MAX_PATTERN = 256;
  private static final Pattern BLANKS = Pattern.compile("\\s+");

  public static Words of(Map<String, String> variables) {
    return new Words(variables::get, '\\');
  }

  /** Words with their quotes and escapes. */
  public List<String> raw(String text) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    char quote = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == escape && quote != '\'' && i + 1 < text.length()) {
        word.append(c).append(text.charAt(++i));
      } else if (quote != 0) {
        quote = c == quote ? 0 : quote;
        word.append(c);
      } else if (c == '"' || c == '\'') {
        quote = c;
        word.append(c);
      } else if (Character.isWhitespace(c)) {
        if (!word.isEmpty()) {
          words.add(word.toString());
          word.setLength(0);
        }
      } else {
        word.append(c);
      }
    }
    if (!word.isEmpty()) {
      words.add(word.toString());
    }
    return words;
  }

  /** Words, unquoted, variables replaced; what a variable outside of quotes stands for may be several words. */
  public List<String> split(String text) {
    List<String> words = new ArrayList<>();
    for (String word : raw(text)) {
      String expanded = expand(word);
      if (word.indexOf('"') < 0 && word.indexOf('\'') < 0 && word.indexOf(escape) < 0) {
        BLANKS.splitAsStream(expanded).filter(part -> !part.isEmpty()).forEach(words::add);
      } else if (!expanded.isEmpty()) {
        words.add(expanded);
      }
    }
    return words;
  }

  /**
   * A word without its quotes and escapes, variables replaced outside of single quotes: {@code $x}, {@code ${x}}, with the modifiers {@code :-},
   * {@code -}, {@code :+}, {@code +}, {@code :?}, {@code ?}, {@code #}, {@code ##}, {@code %}, {@code %%}, {@code /} and {@code //}.
   *
   * @throws ProaException {@code INVALID_ARGUMENT}
   */
  public String expand(String word) {
    Cursor cursor = new Cursor(word);
    String expanded = cursor.until((char) 0, 0);
    if (expanded.length() > MAX_EXPANDED) {
      throw ProaException.invalid("\"" + word + "\" becomes longer than " + MAX_EXPANDED + " characters");
    }
    return expanded;
  }

  private final class Cursor {
    private final String text;
    private int at;

    Cursor(String text) {
      this.text = text;
    }

    /** Up to an unquoted {@code end}, which is passed over, or to the end of the text if that is 0. */
    String until(char end, int depth) {
      if (depth > MAX_DEPTH) {
        throw ProaException.invalid("variables are nested more than " + MAX_DEPTH + " deep in \"" + text + "\"");
      }
      StringBuilder out = new StringBuilder();
      char quote = 0;
      while (at < text.length()) {
        char c = text.charAt(at++);
        if (quote == '\'') {
          if (c == '\'') {
            quote = 0;
          } else {
            out.append(c);
          }
        } else if (c == end && end != 0 && quote == 0) {
          return out.toString();
        } else if (c == escape && at < text.length()) {
          char next = text.charAt(at++);
          if (quote == '"' && next != '"' && next != '$' && next != escape) {
            out.append(c);
          }
          out.append(next);
        } else if (c == '"') {
          quote = quote == 0 ? '"' : (char) 0;
        } else if (c == '\'' && quote == 0) {
          quote = '\'';
        } else if (c == '$') {
          variable(out, depth);
        } else {
          out.append(c);
        }
      }
      if (end != 0) {
        throw ProaException.invalid("syntax error: missing '" + end + "' in \"" + text + "\"");
      }
      if (quote != 0) {
        throw ProaException.invalid("unexpected end of statement while looking for matching " + (quote == '"' ? "double-quote" : "single-quote"));
      }
      return out.toString();
    }

    private void variable(StringBuilder out, int depth) {
      if (at < text.length() && text.charAt(at) == '{') {
        at++;
        String name = name();
        if (name.isEmpty()) {
          throw ProaException.invalid("syntax error: bad substitution in \"" + text + "\"");
        }
        if (at < text.length() && text.charAt(at) == '}') {
          at++;
          out.append(value(name));
          return;
        }
        modified(name, out, depth + 1);
        return;
      }
      String name = name();
      out.append(name.isEmpty() ? "$" : value(name));
    }

    /** A letter or underscore and what may follow it; or one digit or special character, as of a shell's positional parameters. */
    private String name() {
      int start = at;
      if (at < text.length() && (Character.isDigit(text.charAt(at)) || "@*#".indexOf(text.charAt(at)) >= 0)) {
        return text.substring(start, ++at);
      }
      while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
        at++;
      }
      return text.substring(start, at);
    }

    private void modified(String name, StringBuilder out, int depth) {
      @Nullable String value = variables.apply(name);
      if (at >= text.length()) {
        throw ProaException.invalid("syntax error: missing '}' in \"" + text + "\"");
      }
      char modifier = text.charAt(at++);
      boolean emptyToo = modifier == ':';
      if (emptyToo) {
        modifier = at < text.length() ? text.charAt(at++) : 0;
      }
      boolean set = value != null && !(emptyToo && value.isEmpty());
      String before = value == null ? "" : value;
      switch (modifier) {
        case '-' -> {
          String other = until('}', depth);
          out.append(set ? before : other);
        }
        case '+' -> {
          String other = until('}', depth);
          out.append(set ? other : "");
        }
        case '?' -> {
          String message = until('}', depth);
          if (!set) {
            throw ProaException.invalid(name + ": " + (message.isEmpty() ? "is not allowed to be " + (value == null ? "unset" : "empty") : message));
          }
          out.append(before);
        }
        case '#', '%' -> {
          if (emptyToo) {
            throw unsupported(modifier);
          }
          boolean greedy = at < text.length() && text.charAt(at) == modifier;
          at += greedy ? 1 : 0;
          String pattern = until('}', depth);
          out.append(modifier == '#' ? withoutPrefix(bounded(before), pattern, greedy) : withoutSuffix(bounded(before), pattern, greedy));
        }
        case '/' -> {
          if (emptyToo) {
            throw unsupported(modifier);
          }
          boolean all = at < text.length() && text.charAt(at) == '/';
          at += all ? 1 : 0;
          replace(before, all, out, depth);
        }
        default -> throw unsupported(modifier);
      }
    }

    private ProaException unsupported(char modifier) {
      return ProaException.invalid("unsupported modifier (" + modifier + ") in substitution: \"" + text + "\"");
    }

    private void replace(String value, boolean all, StringBuilder out, int depth) {
      int slash = -1;
      for (int i = at, braces = 1; i < text.length() && braces > 0 && slash < 0; i++) {
        char c = text.charAt(i);
        if (c == escape) {
          i++;
        } else if (c == '{') {
          braces++;
        } else if (c == '}') {
          braces--;
        } else if (c == '/') {
          slash = i;
        }
      }
      String pattern;
      String replacement = "";
      if (slash < 0) {
        pattern = until('}', depth);
      } else {
        pattern = until('/', depth);
        replacement = until('}', depth);
      }
      out.append(replaced(bounded(value), glob(pattern), replacement, all));
    }

    private String value(String name) {
      String value = variables.apply(name);
      return value == null ? "" : value;
    }
  }

  private static Glob glob(String pattern) {
    if (pattern.length() > MAX_PATTERN) {
      throw ProaException.invalid("a pattern of more than " + MAX_PATTERN + " characters in the substitution of a variable");
    }
    return Glob.of(pattern, Glob.Syntax.SHELL);
  }

  /** Patterns are looked for at every place of a value. */
  private static String bounded(String value) {
    if (value.length() > MAX_PATTERN_VALUE) {
      throw ProaException.invalid("a pattern is applied to values of " + MAX_PATTERN_VALUE + " characters at most");
    }
    return value;
  }

  private static String withoutPrefix(String value, String pattern, boolean longest) {
    int end = glob(pattern).end(value, 0, longest);
    return end < 0 ? value : value.substring(end);
  }

  private static String withoutSuffix(String value, String pattern, boolean longest) {
    Glob glob = glob(pattern);
    for (int i = 0; i <= value.length(); i++) {
      int start = longest ? i : value.length() - i;
      if (glob.end(value, start, true) == value.length()) {
        return value.substring(0, start);
      }
    }
    return value;
  }

  private static String replaced(String value, Glob pattern, String replacement, boolean all) {
    StringBuilder out = new StringBuilder();
    int at = 0;
    while (at < value.length()) {
      int end = pattern.end(value, at, true);
      if (end > at) {
        out.append(replacement);
        at = end;
        if (!all) {
          break;
        }
      } else {
        out.append(value.charAt(at++));
      }
    }
    return out.append(value, at, value.length()).toString();
  }

  /** A duration as Go writes it, zero or at least a millisecond. */
  static Duration duration(String text) {
    Duration duration = GoDuration.parse(text).orElseThrow(() -> ProaException.invalid("time: invalid duration \"" + text + "\""));
    if (!duration.isZero() && duration.compareTo(Duration.ofMillis(1)) < 0) {
      throw ProaException.invalid("interval \"" + text + "\" cannot be less than 1ms");
    }
    return duration;
  }
}
