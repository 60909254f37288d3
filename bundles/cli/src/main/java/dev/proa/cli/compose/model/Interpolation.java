package dev.proa.cli.compose.model;

import dev.proa.cli.compose.model.Value.Fields;
import dev.proa.cli.compose.model.Value.Items;
import dev.proa.cli.compose.model.Value.Text;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Variables in values: {@code $NAME}, {@code ${NAME}} and its modifiers {@code :-}, {@code -}, {@code :?}, {@code ?}, {@code :+}, {@code +}; {@code $$} is a dollar. */
final class Interpolation {
  private static final int MAX_DEPTH = 16;
  private static final int MAX_LENGTH = 1 << 20;

  private final Map<String, String> variables;
  private final Consumer<String> unset;

  /** @param unset gets the name of each variable that is used and has no value */
  Interpolation(Map<String, String> variables, Consumer<String> unset) {
    this.variables = variables;
    this.unset = unset;
  }

  Value in(Value value) {
    return switch (value) {
      case Text text -> text.text().indexOf('$') < 0 ? text : new Text(in(text.text(), text.place()), text.isNull(), text.tag(), text.place());
      case Items list -> new Items(list.items().stream().map(this::in).toList(), list.tag(), list.place());
      case Fields fields -> in(fields);
    };
  }

  Fields in(Fields fields) {
    Map<String, Value> replaced = new LinkedHashMap<>();
    fields.fields().forEach((key, value) -> replaced.put(key, in(value)));
    return new Fields(replaced, fields.keys(), fields.tag(), fields.place());
  }

  /** @param place where the text stands, for messages */
  String in(String text, Place place) {
    return new Run(text, place).all(0);
  }

  private final class Run {
    private final String text;
    private final Place place;
    private int at;

    Run(String text, Place place) {
      this.text = text;
      this.place = place;
    }

    /** To the end, or to the brace that closes what {@code depth} says is open. */
    String all(int depth) {
      if (depth > MAX_DEPTH) {
        throw place.error("variables nest deeper than " + MAX_DEPTH);
      }
      StringBuilder out = new StringBuilder();
      while (at < text.length() && !(depth > 0 && text.charAt(at) == '}')) {
        char c = text.charAt(at++);
        if (c != '$') {
          out.append(c);
        } else if (at < text.length() && text.charAt(at) == '$') {
          at++;
          out.append('$');
        } else if (at < text.length() && text.charAt(at) == '{') {
          at++;
          out.append(braces(depth));
        } else {
          String name = name();
          if (name.isEmpty()) {
            throw invalid();
          }
          out.append(value(name));
        }
        if (out.length() > MAX_LENGTH) {
          throw place.error("variables come to more than " + MAX_LENGTH + " characters");
        }
      }
      return out.toString();
    }

    private String braces(int depth) {
      String name = name();
      if (name.isEmpty() || at >= text.length()) {
        throw invalid();
      }
      boolean emptyToo = text.charAt(at) == ':';
      at += emptyToo ? 1 : 0;
      char modifier = at < text.length() ? text.charAt(at++) : 0;
      if (modifier == '}' && !emptyToo) {
        return value(name);
      }
      if ("-?+".indexOf(modifier) < 0 || modifier == 0) {
        throw invalid();
      }
      String word = all(depth + 1);
      if (at >= text.length()) {
        throw invalid();
      }
      at++;
      String value = variables.get(name);
      boolean has = value != null && !(emptyToo && value.isEmpty());
      return switch (modifier) {
        case '-' -> has && value != null ? value : word;
        case '+' -> has ? word : "";
        default -> {
          if (has && value != null) {
            yield value;
          }
          throw place.error("required variable " + name + " is missing a value: " + word);
        }
      };
    }

    private String name() {
      int start = at;
      while (at < text.length() && (text.charAt(at) == '_' || Character.isLetter(text.charAt(at)) || at > start && Character.isDigit(text.charAt(at)))) {
        at++;
      }
      return text.substring(start, at);
    }

    private String value(String name) {
      @Nullable String value = variables.get(name);
      if (value == null) {
        unset.accept(name);
        return "";
      }
      return value;
    }

    private ComposeException invalid() {
      return place.error("invalid interpolation format: \"" + text + "\". You may need to escape any $ with another $");
    }
  }
}
