package dev.proa.cli.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Values: {@code Map<String, Object>} in the order read, {@code List<Object>}, {@code String}, {@code Long} or {@code Double}, {@code Boolean},
 * null. A small reader of its own, because a JSON library costs more start-up time than the rest of this command.
 */
public final class Json {
  private static final int MAX_DEPTH = 200;

  private final String text;
  private int at;
  private int depth;

  private Json(String text) {
    this.text = text;
  }

  /** @throws JsonException with the position if it is no JSON */
  public static @Nullable Object parse(String text) {
    Json json = new Json(text);
    json.space();
    Object value = json.value();
    json.space();
    if (json.at != text.length()) {
      throw json.wrong("text after the value");
    }
    return value;
  }

  /** It is no JSON. */
  public static final class JsonException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    JsonException(String message) {
      super(message);
    }
  }

  private @Nullable Object value() {
    if (at >= text.length()) {
      throw wrong("the end");
    }
    return switch (text.charAt(at)) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      case 't' -> literal("true", Boolean.TRUE);
      case 'f' -> literal("false", Boolean.FALSE);
      case 'n' -> literal("null", null);
      default -> number();
    };
  }

  private @Nullable Object literal(String word, @Nullable Object value) {
    if (!text.startsWith(word, at)) {
      throw wrong("an unknown word");
    }
    at += word.length();
    return value;
  }

  private Map<String, @Nullable Object> object() {
    enter();
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    space();
    if (peek() == '}') {
      at++;
    } else {
      do {
        space();
        if (peek() != '"') {
          throw wrong("no name");
        }
        String name = string();
        space();
        expect(':');
        space();
        object.put(name, value());
        space();
      } while (next(','));
      expect('}');
    }
    depth--;
    return object;
  }

  private List<@Nullable Object> array() {
    enter();
    List<@Nullable Object> array = new ArrayList<>();
    space();
    if (peek() == ']') {
      at++;
    } else {
      do {
        space();
        array.add(value());
        space();
      } while (next(','));
      expect(']');
    }
    depth--;
    return array;
  }

  private void enter() {
    at++;
    if (++depth > MAX_DEPTH) {
      throw wrong("more than " + MAX_DEPTH + " levels");
    }
  }

  private String string() {
    at++;
    int start = at;
    while (peek() != '"' && peek() != '\\') {
      at++;
    }
    if (peek() == '"') {
      return text.substring(start, at++);
    }
    StringBuilder out = new StringBuilder(text.substring(start, at));
    while (peek() != '"') {
      char c = text.charAt(at++);
      if (c != '\\') {
        out.append(c);
        continue;
      }
      char escape = peek();
      at++;
      switch (escape) {
        case 'n' -> out.append('\n');
        case 't' -> out.append('\t');
        case 'r' -> out.append('\r');
        case 'b' -> out.append('\b');
        case 'f' -> out.append('\f');
        case '"', '\\', '/' -> out.append(escape);
        case 'u' -> {
          if (at + 4 > text.length()) {
            throw wrong("half an escape");
          }
          try {
            out.append((char) Integer.parseInt(text.substring(at, at + 4), 16));
          } catch (NumberFormatException e) {
            throw wrong("a wrong escape");
          }
          at += 4;
        }
        default -> throw wrong("an unknown escape");
      }
    }
    at++;
    return out.toString();
  }

  private Object number() {
    int start = at;
    boolean whole = true;
    while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
      whole &= "+.eE".indexOf(text.charAt(at)) < 0;
      at++;
    }
    String number = text.substring(start, at);
    try {
      if (whole) {
        try {
          return Long.valueOf(number);
        } catch (NumberFormatException beyondLong) {
          return Double.valueOf(number);
        }
      }
      return Double.valueOf(number);
    } catch (NumberFormatException e) {
      at = start;
      throw wrong("no value");
    }
  }

  private void space() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private char peek() {
    if (at >= text.length()) {
      throw wrong("the end");
    }
    return text.charAt(at);
  }

  private boolean next(char c) {
    if (peek() != c) {
      return false;
    }
    at++;
    return true;
  }

  private void expect(char c) {
    if (peek() != c) {
      throw wrong("no '" + c + "'");
    }
    at++;
  }

  private JsonException wrong(String what) {
    return new JsonException("no JSON: " + what + " at character " + at);
  }

  // ---- writing

  /** On one line, without spaces. */
  public static String write(@Nullable Object value) {
    StringBuilder out = new StringBuilder();
    write(out, value, null, "");
    return out.toString();
  }

  /** With four spaces a level, as docker's inspect prints. */
  public static String writePretty(@Nullable Object value) {
    StringBuilder out = new StringBuilder();
    write(out, value, "    ", "\n");
    return out.toString();
  }

  private static void write(StringBuilder out, @Nullable Object value, @Nullable String step, String line) {
    String inner = step == null ? "" : line + step;
    switch (value) {
      case null -> out.append("null");
      case String string -> quote(out, string);
      case Map<?, ?> map when map.isEmpty() -> out.append("{}");
      case Map<?, ?> map -> {
        char separator = '{';
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          out.append(separator).append(inner);
          quote(out, String.valueOf(entry.getKey()));
          out.append(step == null ? ":" : ": ");
          write(out, entry.getValue(), step, inner);
          separator = ',';
        }
        out.append(step == null ? "" : line).append('}');
      }
      case Iterable<?> list when !list.iterator().hasNext() -> out.append("[]");
      case Iterable<?> list -> {
        char separator = '[';
        for (Object element : list) {
          out.append(separator).append(inner);
          write(out, element, step, inner);
          separator = ',';
        }
        out.append(step == null ? "" : line).append(']');
      }
      default -> out.append(value);
    }
  }

  private static void quote(StringBuilder out, String string) {
    out.append('"');
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < ' ') {
            out.append("\\u00").append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  // ---- looking in

  /** What lies at a path of names, or null. */
  public static @Nullable Object at(@Nullable Object value, String... path) {
    Object here = value;
    for (String name : path) {
      if (!(here instanceof Map<?, ?> map)) {
        return null;
      }
      here = map.get(name);
    }
    return here;
  }

  /** As text; empty where nothing is. */
  public static String text(@Nullable Object value, String... path) {
    Object found = at(value, path);
    return found == null ? "" : found.toString();
  }

  /** As a whole number; 0 where none is. */
  public static long number(@Nullable Object value, String... path) {
    return at(value, path) instanceof Number number ? number.longValue() : 0;
  }

  public static boolean isTrue(@Nullable Object value, String... path) {
    return Boolean.TRUE.equals(at(value, path));
  }

  /** As a list; empty where none is. */
  @SuppressWarnings("unchecked") // the reader makes no other lists
  public static List<@Nullable Object> list(@Nullable Object value, String... path) {
    return at(value, path) instanceof List<?> list ? (List<@Nullable Object>) list : List.of();
  }

  /** As an object; empty where none is. */
  @SuppressWarnings("unchecked") // the reader makes no other maps
  public static Map<String, @Nullable Object> object(@Nullable Object value, String... path) {
    return at(value, path) instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : Map.of();
  }
}
