package dev.proa.cli.compose.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code .env} and the files of {@code env_file}: {@code NAME=VALUE} lines, values plain (variables replaced, a comment ends them), in double quotes (escapes and
 * variables) or in single quotes (as they stand), those in quotes over several lines.
 */
final class EnvFile {
  private final String text;
  private final String file;
  private final Map<String, String> outside;
  private final Map<String, @Nullable String> values = new LinkedHashMap<>();
  private int at;
  private int line = 1;

  private EnvFile(String file, String text, Map<String, String> outside) {
    this.file = file;
    this.text = text;
    this.outside = outside;
  }

  /**
   * @param outside variables that values may use, besides those further up in the file
   * @return null for a name that stands alone
   */
  static Map<String, @Nullable String> read(Path path, Map<String, String> outside) throws IOException {
    return parse(path.toString(), Files.readString(path), outside);
  }

  static Map<String, @Nullable String> parse(String file, String text, Map<String, String> outside) {
    EnvFile reader = new EnvFile(file, text.replace("\r\n", "\n"), outside);
    reader.all();
    return reader.values;
  }

  private void all() {
    while (at < text.length()) {
      skip(" \t\n");
      if (at >= text.length()) {
        return;
      }
      if (text.charAt(at) == '#') {
        restOfLine();
        continue;
      }
      int end = at;
      while (end < text.length() && "=:\n".indexOf(text.charAt(end)) < 0) {
        end++;
      }
      String name = text.substring(at, end).strip();
      if (name.startsWith("export ")) {
        name = name.substring("export ".length()).strip();
      }
      if (name.isEmpty() || !name.matches("[A-Za-z_][A-Za-z0-9_.\\-\\[\\]]*")) {
        throw place().error("unexpected character in variable name \"" + (name.length() > 40 ? name.substring(0, 40) : name) + "\"");
      }
      at = end;
      if (at >= text.length() || text.charAt(at) == '\n') {
        values.put(name, outside.get(name));
      } else {
        at++;
        values.put(name, value());
      }
    }
  }

  private String value() {
    skip(" \t");
    char first = at < text.length() ? text.charAt(at) : '\n';
    if (first == '\'' || first == '"') {
      return quoted(first);
    }
    String plain = restOfLine();
    int comment = plain.startsWith("#") ? 0 : plain.indexOf(" #");
    return variables((comment < 0 ? plain : plain.substring(0, comment)).strip());
  }

  private String quoted(char quote) {
    Place start = place();
    StringBuilder out = new StringBuilder();
    at++;
    while (at < text.length() && text.charAt(at) != quote) {
      char c = text.charAt(at++);
      if (c == '\n') {
        line++;
      }
      if (c == '\\' && quote == '"' && at < text.length()) {
        char escaped = text.charAt(at++);
        switch (escaped) {
          case 'n' -> out.append('\n');
          case 'r' -> out.append('\r');
          case 't' -> out.append('\t');
          case '"', '\\' -> out.append(escaped);
          case '$' -> out.append("$$");
          default -> out.append('\\').append(escaped);
        }
      } else if (c == '\\' && at < text.length() && text.charAt(at) == '\'') {
        out.append(text.charAt(at++));
      } else {
        out.append(c);
      }
    }
    if (at >= text.length()) {
      throw start.error("a quote that is not closed");
    }
    at++;
    restOfLine();
    return quote == '"' ? variables(out.toString()) : out.toString();
  }

  private String variables(String value) {
    if (value.indexOf('$') < 0) {
      return value;
    }
    Map<String, String> known = new HashMap<>();
    values.forEach(
        (name, each) -> {
          if (each != null) {
            known.put(name, each);
          }
        });
    known.putAll(outside);
    return new Interpolation(known, name -> {}).in(value, place());
  }

  private String restOfLine() {
    int end = text.indexOf('\n', at);
    String rest = text.substring(at, end < 0 ? text.length() : end);
    at = end < 0 ? text.length() : end;
    return rest;
  }

  private void skip(String blanks) {
    while (at < text.length() && blanks.indexOf(text.charAt(at)) >= 0) {
      line += text.charAt(at) == '\n' ? 1 : 0;
      at++;
    }
  }

  private Place place() {
    return new Place(file, line, at - text.lastIndexOf('\n', Math.max(at - 1, 0)));
  }
}
