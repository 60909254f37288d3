package dev.proa.cli.compose.model;

import dev.proa.cli.compose.model.Value.Fields;
import dev.proa.cli.compose.model.Value.Items;
import dev.proa.cli.compose.model.Value.Text;
import dev.proa.cli.text.Units;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads values of a kind, and says where one of another kind stands. What it gives is made of maps, lists, strings, longs, doubles and booleans. */
final class Shapes {
  private Shapes() {}

  static ComposeException wrong(Value value, String at, String wanted) {
    return value.place().error(at + " must be " + wanted + ", and is " + value.kind());
  }

  static String text(Value value, String at) {
    if (value instanceof Text text) {
      return text.text();
    }
    throw wrong(value, at, "a string");
  }

  static boolean bool(Value value, String at) {
    if (value instanceof Text text) {
      switch (text.text().toLowerCase(Locale.ROOT)) {
        case "true", "yes", "on", "y", "1" -> {
          return true;
        }
        case "false", "no", "off", "n", "0" -> {
          return false;
        }
        default -> throw wrong(value, at, "a boolean");
      }
    }
    throw wrong(value, at, "a boolean");
  }

  static long integer(Value value, String at) {
    if (value instanceof Text text) {
      String digits = text.text().replace("_", "");
      try {
        return digits.startsWith("0x") ? Long.parseLong(digits.substring(2), 16)
            : digits.startsWith("0o") ? Long.parseLong(digits.substring(2), 8) : Long.parseLong(digits);
      } catch (NumberFormatException e) {
        throw wrong(value, at, "an integer");
      }
    }
    throw wrong(value, at, "an integer");
  }

  /** Permissions of a file: octal, as everybody writes them. */
  static long mode(Value value, String at) {
    String digits = text(value, at).replaceFirst("^0o?(?=.)", "");
    try {
      return Long.parseLong(digits, 8);
    } catch (NumberFormatException e) {
      throw wrong(value, at, "permissions in octal");
    }
  }

  static double decimal(Value value, String at) {
    try {
      return Double.parseDouble(text(value, at));
    } catch (NumberFormatException e) {
      throw wrong(value, at, "a number");
    }
  }

  static long bytes(Value value, String at) {
    String text = text(value, at);
    if (text.equals("-1")) {
      return -1;
    }
    try {
      return Units.bytes(text);
    } catch (IllegalArgumentException e) {
      throw wrong(value, at, "a size such as 64m");
    }
  }

  /** Nanoseconds. */
  static long duration(Value value, String at) {
    String text = text(value, at);
    try {
      return Units.durationNs(text);
    } catch (NumberFormatException e) {
      throw wrong(value, at, "a duration such as 1m30s");
    }
  }

  static Map<String, Value> fields(Value value, String at) {
    if (value instanceof Fields fields) {
      return fields.fields();
    }
    throw wrong(value, at, "a mapping");
  }

  static List<Value> items(Value value, String at) {
    if (value instanceof Items list) {
      return list.items();
    }
    throw wrong(value, at, "a list");
  }

  static List<Object> texts(Value value, String at) {
    List<Object> texts = new ArrayList<>();
    for (Value item : items(value, at)) {
      texts.add(text(item, at + "[" + texts.size() + "]"));
    }
    return texts;
  }

  /** A list, or one that stands for a list of it. */
  static List<Object> textOrTexts(Value value, String at) {
    return value instanceof Text text ? List.of(text.text()) : texts(value, at);
  }

  /** {@code NAME=VALUE} in a list, or a mapping; a name without a value is null. */
  static Map<String, @Nullable Object> pairs(Value value, String at) {
    Map<String, @Nullable Object> pairs = new LinkedHashMap<>();
    if (value instanceof Items list) {
      for (Value item : list.items()) {
        String pair = text(item, at);
        int equals = pair.indexOf('=');
        pairs.put(equals < 0 ? pair : pair.substring(0, equals), equals < 0 ? null : pair.substring(equals + 1));
      }
      return pairs;
    }
    for (Map.Entry<String, Value> field : fields(value, at).entrySet()) {
      pairs.put(field.getKey(), field.getValue().absent() ? null : text(field.getValue(), at + "." + field.getKey()));
    }
    return pairs;
  }

  /** As {@link #pairs}, where a name without a value has an empty one. */
  static Map<String, @Nullable Object> labels(Value value, String at) {
    Map<String, @Nullable Object> labels = pairs(value, at);
    labels.replaceAll((name, each) -> each == null ? "" : each);
    return labels;
  }

  /** A command: a list as it stands, a text as a shell would split it; null for nothing. */
  static @Nullable List<Object> command(Value value, String at) {
    if (value.absent()) {
      return null;
    }
    return value instanceof Text text ? words(text) : texts(value, at);
  }

  private static List<Object> words(Text value) {
    List<Object> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean in = false;
    char quote = 0;
    String text = value.text();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote != 0 && c == quote) {
        quote = 0;
      } else if (c == '\\' && quote != '\'' && i + 1 < text.length()) {
        char next = text.charAt(++i);
        if (quote == '"' && next != '"' && next != '\\' && next != '$' && next != '`') {
          word.append(c);
        }
        word.append(next);
        in = true;
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
        in = true;
      } else if (quote == 0 && Character.isWhitespace(c)) {
        if (in) {
          words.add(word.toString());
          word.setLength(0);
        }
        in = false;
      } else {
        word.append(c);
        in = true;
      }
    }
    if (quote != 0) {
      throw value.place().error("a quote that is not closed: " + text);
    }
    if (in) {
      words.add(word.toString());
    }
    return words;
  }
}
