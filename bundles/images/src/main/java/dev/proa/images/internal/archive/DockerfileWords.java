package dev.proa.images.internal.archive;

import dev.proa.images.internal.GoDuration;
import dev.proa.spi.ProaException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The lexical side of a Dockerfile: lines, words, quotes, variables. */
final class DockerfileWords {
  private DockerfileWords() {}

  /** Lines without comments and blank ones, continued lines joined. */
  static List<String> logicalLines(String text) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String physical : text.split("\r?\n")) {
      if (physical.strip().startsWith("#") || (physical.isBlank() && line.isEmpty())) {
        continue;
      }
      String stripped = physical.stripTrailing();
      boolean continued = stripped.endsWith("\\") && !stripped.endsWith("\\\\");
      line.append(continued ? stripped.substring(0, stripped.length() - 1) : physical);
      if (!continued) {
        lines.add(line.toString().strip());
        line.setLength(0);
      }
    }
    if (!line.toString().isBlank()) {
      lines.add(line.toString().strip());
    }
    return lines;
  }

  /** Words with their quotes and backslashes. */
  static List<String> rawWords(String text) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    char quote = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && quote != '\'' && i + 1 < text.length()) {
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

  /** Words, unquoted, variables replaced. */
  static List<String> split(String text, Map<String, String> variables) {
    return rawWords(text).stream().map(word -> expand(word, variables)).filter(word -> !word.isEmpty()).toList();
  }

  /** A word without its quotes and backslashes, {@code $x}, {@code ${x}}, {@code ${x:-d}} and {@code ${x:+d}} replaced outside single quotes. */
  static String expand(String word, Map<String, String> variables) {
    StringBuilder out = new StringBuilder();
    char quote = 0;
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      if (quote == '\'') {
        if (c == '\'') {
          quote = 0;
        } else {
          out.append(c);
        }
      } else if (c == '\\' && i + 1 < word.length()) {
        char next = word.charAt(++i);
        if (quote == '"' && next != '"' && next != '$' && next != '\\') {
          out.append('\\');
        }
        out.append(next);
      } else if (c == '"') {
        quote = quote == 0 ? '"' : (char) 0;
      } else if (c == '\'' && quote == 0) {
        quote = '\'';
      } else if (c == '$') {
        i = variable(word, i, variables, out);
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  /** @return the index of the last character of the variable */
  private static int variable(String word, int dollar, Map<String, String> variables, StringBuilder out) {
    int i = dollar + 1;
    if (i < word.length() && word.charAt(i) == '{') {
      int end = word.indexOf('}', i);
      if (end < 0) {
        throw ProaException.invalid("syntax error: missing '}' in \"" + word + "\"");
      }
      String inside = word.substring(i + 1, end);
      int colon = inside.indexOf(':');
      String name = colon < 0 ? inside : inside.substring(0, colon);
      String value = variables.getOrDefault(name, "");
      if (colon < 0) {
        out.append(value);
        return end;
      }
      String operator = inside.length() > colon + 1 ? inside.substring(colon + 1, colon + 2) : "";
      String other = inside.length() > colon + 2 ? expand(inside.substring(colon + 2), variables) : "";
      switch (operator) {
        case "-" -> out.append(value.isEmpty() ? other : value);
        case "+" -> out.append(value.isEmpty() ? "" : other);
        default -> throw ProaException.invalid("unsupported modifier (" + operator + ") in substitution: \"" + word + "\"");
      }
      return end;
    }
    int end = i;
    while (end < word.length() && (Character.isLetterOrDigit(word.charAt(end)) || word.charAt(end) == '_')) {
      end++;
    }
    if (end == i) {
      out.append('$');
      return dollar;
    }
    out.append(variables.getOrDefault(word.substring(i, end), ""));
    return end - 1;
  }

  static Duration duration(String text) {
    Duration duration = GoDuration.parse(text).orElseThrow(() -> ProaException.invalid("time: invalid duration \"" + text + "\""));
    if (!duration.isZero() && duration.compareTo(Duration.ofMillis(1)) < 0) {
      throw ProaException.invalid("interval \"" + text + "\" cannot be less than 1ms");
    }
    return duration;
  }
}
